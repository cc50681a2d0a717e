"""A marketplace's rules as data, and the instants that follow from its clocks. Nothing here reads the time.

Every rule says where it comes from in `source`: a requirement, "S" seen in the marketplace's own material, "M" general
knowledge that nobody verified, "ours" a default of this house. A number without a source is not written down at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

SATURDAY, SUNDAY = 5, 6  # as date.weekday() counts
OURS = "ours"


class Starts(StrEnum):
    """The fact a clock starts with."""

    PLACED = "placed"
    PAID = "paid"
    READY = "ready"  # arranged: it awaits collection
    ASKED = "asked"  # the buyer asked to cancel


class Counts(StrEnum):
    HOURS = "hours"  # elapsed time
    CALENDAR_DAYS = "calendar_days"  # the same wall time, so many days on
    WORKING_DAYS = "working_days"  # the same, without weekends and holidays


class ClockName(StrEnum):
    STOCK_UP = "stock_up"  # paid -> awaiting collection
    SHIP_BY = "ship_by"  # paid -> in transit
    COLLECT = "collect"  # awaiting collection -> in transit
    ANSWER_CANCELLATION = "answer_cancellation"  # the buyer asked -> the seller answered
    PAY_BY = "pay_by"  # placed -> paid, or the marketplace cancels


STARTS = {
    ClockName.STOCK_UP: Starts.PAID,
    ClockName.SHIP_BY: Starts.PAID,
    ClockName.COLLECT: Starts.READY,
    ClockName.ANSWER_CANCELLATION: Starts.ASKED,
    ClockName.PAY_BY: Starts.PLACED,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A rule of time. `valid_from` and `valid_until` are days of the order's placing, both included, so that a change of
    the rule moves no older order.

    A start at or after `cut_off`, and one on a day off, counts as the beginning of the next (working) day.
    """

    name: ClockName
    amount: int
    starts: Starts
    counts: Counts = Counts.HOURS
    cut_off: time | None = None  # local
    time_zone: str = ""  # IANA name; "" is the store's
    country: str = ""  # whose holidays are days off, ISO 3166-1 alpha-2; "" knows none
    weekend: frozenset[int] = frozenset({SATURDAY, SUNDAY})
    valid_from: date | None = None
    valid_until: date | None = None
    amber_hours: int = 6  # this long before the end it shows as due soon
    source: str = OURS

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"A clock of {self.amount} {self.counts} ends before it starts.")
        if len(self.weekend) > 6:
            raise ValueError("A week without a working day never ends.")

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def holds_for(self, placed_at: datetime, store_zone: str) -> bool:
        if self.valid_from is None and self.valid_until is None:
            return True
        return self.holds_on(placed_at.astimezone(ZoneInfo(self.time_zone or store_zone)).date())

    def is_working(self, day: date) -> bool:
        off, swapped = _days_off(self.country, day.year)
        return day in swapped or (day.weekday() not in self.weekend and day not in off)


def clock(name: ClockName, amount: int, counts: Counts = Counts.HOURS, *, source: str, **rest: object) -> Clock:
    """A clock that starts where clocks of this name usually do."""
    return replace(Clock(name, amount, STARTS[name], counts, source=source), **rest)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Instants in UTC; None: this clock does not run."""

    stock_up: datetime | None = None
    ship_by: datetime | None = None
    collect: datetime | None = None
    answer_by: datetime | None = None
    pay_by: datetime | None = None

    @property
    def nearest(self) -> datetime | None:
        """The order's ship-by time: the first of what our hands must do; while it is unpaid, when it is cancelled.

        An answer owed to the buyer stands apart: it blocks the work instead of hurrying it.
        """
        if self.pay_by is not None:
            return self.pay_by
        return min((at for at in (self.stock_up, self.ship_by, self.collect) if at is not None), default=None)


class LimitName(StrEnum):
    PRINT_ORDERS = "print_orders"  # orders per batch of labels
    SHIP_ORDERS = "ship_orders"  # orders per batch that ships
    WAYBILL_ROWS = "waybill_rows"  # rows of one upload of waybill numbers
    EXPORT_ROWS = "export_rows"
    EXPORT_DAYS = "export_days"  # how far back an export may reach


@dataclass(frozen=True, slots=True)
class Limit:
    name: LimitName
    most: int
    source: str = OURS


class Moved(StrEnum):
    """How far an order has come, as penalties and cancellations tell it apart."""

    UNSHIPPED = "unshipped"
    SHIPPED = "shipped"  # left our hands, the marketplace's warehouse has not received it
    RECEIVED = "received"


class Per(StrEnum):
    ORDER = "order"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a cancellation for the seller's reasons costs, by how far the order has come and how old it is."""

    state: Moved
    amount_minor: int
    currency: str
    per: Per = Per.LINE
    from_day: int = 0  # the first day of the order's age it holds for
    to_buyer: bool = False  # a compensation that the buyer gets, not a fine
    source: str = OURS


class Silence(StrEnum):
    """What becomes of a buyer's request that the seller never answers."""

    STAYS = "stays"
    CANCELS = "cancels"


@dataclass(frozen=True, slots=True)
class Cancelling:
    on_silence: Silence = Silence.STAYS
    seller_may: tuple[Moved, ...] = (Moved.UNSHIPPED,)
    takes_off_sale: bool = False  # a seller's cancellation sets the listing's stock to 0 and takes it off sale
    rate_window: str = ""  # "month": over what the share of cancelled orders is counted
    most_per_line_minor: int = 0  # the most all penalties of one line come to before RECEIVED; 0: no such limit
    source: str = OURS


@dataclass(frozen=True, slots=True)
class Redelivery:
    """A second dispatch of a parcel that could not be delivered. Days are counted from that status, the last included."""

    within_days: int
    times: int
    ordered_until: date | None
    follow_up_working_days: int
    source: str


@dataclass(frozen=True, slots=True)
class StageName:
    """What the marketplace calls a stage of ours, and its own status words for it, verbatim."""

    ours: str
    name: str
    remote: tuple[str, ...] = ()
    source: str = OURS
    step: str = ""  # what the seller has still to do there by hand, in a sentence


@dataclass(frozen=True, slots=True)
class Policy:
    """A marketplace's rules as data. 0 means: no limit. `*_minor` is in minor units of the order's own currency."""

    name: str
    merges: bool = True  # may orders of one recipient share a parcel?
    max_lines_per_parcel: int = 0
    max_orders_per_parcel: int = 0
    max_value_minor: int = 0
    handling_hours: int = 48  # from payment to ship-by, when the marketplace gives no instant
    merging_source: str = OURS
    clocks: tuple[Clock, ...] = ()
    limits: tuple[Limit, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    cancelling: Cancelling = Cancelling()
    redelivery: Redelivery | None = None
    stages: tuple[StageName, ...] = ()
    reminders_minutes: tuple[int, ...] = ()  # after placing, the marketplace reminds an unpaid buyer
    reminders_source: str = ""
    address_until: str = ""  # the stage that ends the editing of an address; "": nothing is known
    address_source: str = ""

    def without_merging(self) -> "Policy":
        return replace(self, merges=False)

    def clock(self, name: ClockName, placed_at: datetime, store_zone: str) -> Clock | None:
        """The clock of that name for an order placed then; of several the first that holds on that day."""
        return next((one for one in self.clocks if one.name is name and one.holds_for(placed_at, store_zone)), None)

    def has(self, name: ClockName) -> bool:
        return any(one.name is name for one in self.clocks)

    @property
    def handles(self) -> ClockName:
        """The clock that a store's handling time stands for."""
        return ClockName.STOCK_UP if self.has(ClockName.STOCK_UP) else ClockName.SHIP_BY

    def awaits_collection(self, status: str) -> bool:
        """Whether the marketplace's own word says: arranged, and nobody has collected it yet. Only where a clock runs
        from then."""
        words = (word for one in self.stages if one.ours == "shipped" for word in one.remote)
        return self.has(ClockName.COLLECT) and status in words

    def limit(self, name: LimitName) -> int:
        """The most of it, 0 without a limit."""
        return next((one.most for one in self.limits if one.name is name), 0)

    def amber(self, *names: ClockName) -> timedelta:
        """How long before its end a deadline of these clocks shows as due soon: the longest of theirs."""
        hours = [one.amber_hours for one in self.clocks if one.name in names]
        return timedelta(hours=max(hours, default=6))


def deadline(clock: Clock, start: datetime, *, store_zone: str) -> datetime:
    """When a clock that starts at `start` ends: an instant in UTC, never before `start`, and never earlier for a later one.

    A wall time that does not exist on the last day is the end of the gap; one that exists twice is the earlier.
    """
    if clock.counts is Counts.HOURS and clock.cut_off is None:
        return start.astimezone(UTC) + timedelta(hours=clock.amount)
    zone = ZoneInfo(clock.time_zone or store_zone)
    began = _wall_of(start, zone)
    local = began
    if clock.cut_off is not None and local.time() >= clock.cut_off:
        local = _midnight_after(local)
    if clock.counts is Counts.HOURS:
        begins = start.astimezone(UTC) if local == began else _instant_of(local, zone)
        return begins + timedelta(hours=clock.amount)
    if clock.counts is Counts.CALENDAR_DAYS:
        local += timedelta(days=clock.amount)
    else:
        while not clock.is_working(local.date()):
            local = _midnight_after(local)
        for _ in range(clock.amount):
            local += timedelta(days=1)
            while not clock.is_working(local.date()):
                local += timedelta(days=1)
    return max(_instant_of(local, zone), start.astimezone(UTC))


def due(
    policy: Policy,
    *,
    placed_at: datetime,
    paid_at: datetime | None,
    ready_at: datetime | None,
    asked_at: datetime | None,
    store_zone: str,
    overrides: Mapping[ClockName, int] | None = None,
) -> Deadlines:
    """The instants that follow from what happened to an order so far. `overrides` are an organization's own hours.

    Being paid ends the clock of the payment, being ready that of stocking up. What ends the others (in transit,
    answered) ends the order's deadlines as a whole: then nobody asks.
    """
    begun = {Starts.PLACED: placed_at, Starts.PAID: paid_at, Starts.READY: ready_at, Starts.ASKED: asked_at}
    rules: dict[ClockName, Clock] = {}
    for one in policy.clocks:  # of several of a name the first that holds
        if one.name is ClockName.PAY_BY and paid_at is not None:
            continue
        if one.name not in rules and one.holds_for(placed_at, store_zone):
            rules[one.name] = one
    for name, hours in (overrides or {}).items():
        rules[name] = Clock(name, hours, rules[name].starts if name in rules else STARTS[name])
    ends = {
        name: deadline(rule, start, store_zone=store_zone)
        for name, rule in rules.items()
        if (start := begun[rule.starts]) is not None
    }
    return Deadlines(
        stock_up=None if ready_at else ends.get(ClockName.STOCK_UP),
        ship_by=ends.get(ClockName.SHIP_BY),
        collect=ends.get(ClockName.COLLECT),
        answer_by=ends.get(ClockName.ANSWER_CANCELLATION),
        pay_by=ends.get(ClockName.PAY_BY) if paid_at is None else None,
    )


def _midnight_after(local: datetime) -> datetime:
    return datetime.combine(local.date() + timedelta(days=1), time())


def _wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """The clock on the wall, naive. In an hour that comes twice the first pass reads as its beginning, so that a later
    instant never reads earlier."""
    local = instant.astimezone(zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    wall = local.replace(tzinfo=None, fold=0)
    if local.fold == 0 and second > first:
        return min(wall, _jump(first, second, zone).replace(tzinfo=None, fold=0))
    return wall


def _instant_of(wall: datetime, zone: ZoneInfo) -> datetime:
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return _jump(second, first, zone).astimezone(UTC) if second < first else first


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of the new offset between two instants of different offsets, in local time."""
    old = before.astimezone(zone).utcoffset()
    begin = before.replace(microsecond=0)
    low, high = 0, int((after - begin).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        is_old = (begin + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old
        low, high = (middle, high) if is_old else (low, middle)
    return (begin + timedelta(seconds=high)).astimezone(zone)


@lru_cache(maxsize=512)
def _days_off(country: str, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Public holidays, and weekend days that are worked instead.

    Raises:
        NotImplementedError: nobody wrote down this country's holidays.
    """
    if not country:
        return frozenset(), frozenset()
    import holidays  # takes a quarter of a second, which only clocks of working days pay

    found = holidays.country_holidays(country, years=year)
    return frozenset(found), frozenset(found.weekend_workdays)
