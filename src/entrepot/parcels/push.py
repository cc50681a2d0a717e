"""Push: stores are told how many pieces they may sell. Only numbers that changed go out, each absolute.

Write down what will be told, commit; call with no open transaction; write each answer by itself. A worker that dies in
between leaves a number that is told again: it is worked out from the same shelf, so it is the same number, and a
marketplace that has it already is not changed by it. No trigger and no statement of the desk's verbs takes part: the
shelf is compared with what was told, once a minute.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from entrepot.connections.calls import Line, open_line
from entrepot.connections.grants import NotConnected
from entrepot.connections.lease import LostLease
from entrepot.connections.own_words import NO_ANSWER_FOR_IT, NOT_TOLD_STOCK, OwnTrouble, defect, trouble_of
from entrepot.core import sql
from entrepot.core.scope import organization_scope
from entrepot.inventory.push import Run, Turn, finish, give_back, keep, take_turn
from entrepot.marketplaces.contract import CallFailed, Done, OrderDraft, Result, StockLevel, Trouble
from entrepot.parcels import push_levels
from entrepot.parcels.push_levels import Level

PUSH = "push_stock"
MOST = 100  # numbers of one claim
FEWER = 5  # a number without a clear answer goes again in a call of so many times fewer, at last alone
MOST_CODE = 120  # characters of a listing's code that are kept
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
FIRST_REFUSED, LONGEST_REFUSED = timedelta(minutes=10), timedelta(days=1)
OF_ONE = (Trouble.INVALID_INPUT, Trouble.BUSINESS_STATE, Trouble.NOT_FOUND)
UNCLEAR = (Trouble.UNKNOWN_OUTCOME, Trouble.PROTOCOL)
FEW = 3
NOT_NOW = (Trouble.THROTTLED, Trouble.QUOTA_EXHAUSTED)
Clock = Callable[[], datetime]
log = logging.getLogger("entrepot.push")


def push_store(
    organization_id: int, store_id: int, marketplace: str, *, clock: Clock, until_time: datetime | None = None
) -> Run | None:
    """Tells one store the numbers that changed. None when another worker does it, or it is off. Safe in several workers.

    `until_time`: begin no further batch after it; the next run goes on there.
    """
    turn = take_turn(organization_id, store_id, clock())
    if turn is None:
        return None
    run, lost = Run(), False
    try:
        line = open_line(organization_id, store_id, marketplace, clock, lambda: _hold(turn, clock()))
        if not line.connector.can.stock:
            run.trouble, run.message = Trouble.SCOPE_MISSING, NOT_TOLD_STOCK
        else:
            after: int | None = 0
            while after is not None:
                after = _batch(line, turn, run, after)
                if after is not None and until_time is not None and clock() >= until_time:
                    run.more, after = True, None
    except LostLease:
        lost = True
    except NotConnected as dead:
        run.trouble, run.message = Trouble.AUTH_REVOKED, str(dead)
    except CallFailed as failed:
        run.retry_at = failed.retry_at
        if failed.trouble is not Trouble.THROTTLED or failed.retry_at is None:  # waiting for our turn is no trouble
            run.trouble, run.message = failed.trouble, failed.message or failed.code
    except Exception as broken:
        # A defect of ours stops this store, shows on its page and goes to the log; other stores go on.
        run.trouble, run.message = trouble_of(broken)
        if run.trouble is not OwnTrouble.BUSY:
            raise
    finally:
        if lost:
            give_back(turn)
        else:
            finish(turn, run, clock())
    return run


def _hold(turn: Turn, at: datetime) -> None:
    """Ahead of each request: whoever lost the turn, or whose store was switched off, tells nothing any more."""
    with organization_scope(turn.organization_id):
        keep(turn, at)


def _batch(line: Line, turn: Turn, run: Run, after: int) -> int | None:
    """Tells the next numbers after a listing; returns the last listing told, None when there is nothing more now."""
    at = line.clock()
    with organization_scope(turn.organization_id):
        rules = keep(turn, at)
        levels = push_levels.levels_to_tell(turn.organization_id, turn.store_id, rules, at, after=after, most=MOST)
    if not levels:
        return None
    _learn(line, levels)
    at = line.clock()
    with organization_scope(turn.organization_id):
        keep(turn, at)
        push_levels.write_asked(turn.organization_id, turn.store_id, levels, at)
        handles = push_levels.handles_of(turn.organization_id, levels)
    answers, failed = _tell_parts(line, levels, [_asked(turn, level, handles, at) for level in levels])
    settled = _write(turn, levels, answers, line.clock())
    run.taken += settled[0]
    if failed is not None:
        raise failed
    if run.retry_at is None:
        run.retry_at = max((done.retry_at for done in answers if done.retry_at), default=None)
    if sum(settled) == 0 or run.retry_at is not None:
        return None  # the marketplace wants nothing now; what is left has its own time
    return levels[-1].listing_id


def _asked(turn: Turn, level: Level, handles: Mapping[int, Mapping[str, str]], at: datetime) -> StockLevel:
    """The key is of this telling: a later one of the same listing has another, so that no old answer stands for it."""
    name = f"{turn.organization_id}/{level.listing_id}/{level.pieces}/{at.isoformat()}"
    return StockLevel(
        key=str(uuid5(NAMESPACE_OID, name)),
        listing_id=level.product,
        sku_code=level.code,
        quantity=level.pieces,
        handles=handles.get(level.order_id, {}) if level.order_id is not None else {},
    )


def _learn(line: Line, levels: Sequence[Level]) -> None:
    """Orders name products: the newest order of each listing is asked for once, and again after a refusal, for a product
    may have been listed anew. A listing whose order cannot be read is told by its code alone."""
    new = {level.listing_id: level for level in levels if level.order_id is None or level.status == "refused"}
    if not new:
        return
    with organization_scope(line.organization_id):
        orders = push_levels.newest_orders(line.organization_id, list(new))
    numbers = list(dict.fromkeys(number for _, number in orders.values()))
    products = {
        (order.external_id, one.sku_code[:MOST_CODE]): one.listing_id[:MOST_CODE]
        for start in range(0, len(numbers), line.connector.can.get_most)
        for order in _get(line, numbers[start : start + line.connector.can.get_most])
        for one in order.lines
    }
    for listing_id, (order_id, number) in orders.items():
        level = new[listing_id]
        level.order_id = order_id
        level.product = products.get((number, level.code)) or level.product


def _get(line: Line, numbers: Sequence[str]) -> list[OrderDraft]:
    """The orders of these numbers that can be read. One that the marketplace chokes on does not hide the others."""
    try:
        found = line.ask(lambda wire, access: line.connector.get(wire, access, numbers, now=line.clock()), again=True)
    except CallFailed as failed:
        if failed.trouble not in (*OF_ONE, Trouble.PROTOCOL):
            raise
        return [order for number in numbers for order in _get(line, [number])] if len(numbers) > 1 else []
    return [order for order in found if isinstance(order, OrderDraft)]


def _tell_parts(
    line: Line, levels: Sequence[Level], asked: Sequence[StockLevel]
) -> tuple[list[Done], CallFailed | NotConnected | None]:
    """The answers in the asked order, and the trouble of the whole store that ended it. What has no answer by then was not
    told: it waits for the store, or for the time that the marketplace or our own budget names."""
    answers: dict[str, Done] = {}
    trouble, later = None, line.clock()
    for part in _parts(levels, asked):
        try:
            _tell(line, part, answers)
        except (CallFailed, NotConnected) as failed:
            trouble = failed
            break
        if times := [done.retry_at for done in answers.values() if done.retry_at]:
            later = max(times)
            break
    return [answers.get(one.key) or Done(one.key, Result.RETRY_LATER, retry_at=later) for one in asked], trouble


def _parts(levels: Sequence[Level], asked: Sequence[StockLevel]) -> Iterator[list[StockLevel]]:
    """The calls, new numbers first. What had no clear answer goes in ever smaller ones, at last alone, run by run: the one
    that is to blame must not keep the others from being told."""
    by_size: dict[int, list[StockLevel]] = {}
    for level, one in zip(levels, asked, strict=True):
        size = MOST if level.status == "refused" else max(MOST // FEWER ** min(level.tries, FEW), 1)
        by_size.setdefault(size, []).append(one)
    for size in sorted(by_size, reverse=True):
        for start in range(0, len(by_size[size]), size):
            yield by_size[size][start : start + size]


def _tell(line: Line, asked: Sequence[StockLevel], answers: dict[str, Done]) -> None:
    """One call; writes the answers by key. A refusal of the whole call is looked for item by item: one must not hold up the
    others. A call without a clear answer may have happened, so nothing of it is told again in this run.

    Raises:
        CallFailed: the store as a whole cannot be told now.
        NotConnected: its grant is dead.
    """
    try:
        found = line.ask(
            lambda wire, access: line.connector.set_stock(wire, access, asked, now=line.clock()), again=False
        )
    except (LostLease, NotConnected):
        raise
    except CallFailed as failed:
        if failed.trouble in OF_ONE and len(asked) > 1:
            _tell_each(line, asked, answers)
        elif failed.trouble in OF_ONE:
            answers |= _all(asked, Result.REJECTED, failed)
        elif failed.trouble in NOT_NOW:
            answers |= _all(asked, Result.RETRY_LATER, failed)
        elif failed.trouble in UNCLEAR:
            answers |= _all(asked, Result.UNKNOWN, failed)
        else:
            raise
    except Exception as broken:
        # A defect of ours, or an answer nobody foresaw: it may have happened.
        log.exception("telling the stock of %s", ", ".join(one.sku_code for one in asked))
        answers |= {one.key: Done(one.key, Result.UNKNOWN, message=defect(broken)) for one in asked}
    else:
        answers |= {one.key: Done(one.key, Result.UNKNOWN, message=NO_ANSWER_FOR_IT) for one in asked}
        answers |= {done.key: done for done in found}


def _all(asked: Sequence[StockLevel], result: Result, failed: CallFailed) -> dict[str, Done]:
    return {one.key: Done(one.key, result, None, failed.code, failed.message, failed.retry_at) for one in asked}


def _tell_each(line: Line, asked: Sequence[StockLevel], answers: dict[str, Done]) -> None:
    """One by one. What is refused as a whole even then is that item's trouble; but when the first few all are, it is the
    store's, such as a wrong key, and no refusal of theirs.

    Raises:
        CallFailed: the store's trouble.
        NotConnected: its grant is dead.
    """
    refused: list[str] = []
    for position, one in enumerate(asked, 1):
        _tell(line, [one], answers)
        if answers[one.key].result is Result.REJECTED:
            refused.append(one.key)
        if len(refused) == position == FEW:
            words = answers[one.key]
            for key in refused:
                del answers[key]
            raise CallFailed(Trouble.INVALID_INPUT, words.message, code=words.code)


def _write(turn: Turn, levels: Sequence[Level], answers: Sequence[Done], at: datetime) -> tuple[int, int]:
    """Writes each answer; returns how many numbers were taken and how many refused. A number without an answer may stand
    there, or the one before it: the higher one is kept as told."""
    values = [_value(level, done, at) for level, done in zip(levels, answers, strict=True)]
    with organization_scope(turn.organization_id):
        keep(turn, at)
        sql.run(
            """
            UPDATE inventory_toldstock t SET status = row.status, code = row.code, message = row.message, tries = row.tries,
                due_at = row.due_at, told_at = CASE WHEN row.status = 'told' THEN row.at ELSE t.told_at END,
                told = CASE WHEN row.status = 'told' THEN t.asked WHEN row.known THEN t.told
                    ELSE greatest(t.told, t.asked) END
            FROM json_to_recordset(%s::json) AS row (id bigint, status text, known boolean, code text, message text,
                tries integer, due_at timestamptz, at timestamptz)
            WHERE t.organization_id = %s AND t.listing_id = ANY(%s) AND t.listing_id = row.id
            """,
            [sql.dump(values), turn.organization_id, [level.listing_id for level in levels]],
        )
    return sum(value["status"] == "told" for value in values), sum(value["status"] == "refused" for value in values)


def _value(level: Level, done: Done, at: datetime) -> dict[str, object]:
    status = "later"
    tries, wait = level.tries + 1, min(FIRST_WAIT * 2 ** min(level.tries, 10), LONGEST_WAIT)
    if done.result in (Result.OK, Result.ALREADY_DONE):
        status, tries, wait = "told", 0, timedelta(0)
    elif done.result is Result.REJECTED:
        status, wait = "refused", min(FIRST_REFUSED * 2 ** min(level.tries, 10), LONGEST_REFUSED)
    elif done.result is Result.RETRY_LATER and done.retry_at:
        tries = level.tries  # it waits for its turn: that is no failed try
    return {
        "id": level.listing_id,
        "status": status,
        "known": done.result is not Result.UNKNOWN,
        "code": "" if status == "told" else done.code[:80],
        "message": "" if status == "told" else done.message[:500],
        "tries": tries,
        "due_at": done.retry_at or at + wait,
        "at": at,
    }
