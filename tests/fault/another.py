"""Another transaction that stays open while a test goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def another_transaction(act: Callable[[], object], *, commits: bool = True) -> Iterator[None]:
    """Inside, somebody else has done `act` in a transaction that is still open; then it commits, or takes it back."""
    is_done, may_end = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                is_done.set()
                assert may_end.wait(60)
                transaction.set_rollback(not commits)
        except BaseException as error:
            errors.append(error)
        finally:
            is_done.set()
            connections.close_all()

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        assert is_done.wait(10)
        yield
    finally:
        may_end.set()
        thread.join(10)
    assert errors == []
