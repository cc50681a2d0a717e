"""Words of ours that stand where a marketplace's would are read in the reader's language; theirs stay as they are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import translation
from tests.cast import World
from tests.scripted import AT, Scripted, connect, play

from entrepot.connections import own_words
from entrepot.connections.standing import pulls_of, standings
from entrepot.marketplaces.contract import CallFailed, Trouble
from entrepot.orders.sync import sync_store


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
