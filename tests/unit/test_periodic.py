"""Periodic work comes as often as it should: the seconds of a cron line are its last field, not its first."""

import pytest
from procrastinate.contrib.django import app

import entrepot.core.jobs
import entrepot.orders.jobs
import entrepot.parcels.jobs  # noqa: F401 - a periodic task exists once its module is imported

SECONDS = {"sweep": 30, "sync_due": 5, "answer_due": 10, "tell_due": 10, "push_due": 60, "release_due": 60}


@pytest.mark.parametrize(("name", "seconds"), SECONDS.items())
def test_periodic_work_comes_as_often_as_it_should(name: str, seconds: int) -> None:
    (task,) = [one for one in app.periodic_registry.periodic_tasks.values() if one.task.name == name]
    line = task.croniter
    line.set_current(1_800_000_000)
    assert [line.get_next() - line.get_prev() for _ in range(3)] == [seconds] * 3


def test_no_periodic_work_is_left_out() -> None:
    ours = {
        one.task.name
        for one in app.periodic_registry.periodic_tasks.values()
        if not one.task.name.startswith("builtin")
    }
    assert ours == set(SECONDS)
