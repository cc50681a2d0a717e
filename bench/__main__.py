"""`python -m bench`: labels, list pages and sync as ratios of one run. The reference job is `entrepot bench`."""

from bench import labels, list_page, sync

# What a run must reach: name -> (bound, True when the bound is a least value).
WANTED = {
    "labels_to_bare": (0.60, True),
    "labels_read_back": (1.0, True),
    "list_page_to_sql": (20.0, False),
    "sync_to_import": (0.50, True),
}


def main() -> int:
    found = {**labels.run(), **list_page.run(), **sync.run()}
    missed = 0
    for name, value in found.items():
        verdict = ""
        if name in WANTED:
            bound, least = WANTED[name]
            good = value >= bound if least else value <= bound
            missed += not good
            verdict = f"{'ok' if good else 'MISSED'} ({'at least' if least else 'at most'} {bound:g})"
        print(f"{name:<24} {value:12.2f}  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
