"""`python -m entrepot.sandbox --home DIR --port N [--seed S]`."""

import argparse
import contextlib
import signal
from pathlib import Path

from entrepot.sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="entrepot.sandbox", description="Play marketplaces on one port of this machine."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder of the state, made if there is none")
    parser.add_argument("--port", type=int, default=8031, help="0 takes a free one (default 8031)")
    parser.add_argument(
        "--seed", type=int, default=1, help="of keys, buyers, orders and faults; the first start decides"
    )
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        serve(given.home, given.port, given.seed)


if __name__ == "__main__":
    main()
