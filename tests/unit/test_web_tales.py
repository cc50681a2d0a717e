"""History in words: what a file brought and what a marketplace changed are told apart."""

from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot.web.tales import tale_of
from entrepot.web.words import Clock

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BATCH = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"


@pytest.mark.parametrize(
    ("verb", "subject", "batch", "said"),
    [
        ("import", "order", BATCH, "Imported"),
        ("import", "order", None, "Came in from the marketplace"),
        ("update", "order", BATCH, "Changed by a newer file"),
        ("update", "order", None, "Changed at the marketplace"),
        ("undo_review", "order", BATCH, "Undone: Reviewed"),
        ("print", "parcel", None, "Printed"),
    ],
)
def test_history_says_whether_a_file_or_the_marketplace_brought_a_change(
    verb: str, subject: str, batch: str | None, said: str
) -> None:
    event: dict[str, Any] = {
        "verb": verb, "subject": subject, "subject_id": 1, "batch": batch, "before": None, "after": None, "at": AT,
        "actor": None,
    }  # fmt: skip
    told = tale_of(event, Clock.of(AT, UTC))
    assert (told["what"], told["who"], told["at"]) == (said, "system", "2026-11-20 09:00")
