"""Telling that parcels left: read the orders, split what leaves in part, ship packages, read back what is doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import CallFailed, Done, Notice, Result, Trouble, Why
from entrepot.marketplaces.outcomes import STOPS, answer_to, in_order, one_by_one
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.errors import ALREADY_SHIPPED, PACKAGE_NOT_FOUND, failure_of, why_of
from entrepot.marketplaces.tiktok.pulling import details
from entrepot.marketplaces.tiktok.standing import Standing, standing_of, verdict

BATCH = 20  # packages per call; nobody published a limit
LAGS = timedelta(minutes=1)  # how long reading may lag behind writing over there, as far as we wait for it


@dataclass(frozen=True, slots=True)
class Todo:
    """A notice and the packages that carry exactly its pieces."""

    notice: Notice
    packages: tuple[str, ...]

    @property
    def key(self) -> str:
        return self.notice.key


def standings(client: Client, notices: Sequence[Notice]) -> dict[str, Standing]:
    found = [Record(order) for order in details(client, (notice.order_id for notice in notices))]
    return {order.needed("id"): standing_of(order) for order in found}


def ship(client: Client, notices: Sequence[Notice]) -> list[Done]:
    """One call ships all packages that stand ready; orders that leave in parts are cut first, each in one call."""
    found = standings(client, notices)
    answers: list[Done] = []
    ready: list[Todo] = []
    to_cut: dict[str, list[Notice]] = {}
    loose: list[Notice] = []
    for notice in notices:
        known = verdict(notice, found.get(notice.order_id))
        if known is None and not notice.carrier:
            known = Done(notice.key, Result.REJECTED, Why.BAD_NUMBER, "no_carrier", "a shipping provider id is needed")
        if known is not None:
            answers.append(known)
        elif packages := whole_packages(notice, found[notice.order_id]):
            ready.append(Todo(notice, packages))
        elif any(piece.package for piece in found[notice.order_id].of(notice)):
            to_cut.setdefault(notice.order_id, []).append(notice)
        else:
            loose.append(notice)
    answers += one_by_one(loose, lambda notice: _ship_loose(client, notice, found[notice.order_id]), why_of)
    for order_id, some in to_cut.items():
        try:
            ready += _cut(client, some, found[order_id])
        except CallFailed as failure:
            if failure.trouble in STOPS and not answers:
                raise
            answers += [answer_to(notice.key, failure, why_of) for notice in some]
    for batch in chunks(ready, BATCH):
        answers += _ship_packages(client, batch, is_first=not answers)
    return in_order(notices, _settled(client, notices, answers))


def whole_packages(notice: Notice, standing: Standing) -> tuple[str, ...]:
    """The packages that hold the notice's pieces and nothing else; () if there are none, or a package is cut through."""
    pieces = standing.of(notice)
    packages = tuple(dict.fromkeys(piece.package for piece in pieces if not piece.shipped))
    wanted = {piece.id for piece in pieces}
    if not all(packages) or any(not standing.in_package(package) <= wanted for package in packages):
        return ()
    return packages


def _ship_loose(client: Client, notice: Notice, standing: Standing) -> Done:
    """Pieces that are in no package yet: shipping makes one of them."""
    body = {
        "order_line_list": [{"order_line_id": piece.id} for piece in standing.of(notice) if not piece.shipped],
        "shipping_info_list": [_number_of(notice)],
    }
    made = client.write("orders.ship", f"/fulfillment/202610/orders/{notice.order_id}/packages", body)
    return Done(notice.key, Result.OK, remote_id=made.text("package_id"))


def _cut(client: Client, notices: Sequence[Notice], standing: Standing) -> list[Todo]:
    """Re-cuts the packages of one order so that each notice has its own. Theirs can do that only once, before the first
    part leaves: so every notice at hand is cut out now, and what is left stays together."""
    groups = {str(n): [p.id for p in standing.of(notice) if not p.shipped] for n, notice in enumerate(notices)}
    taken = {piece for pieces in groups.values() for piece in pieces}
    rest = [p.id for p in standing.pieces if p.id not in taken and not p.cancelled and not p.shipped]
    asked = groups | ({"rest": rest} if rest else {})
    body = {"splittable_groups": [{"id": name, "order_line_item_ids": pieces} for name, pieces in asked.items()]}
    cut = client.write("orders.split", f"/fulfillment/202309/orders/{notices[0].order_id}/split", body)
    made = {package.text("splittable_group_id"): package.needed("id") for package in cut.records("packages")}
    missing = [name for name in groups if name not in made]
    if missing:
        raise CallFailed(Trouble.UNKNOWN_OUTCOME, "the order was cut, but not every part was named")
    return [Todo(notice, (made[str(n)],)) for n, notice in enumerate(notices)]


def _ship_packages(client: Client, todos: Sequence[Todo], *, is_first: bool) -> list[Done]:
    """One call; code 0 can still carry errors of single packages."""
    body = {
        "packages": [
            {"id": package, "self_shipment": _number_of(todo.notice)} for todo in todos for package in todo.packages
        ]
    }
    try:
        failed = _errors_by_package(client.write("packages.ship", "/fulfillment/202309/packages/ship", body))
    except CallFailed as failure:
        if failure.trouble in STOPS and is_first:
            raise
        return [answer_to(todo.key, failure, why_of) for todo in todos]
    return [_answer(todo, failed) for todo in todos]


def _errors_by_package(data: Record) -> dict[str, CallFailed]:
    return {
        error.record("detail").text("package_id"): failure_of(error.text("code"), error.text("message"), writes=True)
        for error in data.records("errors")
    }


def _answer(todo: Todo, failed: Mapping[str, CallFailed]) -> Done:
    for package in todo.packages:
        if package in failed:
            return answer_to(todo.key, failed[package], why_of)
    return Done(todo.key, Result.OK, remote_id=",".join(todo.packages))


def _settled(client: Client, notices: Sequence[Notice], answers: Sequence[Done]) -> list[Done]:
    """“Already shipped” and “no such package” say little: what the order says now decides."""
    doubtful = {answer.key for answer in answers if answer.code in (ALREADY_SHIPPED, PACKAGE_NOT_FOUND)}
    if not doubtful:
        return list(answers)
    try:
        looked = {done.key: done for done in look_up(client, [n for n in notices if n.key in doubtful])}
    except CallFailed:
        looked = {}  # the refusal stands: a person sees it, or the next try reads again
    return [_settle(client, answer, looked.get(answer.key)) for answer in answers]


def _settle(client: Client, answer: Done, seen: Done | None) -> Done:
    if seen is None:
        return answer
    if seen.result is Result.OK:
        return Done(answer.key, Result.ALREADY_DONE, remote_id=seen.remote_id)
    if seen.result is Result.REJECTED:
        return seen
    # The order does not show (yet) what the refusal says: reading lags behind, or packages were re-cut meanwhile.
    at = client.now + LAGS if answer.code == ALREADY_SHIPPED else None
    return Done(answer.key, Result.RETRY_LATER, None, answer.code, answer.message, at)


def look_up(client: Client, notices: Sequence[Notice]) -> list[Done]:
    found = standings(client, notices)
    return [_seen(notice, found.get(notice.order_id)) for notice in notices]


def _seen(notice: Notice, standing: Standing | None) -> Done:
    known = verdict(notice, standing)
    if known is not None and known.result is Result.ALREADY_DONE:
        return Done(notice.key, Result.OK, remote_id=known.remote_id)
    if known is not None and known.why is Why.SHIPPED_ELSEWHERE:
        return known
    return Done(notice.key, Result.RETRY_LATER)


def renumber(client: Client, notices: Sequence[Notice]) -> list[Done]:
    found = standings(client, notices)
    return one_by_one(notices, lambda notice: _renumber(client, notice, found.get(notice.order_id)), why_of)


def _renumber(client: Client, notice: Notice, standing: Standing | None) -> Done:
    known = verdict(notice, standing)
    if standing is None or (known is not None and known.why is not Why.SHIPPED_ELSEWHERE):
        return known or Done(notice.key, Result.REJECTED, Why.OTHER, "no_order", "there is no such order")
    shipped = [piece for piece in standing.of(notice) if piece.shipped]
    packages = dict.fromkeys(piece.package for piece in shipped if piece.number == notice.replaces)
    if not packages:
        return known or Done(notice.key, Result.REJECTED, Why.OTHER, "not_shipped", "nothing was shipped yet")
    for package in packages:
        path = f"/fulfillment/202610/packages/{package}/shipping_info/update"
        client.write("packages.renumber", path, {"shipping_info_list": [_number_of(notice)]})
    return Done(notice.key, Result.OK, remote_id=",".join(packages))


def _number_of(notice: Notice) -> dict[str, Any]:
    return {"tracking_number": notice.number, "shipping_provider_id": notice.carrier}
