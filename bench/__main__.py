"""`python -m bench`: labels, list pages and sync as ratios of one run. The reference job is `entrepot bench`.

Each part runs in a process of its own (`python -m bench sync`), because a process knows one database.
"""

import json
import subprocess
import sys

from bench import labels, list_page, sync

PARTS = {"labels": labels.run, "list_page": list_page.run, "sync": sync.run}
# What a run must reach: name -> (bound, True when the bound is a least value).
WANTED = {
    "labels_to_bare": (0.60, True),
    "labels_read_back": (1.0, True),
    "list_page_to_sql": (20.0, False),
    "sync_to_import": (0.50, True),
}


def main() -> int:
    if len(sys.argv) > 1:
        print(json.dumps(PARTS[sys.argv[1]]()))
        return 0
    found: dict[str, float] = {}
    for part in PARTS:
        run = subprocess.run([sys.executable, "-m", "bench", part], stdout=subprocess.PIPE, text=True, check=True)
        found |= json.loads(run.stdout.splitlines()[-1])
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
