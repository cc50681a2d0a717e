"""Words of ours that stand where a marketplace's would are read in the reader's language; theirs stay as they are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import translation
from psycopg.errors import LockNotAvailable
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import own_words
from entrepot.connections.standing import pulls_of, standings
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store
from entrepot.web.stores_words import trouble_sentence


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    yield from play(monkeypatch)


@pytest.mark.parametrize(
    ("message", "shown"), [(own_words.NOT_REACHABLE, "无法连接"), ("Too many cooks", "Too many cooks")]
)
def test_the_log_of_a_store_says_our_words_in_chinese_and_theirs_as_they_are(
    alice: World, there: Scripted, message: str, shown: str
) -> None:
    store = connect(alice)

    def down(_name: str) -> None:
        raise CallFailed(Trouble.SHOP_DISABLED, message)

    there.before = down
    sync_store(alice.organization_id, store, why="button", clock=lambda: AT + timedelta(minutes=1))
    with alice.scope(), translation.override("zh-hans"):
        (run,) = pulls_of(alice.organization_id, store)
        (row,) = standings(alice.organization_id, store)
    assert (run["message"], row["message"]) == (shown, shown)


def test_each_of_our_words_has_its_chinese() -> None:
    with translation.override("zh-hans"):
        assert [words for words in own_words.OURS if own_words.words_of(words) == words] == []
    assert own_words.words_of("") == ""


def test_a_defect_of_ours_is_named_by_its_class_and_no_marketplace_is_blamed(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def broken(_name: str) -> None:
        raise TypeError("unsupported operand: token-1")

    there.before = broken
    with pytest.raises(TypeError):  # the queue writes it to the log
        sync_store(alice.organization_id, store, why="timer", clock=lambda: AT + timedelta(minutes=1))
    with alice.scope(), translation.override("zh-hans"):
        (run,) = pulls_of(alice.organization_id, store)
        assert (run["trouble"], run["message"]) == ("defect", "TypeError")
        assert (
            trouble_sentence("defect")
            == "程序自身的缺陷中断了运行，已写入日志。系统会自动重试；若仍出现，请将日志发给维护者。"
        )
    assert (
        own_words.words_of(own_words.defect(KeyError("x"))) == "a defect of ours; it was written to the log: KeyError"
    )


def test_rows_that_others_hold_for_too_long_are_tried_again_and_are_no_defect(alice: World, there: Scripted) -> None:
    store = connect(alice)

    def held(_name: str) -> None:
        raise OperationalError("canceling statement due to lock timeout") from LockNotAvailable()

    there.before = held
    at = AT + timedelta(minutes=1)
    run = sync_store(alice.organization_id, store, why="timer", clock=lambda: at)
    assert run is not None
    assert (run.trouble, run.message) == ("busy", "")
    with alice.scope():
        (row,) = standings(alice.organization_id, store)
    assert (row["trouble"], row["next_run_at"] - at) == ("busy", timedelta(seconds=15))
    assert trouble_sentence(row["trouble"]) == "The database was busy with other work. It is tried again by itself."
