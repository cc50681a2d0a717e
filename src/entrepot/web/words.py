"""How values read on screen: counts, money, instants, time left. Plain functions, called a hundred times per page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import get_language, gettext

from entrepot.core.countries import COUNTRIES
from entrepot.orders.queries import Moment
from entrepot.parcels.documents.figures import money as plain_money
from entrepot.web.access import MemberRequest

SIGNS = {
    "EUR": "€", "USD": "US$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "KRW": "₩", "INR": "₹", "VND": "₫", "THB": "฿",
    "BRL": "R$", "ILS": "₪", "PHP": "₱", "PLN": "zł", "AUD": "A$", "CAD": "C$", "NGN": "₦", "UAH": "₴", "TRY": "₺",
}  # fmt: skip
SOON = timedelta(hours=6)


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_of(request: MemberRequest) -> tzinfo:
    """The zone a member reads times in: their own, else the organization's."""
    own = request.user.time_zone
    return zone(own if own != "UTC" else request.membership.time_zone)


def moment_of(now: datetime, at_zone: tzinfo) -> Moment:
    local = now.astimezone(at_zone)
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Moment(now, tomorrow.astimezone(UTC), now + timedelta(hours=24), now + timedelta(hours=48))


def money(minor: int, currency: str) -> str:
    whole, dot, rest = plain_money(abs(minor), currency).partition(".")
    if len(whole) > 4 and not rest.strip("0"):
        dot = rest = ""  # 1,554,000 needs no .00 to be read
    return f"{'−' if minor < 0 else ''}{SIGNS.get(currency, currency)} {int(whole):,}{dot}{rest}"


def country(code: str) -> str:
    names = COUNTRIES.get(code)
    if names is None:
        return code
    return names[1 if (get_language() or "").startswith("zh") else 0]


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants in words, in one zone and language. Words are looked up once per page."""

    now: datetime
    zone: tzinfo
    late: str
    left: str
    ago: str
    day: str
    hour: str
    minute: str
    today: str
    at_store: str
    yours: str
    just_now: str

    @classmethod
    def of(cls, now: datetime, at_zone: tzinfo) -> "Clock":
        return cls(
            now, at_zone, gettext("{span} late"), gettext("{span} left"), gettext("{span} ago"), gettext("d"), gettext("h"), gettext("min"),
            gettext("today"), gettext("at the store"), gettext("for you"), gettext("just now"),
        )  # fmt: skip

    def span(self, seconds: float) -> str:
        minutes = int(seconds // 60)
        days, hours = minutes // 1440, minutes // 60 % 24
        if days:
            return f"{days} {self.day} {hours} {self.hour}" if days < 10 else f"{days} {self.day}"
        return f"{hours} {self.hour} {minutes % 60:02}" if hours else f"{minutes} {self.minute}"

    def until(self, instant: datetime, soon: timedelta = SOON) -> tuple[str, str, str]:
        """(kind, time, the same in words): kind is "red" when it is over, "amb" when it is nearer than `soon`, "" else."""
        seconds = (instant - self.now).total_seconds()
        if seconds < 0:
            span = self.span(-seconds)
            return "red", span, self.late.format(span=span)
        span = self.span(seconds)
        return ("amb" if seconds < soon.total_seconds() else ""), span, self.left.format(span=span)

    def since(self, instant: datetime) -> str:
        """ "3 h 02 ago"; "just now" within the first minute."""
        seconds = (self.now - instant).total_seconds()
        return self.just_now if seconds < 60 else self.ago.format(span=self.span(seconds))

    def short(self, instant: datetime | None) -> str:
        """ "14:02" today, "11-19 14:02" this year, "2024-11-19" before."""
        if instant is None:
            return "—"
        local, here = instant.astimezone(self.zone), self.now.astimezone(self.zone)
        if local.date() == here.date():
            return f"{self.today} {local:%H:%M}"
        return f"{local:%m-%d %H:%M}" if local.year == here.year else f"{local:%Y-%m-%d}"

    def everywhere(self, instant: datetime, store_zone: str) -> str:
        """One instant on the store's wall, on the reader's, and in UTC: a tooltip of two or three lines."""
        walls = {store_zone: self.at_store} | ({str(self.zone): self.yours} if str(self.zone) != store_zone else {})
        lines = [f"{self.full(instant, zone(name))} {name} ({words})" for name, words in walls.items()]
        return "\n".join([*lines, f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"])

    def full(self, instant: datetime | None, at_zone: tzinfo | None = None) -> str:
        return "—" if instant is None else f"{instant.astimezone(at_zone or self.zone):%Y-%m-%d %H:%M}"
