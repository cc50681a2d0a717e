"""Telling that parcels left: read the orders, split what leaves in part, ship packages, read back what is doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot.marketplaces.answers import chunks
from entrepot.marketplaces.contract import CallFailed, Done, Notice, Result, Why
from entrepot.marketplaces.outcomes import STOPS, answer_to, in_order, one_by_one
from entrepot.marketplaces.reading import Record
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.errors import ALREADY_SHIPPED, PACKAGE_NOT_FOUND, why_of
from entrepot.marketplaces.tiktok.pulling import details
from entrepot.marketplaces.tiktok.standing import Standing, standing_of, verdict

BATCH = 20  # packages per call; nobody published a limit


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
    """Notices of one order go one after the other: shipping a part re-cuts the packages of the rest."""
    first = {notice.order_id: notice for notice in reversed(notices)}
    chosen = {notice.key for notice in first.values()}
    answers = _ship_orders(client, [notice for notice in notices if notice.key in chosen])
    if later := [notice for notice in notices if notice.key not in chosen]:
        try:
            answers += ship(client, later)
        except CallFailed as failure:
            answers += [answer_to(notice.key, failure) for notice in later]
    return in_order(notices, answers)


def _ship_orders(client: Client, notices: Sequence[Notice]) -> list[Done]:
    found = standings(client, notices)
    answers: list[Done] = []
    ready: list[Todo] = []
    parts: list[Notice] = []
    for notice in notices:
        known = verdict(notice, found.get(notice.order_id))
        if known is None and not notice.carrier:
            known = Done(notice.key, Result.REJECTED, Why.BAD_NUMBER, "no_carrier", "a shipping provider id is needed")
        if known is not None:
            answers.append(known)
        elif packages := whole_packages(notice, found[notice.order_id]):
            ready.append(Todo(notice, packages))
        else:
            parts.append(notice)
    answers += one_by_one(parts, lambda notice: _ship_part(client, notice, found[notice.order_id]), why_of)
    for some in chunks(ready, BATCH):
        answers += _ship_packages(client, some, is_first=not answers)
    return _settled(client, notices, answers)


def whole_packages(notice: Notice, standing: Standing) -> tuple[str, ...]:
    """The packages that hold the notice's pieces and nothing else; () if there are none, or a package is cut through."""
    pieces = standing.of(notice)
    packages = tuple(dict.fromkeys(piece.package for piece in pieces if not piece.shipped))
    wanted = {piece.id for piece in pieces}
    if not all(packages) or any(not standing.in_package(package) <= wanted for package in packages):
        return ()
    return packages


def _ship_part(client: Client, notice: Notice, standing: Standing) -> Done:
    """Pieces without a package of their own: a package is made by shipping it, or the package is split first."""
    pieces = [piece for piece in standing.of(notice) if not piece.shipped]
    if not any(piece.package for piece in pieces):
        body = {
            "order_line_list": [{"order_line_id": piece.id} for piece in pieces],
            "shipping_info_list": [_number_of(notice)],
        }
        path = f"/fulfillment/202610/orders/{notice.order_id}/packages"
        made = client.write("orders.ship", path, body)
        return Done(notice.key, Result.OK, remote_id=made.text("package_id"))
    wanted = {piece.id for piece in pieces}
    rest = [p.id for p in standing.pieces if p.id not in wanted and not p.cancelled and not p.shipped]
    groups = [{"id": "1", "order_line_item_ids": sorted(wanted)}]
    if rest:
        groups.append({"id": "2", "order_line_item_ids": rest})
    path = f"/fulfillment/202309/orders/{notice.order_id}/split"
    cut = client.write("orders.split", path, {"splittable_groups": groups})
    ours = [p.needed("id") for p in cut.records("packages") if p.text("splittable_group_id") == "1"]
    return _ship_packages(client, [Todo(notice, tuple(ours))], is_first=False)[0]


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


def _errors_by_package(data: Record) -> dict[str, tuple[str, str]]:
    return {
        error.record("detail").text("package_id"): (error.text("code"), error.text("message"))
        for error in data.records("errors")
    }


def _answer(todo: Todo, failed: Mapping[str, tuple[str, str]]) -> Done:
    for package in todo.packages:
        if package in failed:
            code, message = failed[package]
            return Done(todo.key, Result.REJECTED, why_of(code), code, message)
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
    settled = []
    for answer in answers:
        seen = looked.get(answer.key)
        if seen is not None and seen.result is Result.OK:
            settled.append(Done(answer.key, Result.ALREADY_DONE, remote_id=seen.remote_id))
        elif answer.code == PACKAGE_NOT_FOUND and seen is not None:
            settled.append(seen)  # the package was re-cut between reading and shipping: again, with the new one
        elif seen is not None and seen.result is Result.REJECTED:
            settled.append(seen)
        else:
            settled.append(answer)
    return settled


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
