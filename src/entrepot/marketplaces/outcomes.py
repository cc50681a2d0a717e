"""From a failed call to the answer of each item it was about."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from entrepot.marketplaces.contract import CallFailed, Done, Result, Trouble, Why
from entrepot.marketplaces.reading import Malformed


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


Item = TypeVar("Item", bound=Keyed)

STOPS = frozenset(
    {Trouble.AUTH_EXPIRED, Trouble.AUTH_REVOKED, Trouble.SCOPE_MISSING, Trouble.SHOP_DISABLED, Trouble.CLOCK_SKEW}
)
"""Troubles of the whole store: the next call fails the same way, and nothing was written."""
LATER = STOPS | {Trouble.THROTTLED, Trouble.QUOTA_EXHAUSTED, Trouble.TRANSIENT}


def answer_to(key: str, failure: CallFailed, why_of: Callable[[str], Why] | None = None) -> Done:
    """What a call that failed means for one item it held. `why_of` classes the marketplace's code of a refusal."""
    code, message = failure.code, failure.message
    if failure.trouble in LATER:
        return Done(key, Result.RETRY_LATER, None, code, message, failure.retry_at)
    if failure.trouble in (Trouble.UNKNOWN_OUTCOME, Trouble.PROTOCOL):  # an answer nobody can read says nothing
        return Done(key, Result.UNKNOWN, None, code, message)
    if why_of is not None:
        return Done(key, Result.REJECTED, why_of(code), code, message)
    why = Why.STATE_CHANGED if failure.trouble is Trouble.BUSINESS_STATE else Why.OTHER
    return Done(key, Result.REJECTED, why, code, message)


def one_by_one(
    items: Sequence[Item], send: Callable[[Item], Done], why_of: Callable[[str], Why] | None = None
) -> list[Done]:
    """Sends items each in a call of its own. A failure answers its item; one that would stop every call also answers
    those that were not sent yet, or is raised when nothing has an answer so far. Of an answer that cannot be read
    nobody knows what it meant.

    Raises:
        CallFailed: the first call failed in a way that concerns the whole store.
    """
    done: list[Done] = []
    for position, item in enumerate(items):
        try:
            done.append(send(item))
        except Malformed as unreadable:
            done.append(Done(item.key, Result.UNKNOWN, message=unreadable.message))
        except CallFailed as failure:
            if failure.trouble in STOPS and not done:
                raise
            done.append(answer_to(item.key, failure, why_of))
            if failure.trouble in STOPS or failure.trouble in (Trouble.THROTTLED, Trouble.QUOTA_EXHAUSTED):
                done += [answer_to(later.key, failure) for later in items[position + 1 :]]
                break
    return done


def look_up_each(items: Sequence[Item], ask: Callable[[Item], Done]) -> list[Done]:
    """Looks up items each in a call of its own. An item that could not be looked up stays unknown: a failed question must
    never read as "it did not happen".

    Raises:
        CallFailed: the first question failed, so all of them are still open.
    """
    done: list[Done] = []
    for item in items:
        try:
            done.append(ask(item))
        except CallFailed as failure:
            if not done:
                raise
            done.append(Done(item.key, Result.UNKNOWN, None, failure.code, failure.message, failure.retry_at))
    return done


def in_order(items: Sequence[Item], answers: Sequence[Done]) -> list[Done]:
    """One answer for each item, in the asked order."""
    by_key = {answer.key: answer for answer in answers}
    return [by_key[item.key] for item in items]
