"""A short storm: the house and the sandbox as processes, faults at random, workers and web killed, both sides compared."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.fault
@pytest.mark.slow
def test_after_a_storm_both_sides_agree_on_every_order_and_every_number() -> None:
    command = [
        sys.executable, "-m", "bench.storm", "--seed", "11", "--orders", "60", "--rounds", "4", "--kills", "4",
        "--only", "tiktok,shopify", "--patience", "240",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    last = run.stdout.strip().splitlines()[-1]
    assert (run.returncode, last.endswith("0 differences")) == (0, True), run.stdout[-3000:] + run.stderr[-2000:]
    assert last.startswith("seed 11: 60 orders the same on both sides")
