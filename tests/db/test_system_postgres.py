"""The oldest PostgreSQL we promise: migrations and the main job on the system's own server, in a cluster of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests import plugin

from entrepot.embedded.throwaway import throw_away

JOB = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
connection.close()
from tests import cast
cast.settle()
alice = cast.world_of(cast.ALICE)
parcels = alice.shipped(3)
assert alice.do("print_parcels", parcels).result["pages"] == 3
assert cast.broken() == [], cast.broken()
with connection.cursor() as cursor:
    cursor.execute("SHOW server_version_num")
    print(cursor.fetchone()[0], alice.counts())
"""


def test_the_main_job_runs_on_the_systems_own_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("no PostgreSQL of the system in /usr/lib/postgresql")
    oldest = found[0].parent
    monkeypatch.setenv("PG_BIN", str(oldest))
    with throw_away(bootstrap=(*plugin.BOOTSTRAP, f"CREATE DATABASE job OWNER {plugin.LOGIN}")) as cluster:
        address = cluster.start()
        url = plugin.url("job", address.host, str(address.port))
        ran = subprocess.run(
            [sys.executable, "-c", JOB],
            env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "entrepot.settings",
                 "ENTREPOT_HOME": str(tmp_path), "PYTHONPATH": os.getcwd()},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    version, _, counts = ran.stdout.strip().partition(" ")
    assert version.startswith(oldest.parts[-2])
    assert counts == "{'order.shipped': 3, 'parcel.shipped': 3}"
