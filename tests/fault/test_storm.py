"""A short storm: the house and the sandbox as processes, faults at random, a process killed, both sides compared."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.fault
@pytest.mark.slow
def test_after_a_storm_both_sides_agree_on_every_order_and_every_number() -> None:
    command = [
        sys.executable, "-m", "bench.storm", "--seed", "11", "--orders", "20", "--rounds", "2", "--kills", "1",
        "--only", "tiktok", "--patience", "150",
    ]  # fmt: skip
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]
    last = run.stdout.strip().splitlines()[-1]
    assert last.startswith("seed 11: 20 orders the same on both sides, 20 confirmations")
    assert last.endswith("0 differences")
