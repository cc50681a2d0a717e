"""The import wizard: choose files, look at what was found in them, map the columns, import in the background."""

from pathlib import PurePath
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from entrepot.connections.mappings import forget_mapping, remember_mapping
from entrepot.connections.stores import FILE, StoreFacts, TakesNoFiles, create_store, store_by_id, store_named
from entrepot.core import files
from entrepot.core.batch import SameUuidOtherBody
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.marketplaces.order_file import FileRefused
from entrepot.orders.import_file import FileImport, queue_import
from entrepot.web.access import MemberRequest, member_required
from entrepot.web.choices import CURRENCIES, zones
from entrepot.web.filters import id_of
from entrepot.web.import_preview import Choice, Looked, look, stores_to_choose
from entrepot.web.import_result import recent_imports
from entrepot.web.reader_words import refusal_sentence
from entrepot.web.words import zone_of

MOST_BYTES = 100 * 1024 * 1024
MOST_FILES = 20
NEW_STORE = "new"
KINDS = ("orders", "skus")


@member_required(Permission.VIEW)
def choose(request: MemberRequest) -> HttpResponse:
    """The page to drop files on. POST stores them and goes on to the first one's preview."""
    kind = _kind(request)
    if request.method == "POST":
        request.actor.require(Permission.IMPORT if kind == "orders" else Permission.CATALOG)
        stored = _store_files(request)
        if stored:
            rest = ",".join(str(i) for i in stored[1:])
            return redirect(f"{reverse('import-file', args=[stored[0]])}?kind={kind}&rest={rest}")
    recent = recent_imports(request.membership.organization_id, zone_of(request))
    may = bool({Permission.IMPORT, Permission.CATALOG} & request.actor.permissions)
    return render(request, "importing/choose.html", {"kind": kind, "recent": recent, "may": may})


@member_required(Permission.VIEW)
def preview(request: MemberRequest, file_id: int) -> HttpResponse:
    """What is in the file and what would be made of it; every change of a choice is looked at anew."""
    return _preview(request, file_id)


def _preview(request: MemberRequest, file_id: int, problem: str = "") -> HttpResponse:
    organization_id = request.membership.organization_id
    stored = files.fetch(request.actor, file_id)
    if stored is None:
        return render(request, "404.html", status=404)
    asked = request.POST if request.method == "POST" else request.GET
    choice = _choice(request, file_id)
    context: dict[str, Any] = {
        "file_id": file_id,
        "filename": stored.name,
        "kind": choice.kind,
        "rest": asked.get("rest", ""),
        "waiting": len([i for i in asked.get("rest", "").split(",") if i]),
        "uuid": asked.get("uuid") or str(uuid4()),
        "problem": problem,
        "zones": zones(),
        "currencies": CURRENCIES,
        "stores": stores_to_choose(organization_id),
        "alias": asked.get("alias", ""),
        "currency": choice.currency,
        "time_zone": choice.time_zone,
    }
    try:
        found = look(organization_id, stored.path, stored.name, choice)
        context |= {"look": found, "store": str(found.store_id or NEW_STORE), "new_store": found.store_id is None}
    except FileRefused as refused:
        context["refused"] = refusal_sentence(refused.code, refused.sentence)
    partial = request.headers.get("HX-Request") and "refused" not in context
    return render(request, "importing/preview_body.html" if partial else "importing/preview.html", context)


@require_POST
@member_required(Permission.VIEW)
def start(request: MemberRequest, file_id: int) -> HttpResponse:
    """Makes the store if it is new, remembers the columns, and hands the file to the worker."""
    ours = request.membership
    stored = files.fetch(request.actor, file_id)
    if stored is None:
        return render(request, "404.html", status=404)
    choice, at = _choice(request, file_id), now()
    request.actor.require(Permission.IMPORT if choice.kind == "orders" else Permission.CATALOG)
    alias = request.POST.get("alias", "").strip()[:80]
    try:
        store = _store(request, alias) if choice.kind == "orders" else None
    except TakesNoFiles as connected:
        problem = _("The orders of “%(store)s” come from its marketplace. Give the file a store of its own.")
        return _preview(request, file_id, problem % {"store": connected.name})
    if choice.kind == "orders" and store is None and not alias:
        return _preview(request, file_id, _("Choose a store, or give the new one an alias."))
    choice = choice.of_store(store.id if store else None)
    try:
        found = look(ours.organization_id, stored.path, stored.name, choice)
    except FileRefused as refused:
        messages.error(request, refusal_sentence(refused.code, refused.sentence))
        return redirect(f"{reverse('import-file', args=[file_id])}?kind={choice.kind}")
    if not found.ready:
        return _preview(request, file_id, _("Nothing can be taken in by these columns. Choose the columns by hand."))
    if choice.kind == "orders":
        store = store or _new_store(request, alias)
        _remember(request, store, found)
    wanted = FileImport(
        kind=choice.kind,
        file_id=file_id,
        filename=stored.name,
        rows=found.row_count,
        store_id=store.id if store else None,
        currency=request.POST.get("currency", "USD").upper()[:3] or "USD",
        mapping=found.mapping,
    )
    try:
        uuid = queue_import(
            organization_id=ours.organization_id, wanted=wanted, actor=request.actor, at=at, uuid=_uuid(request)
        )
    except SameUuidOtherBody:
        uuid = queue_import(
            organization_id=ours.organization_id, wanted=wanted, actor=request.actor, at=at, uuid=uuid4()
        )
    rest = request.POST.get("rest", "")
    return redirect(f"{reverse('import-result', args=[uuid])}" + (f"?rest={rest}" if rest else ""))


def _kind(request: MemberRequest) -> str:
    kind = (request.POST if request.method == "POST" else request.GET).get("kind", "orders")
    return kind if kind in KINDS else "orders"


def _store_files(request: MemberRequest) -> list[int]:
    """Ids of the uploaded files; one that is empty or too big is named in a message instead."""
    made, at = [], now()
    for upload in request.FILES.getlist("files")[:MOST_FILES]:
        name = PurePath(upload.name or "file").name
        if (upload.size or 0) > MOST_BYTES:
            messages.error(request, _("%(name)s is bigger than 100 MB. Split it by date.") % {"name": name})
        elif not upload.size:
            messages.error(request, _("%(name)s is empty. Export it again.") % {"name": name})
        else:
            made.append(
                files.store(
                    request.membership.organization_id,
                    name,
                    "application/octet-stream",
                    upload.read(),
                    at,
                    permission=Permission.IMPORT,
                )
            )
    if not request.FILES:
        messages.error(request, _("Choose a file first."))
    return made


def _choice(request: MemberRequest, file_id: int) -> Choice:
    asked = request.POST if request.method == "POST" else request.GET
    prefix = "map_"
    mapping = {name.removeprefix(prefix): value for name, value in asked.items() if name.startswith(prefix)}
    store = asked.get("store", "")
    stores = [] if store else stores_to_choose(request.membership.organization_id)
    may_count = Permission.STOCK in request.actor.permissions
    return Choice(
        kind=_kind(request),
        store_id=id_of(store),
        mapping={str(name): str(value) for name, value in mapping.items()} if asked.get("mapped") else None,
        currency=str(asked.get("currency") or "USD").upper(),
        time_zone=str(asked.get("time_zone") or request.membership.time_zone),
        without=() if may_count else ("on_hand", "bin"),
        usual_store=stores[0]["id"] if stores else None,
    )


def _store(request: MemberRequest, alias: str) -> StoreFacts | None:
    """The chosen store, or the one that has this alias already; None if it is to be made.

    Raises:
        TakesNoFiles: the store of this id or alias is a connected one.
    """
    organization_id, chosen = request.membership.organization_id, id_of(request.POST.get("store", ""))
    if chosen is not None:
        found = store_by_id(organization_id, chosen)
    else:
        found = store_named(organization_id, alias) if alias else None
    if found is not None:
        found.require_files()
    return found


def _new_store(request: MemberRequest, alias: str) -> StoreFacts:
    ours, zone = request.membership, request.POST.get("time_zone", "")
    return create_store(
        organization_id=ours.organization_id,
        name=alias,
        marketplace=FILE,
        currency=(request.POST.get("currency", "").strip().upper() or "USD")[:3],
        time_zone=zone if zone in zones() else ours.time_zone,
        actor=request.actor,
        at=now(),
    )


def _remember(request: MemberRequest, store: StoreFacts, found: Looked) -> None:
    organization_id = request.membership.organization_id
    if request.POST.get("remember") == "1":
        remember_mapping(
            organization_id=organization_id, store_id=store.id, header=found.header, mapping=found.mapping, at=now()
        )
    else:
        forget_mapping(organization_id=organization_id, store_id=store.id, header=found.header)


def _uuid(request: MemberRequest) -> UUID:
    try:
        return UUID(request.POST.get("uuid", ""))
    except ValueError:
        return uuid4()
