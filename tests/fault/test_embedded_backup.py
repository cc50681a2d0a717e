"""A backup is whole or absent; a restore replaces all or nothing."""

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from entrepot.embedded.address import Address
from entrepot.embedded.backup import BackupError, Restored, backup, restore
from entrepot.embedded.throwaway import throw_away

pytestmark = pytest.mark.fault

BOOTSTRAP = ["CREATE ROLE alice LOGIN", "CREATE ROLE bob LOGIN"]


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with throw_away(bootstrap=BOOTSTRAP) as cluster:
        yield cluster.start()


@pytest.fixture
def shop(address: Address) -> Iterator[Address]:
    """A database of Alice, closed to others but Bob, with settings of its own and three parcels."""
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop OWNER alice")
        connection.execute("REVOKE ALL ON DATABASE shop FROM PUBLIC")
        connection.execute("GRANT CONNECT ON DATABASE shop TO bob")
        connection.execute("ALTER DATABASE shop SET search_path = rooms, public")
        connection.execute("ALTER ROLE bob IN DATABASE shop SET work_mem = '7MB'")
    with psycopg.connect(address.dsn("shop", "alice")) as connection:
        connection.execute("CREATE SCHEMA rooms")
        connection.execute("CREATE TABLE rooms.parcel (id int PRIMARY KEY, note text)")
        connection.execute("INSERT INTO rooms.parcel SELECT n, '深圳' FROM generate_series(1, 3) n")
        connection.execute("GRANT USAGE ON SCHEMA rooms TO bob")
        connection.execute("GRANT SELECT ON rooms.parcel TO bob")
    yield address
    with psycopg.connect(address.dsn("postgres"), autocommit=True) as connection:
        for name in _databases(address) - {"postgres"}:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _databases(address: Address) -> set[str]:
    with psycopg.connect(address.dsn("postgres")) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")}


def _all(address: Address, dbname: str, query: str, user: str = "postgres") -> list[tuple[object, ...]]:
    with psycopg.connect(address.dsn(dbname, user)) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_lost_database_comes_back_from_its_file(shop: Address, tmp_path: Path) -> None:
    out = tmp_path / "my backup.dump"
    backup(shop, "shop", out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["my backup.dump"]
    with psycopg.connect(shop.dsn("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE shop")
    assert restore(shop, "shop", out) == Restored("shop", None)
    assert _all(shop, "shop", "SELECT id, note FROM rooms.parcel ORDER BY id", "bob") == [
        (1, "深圳"),
        (2, "深圳"),
        (3, "深圳"),
    ]
    assert _databases(shop) == {"postgres", "shop"}


def test_a_forced_restore_keeps_owner_rights_settings_and_the_replaced_database(shop: Address, tmp_path: Path) -> None:
    out = tmp_path / "shop.dump"
    facts = """SELECT pg_get_userbyid(datdba)::text, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a)
                 FROM pg_database WHERE datname = 'shop'"""
    before = _all(shop, "postgres", facts)
    backup(shop, "shop", out)
    with psycopg.connect(shop.dsn("shop", "alice")) as connection:
        connection.execute("DELETE FROM rooms.parcel WHERE id > 1")
    assert restore(shop, "shop", out, force=True) == Restored("shop", "shop_replaced")
    assert _all(shop, "shop", "SELECT count(*) FROM parcel", "alice") == [(3,)]  # search_path is kept
    assert _all(shop, "shop_replaced", "SELECT count(*) FROM rooms.parcel") == [(1,)]
    assert _all(shop, "postgres", facts) == before
    assert before[0][0] == "alice"
    assert _all(shop, "shop", "SHOW search_path", "alice") == [("rooms, public",)]
    assert _all(shop, "shop", "SHOW work_mem", "bob") == [("7MB",)]
    restore(shop, "shop", out, force=True)
    assert _databases(shop) == {"postgres", "shop", "shop_replaced"}


def test_a_restore_without_force_refuses_and_changes_nothing(shop: Address, tmp_path: Path) -> None:
    backup(shop, "shop", tmp_path / "shop.dump")
    with pytest.raises(BackupError, match="A database named shop exists already; force it to be replaced"):
        restore(shop, "shop", tmp_path / "shop.dump")
    assert _databases(shop) == {"postgres", "shop"}


def test_a_backup_without_force_leaves_the_older_file(shop: Address, tmp_path: Path) -> None:
    out = tmp_path / "shop.dump"
    out.write_text("yesterday")
    with pytest.raises(BackupError, match="exists already; choose another name"):
        backup(shop, "shop", out)
    assert out.read_text() == "yesterday"
    backup(shop, "shop", out, force=True)
    assert out.read_bytes()[:5] == b"PGDMP"


def test_a_failed_backup_leaves_no_file(shop: Address, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r'pg_dump failed: .*database "none" does not exist'):
        backup(shop, "none", tmp_path / "none.dump")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BackupError, match=r"No file can be written in .* \(No such file or directory\)"):
        backup(shop, "shop", tmp_path / "missing" / "shop.dump")


def test_a_cut_off_or_foreign_file_is_refused_and_the_database_stays(shop: Address, tmp_path: Path) -> None:
    out = tmp_path / "shop.dump"
    with psycopg.connect(shop.dsn("shop", "alice")) as connection:
        connection.execute("INSERT INTO rooms.parcel SELECT n, md5(n::text) FROM generate_series(4, 20000) n")
    backup(shop, "shop", out)
    whole = out.read_bytes()
    (tmp_path / "cut.dump").write_bytes(whole[: len(whole) * 3 // 4])
    (tmp_path / "foreign.dump").write_text("SELECT 1;")
    (tmp_path / "empty.dump").touch()
    for name in ("cut", "foreign", "empty"):
        with pytest.raises(BackupError, match="pg_restore failed: "):
            restore(shop, "shop", tmp_path / f"{name}.dump", force=True)
    with pytest.raises(BackupError, match=r"There is no backup .*/none\.dump"):
        restore(shop, "shop", tmp_path / "none.dump", force=True)
    assert _databases(shop) == {"postgres", "shop"}
    assert _all(shop, "shop", "SELECT count(*) FROM rooms.parcel") == [(20000,)]


def test_a_forced_restore_wins_against_a_program_that_keeps_reconnecting(shop: Address, tmp_path: Path) -> None:
    backup(shop, "shop", tmp_path / "shop.dump")
    over, counts = threading.Event(), []

    def insist() -> None:
        """A pool: holds its connection, and opens a new one as soon as it loses it."""
        while not over.is_set():
            try:
                with psycopg.connect(shop.dsn("shop", "alice"), autocommit=True) as connection:
                    while not over.wait(0.002):
                        counts.append(connection.execute("SELECT count(*) FROM rooms.parcel").fetchone())
            except psycopg.OperationalError:
                continue

    programs = [threading.Thread(target=insist) for _ in range(3)]
    for program in programs:
        program.start()
    try:
        assert restore(shop, "shop", tmp_path / "shop.dump", force=True).kept == "shop_replaced"
    finally:
        over.set()
        for program in programs:
            program.join()
    assert set(counts) == {(3,)}
    assert _databases(shop) == {"postgres", "shop", "shop_replaced"}
