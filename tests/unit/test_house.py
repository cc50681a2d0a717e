"""The house rules that a program can check: sizes, names, words."""

import ast
import re
from pathlib import Path

import pytest
from django.utils import translation

import entrepot.api.verbs  # noqa: F401 - with it every verb of the desk is listed
from entrepot.core.batch import VERBS
from entrepot.core.history import Subject
from entrepot.core.report import SENTENCES, Refusal
from entrepot.marketplaces.registry import marketplaces
from entrepot.orders.states import TRANSITIONS as ORDER_TABLE
from entrepot.orders.states import Stage as OrderStage
from entrepot.parcels.states import TRANSITIONS as PARCEL_TABLE
from entrepot.parcels.states import Stage as ParcelStage
from entrepot.web import tabs

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "entrepot"
ROOMS = ["core", "connections", "catalog", "inventory", "orders", "parcels"]
OURS = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
# Tables of facts, one line each: length says nothing about them.
DATA = {"countries.py", "country_names.py", "synonyms.py", "currencies.py"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 70


def length_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    long = {str(p.relative_to(ROOT)): length_of(p) for p in OURS if p.name not in DATA and length_of(p) > LONGEST_FILE}
    assert long == {}


def test_no_function_is_longer_than_seventy_lines() -> None:
    long = {}
    for path in OURS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def test_no_module_hides_behind_an_empty_word() -> None:
    banned = {"services", "utils", "helpers", "managers", "common", "misc", "util", "helper"}
    found = {str(p.relative_to(SOURCE)) for p in OURS if p.stem in banned}
    # Shipping services are the trade's own word: a room file and two pages of the doors are about nothing else.
    assert {path for path in found if not path.endswith("services.py")} == set()
    assert {path.split("/")[0] for path in found} <= {"connections", "web", "api"}


def test_a_marketplace_is_named_only_inside_its_own_folder() -> None:
    folders = [p.name for p in (SOURCE / "marketplaces").iterdir() if (p / "policy.py").exists()]
    assert set(folders) - {"template"} == {listed.name for listed in marketplaces()}
    known = {"aliexpress", "tiktok", "shopee", "lazada", "temu", "shein", "kikuu", "amazon", "ebay", "joom", "shopify"}
    names = (set(folders) - {"file", "template"}) | known  # those two are words of their own too
    pattern = re.compile(rf"\b({'|'.join(sorted(names))})\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(SOURCE)}: {hit[0]}"
        for path in OURS
        if path.relative_to(SOURCE).parts[0] not in {"marketplaces", "sandbox"}
        for hit in pattern.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
def test_deciding_rooms_never_read_the_clock(room: str) -> None:
    calls = re.compile(r"\b(datetime\.now|timezone\.now|utcnow|date\.today|time\.time)\(")
    found = [
        str(path.relative_to(SOURCE))
        for path in (SOURCE / room).rglob("*.py")
        if calls.search(path.read_text(encoding="utf-8")) and path.name != "clock.py" and "migrations" not in path.parts
    ]
    assert found == []


def test_every_stage_has_its_word_in_both_languages() -> None:
    stages = {stage.value for stage in (*OrderStage, *ParcelStage)}
    assert stages <= set(tabs.STAGES)
    with translation.override("en"):
        english = {stage: translation.gettext(tabs.STAGES[stage]) for stage in stages}
    with translation.override("zh-hans"):
        chinese = {stage: translation.gettext(tabs.STAGES[stage]) for stage in stages}
    assert [stage for stage in stages if not english[stage].isascii() or not english[stage]] == []
    assert [stage for stage in stages if chinese[stage].isascii()] == []


def test_every_refusal_has_a_sentence_and_a_place_in_the_precedence() -> None:
    assert set(SENTENCES) == set(Refusal)
    names = [refusal.name for refusal in Refusal]
    assert names[:6] == ["NOT_FOUND", "BUSY", "ALREADY_SHIPPED", "CANCELLED", "CANCELLED_THERE", "CANCELLATION_ASKED"]


def test_a_verb_of_the_desk_lives_in_a_file_named_after_its_button() -> None:
    homes = {
        name: verb.body.__module__.removeprefix("entrepot.")
        for name, verb in VERBS.items()
        if verb.subject in (Subject.ORDER, Subject.PARCEL)
    }
    assert homes == {
        "review_orders": "orders.review", "hold_orders": "orders.hold", "release_orders": "orders.hold",
        "cancel_orders": "orders.cancel", "edit_address": "orders.edit_address",
        "pack_orders": "parcels.pack", "unpack_parcels": "parcels.unpack",
        "get_waybills": "parcels.waybill", "renew_waybills": "parcels.waybill",
        "void_waybills": "parcels.void", "allocate_parcels": "parcels.allocate",
        "print_parcels": "parcels.print", "ship_parcels": "parcels.ship",
        "mark_not_handed_over": "parcels.intercept", "mark_handed_over": "parcels.intercept",
        "close_intercepts": "parcels.intercept",
        "accept_cancellations": "orders.answer", "reject_cancellations": "orders.answer",
        "notify_parcels": "parcels.notify", "retry_notices": "parcels.notify", "dismiss_notices": "parcels.notify",
    }  # fmt: skip


def test_every_stage_can_be_reached_and_left_or_is_an_end() -> None:
    for table, first, ends in (
        (
            ORDER_TABLE,
            {OrderStage.UNPAID, OrderStage.TO_REVIEW, OrderStage.FOLLOWED},
            {OrderStage.CANCELLED, OrderStage.SHIPPED},
        ),
        (
            PARCEL_TABLE,
            {ParcelStage.TO_PROCESS, ParcelStage.IN_TRANSIT, ParcelStage.DELIVERED, ParcelStage.FAILED},
            {ParcelStage.UNPACKED, ParcelStage.IN_TRANSIT, ParcelStage.DELIVERED, ParcelStage.FAILED},
        ),
    ):
        kind = type(next(iter(first)))
        reached = first | {there for steps in table.values() for there in steps.values()}
        left = ends | {here for steps in table.values() for here in steps}
        assert reached == set(kind)
        assert left == set(kind)


def test_a_cancelled_order_and_an_unpacked_parcel_lead_nowhere() -> None:
    assert [act for act, steps in ORDER_TABLE.items() if OrderStage.CANCELLED in steps] == []
    assert [act for act, steps in PARCEL_TABLE.items() if ParcelStage.UNPACKED in steps] == []


def test_no_test_is_skipped_in_silence() -> None:
    bare = re.compile(r"pytest\.skip\(\s*\)|mark\.skip\b(?!if)|xfail")
    found = [str(p.relative_to(ROOT)) for p in TESTS if p.name != "test_house.py" and bare.search(p.read_text("utf-8"))]
    assert found == []
