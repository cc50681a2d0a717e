"""Edit the address of orders by hand, when the buyer or the post says that it is wrong or incomplete.

The correction stands until the marketplace itself says another address: what it said before is kept in the history, see
`kept_by_hand`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from unicodedata import category

from django.utils.translation import gettext_noop as _

from entrepot.core import history, locking, sql
from entrepot.core.batch import Work, loads, verb
from entrepot.core.countries import COUNTRIES
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Permission
from entrepot.core.report import Outcome, Refusal, Report
from entrepot.marketplaces.contract import Address, OrderDraft
from entrepot.orders import ingest
from entrepot.orders.move import NAMED, TABLE, missing
from entrepot.orders.recipient import is_hidden, missing_part, recipient_key
from entrepot.orders.states import Stage

# Characters each part may have.
MOST = {
    "name": 200, "company": 200, "line1": 300, "line2": 300, "district": 120, "city": 120, "region": 120,
    "postcode": 40, "country": 2, "phone": 40, "email": 254, "tax_id": 80,
}  # fmt: skip
COLUMNS = ("external_id", NAMED, "stage", "store_id", "buyer_id", "buyer_name", "recipient", "review_reasons")
# Reasons to review that an address gives; a whole address takes all of them away.
NO_COUNTRY = {"no_country", "unknown_country"}
OF_ADDRESS = {ingest.NO_ADDRESS, ingest.ADDRESS_MASKED, *NO_COUNTRY}


class BadAddress(ValueError):
    """Parts of an address that cannot stand: part -> sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{part}: {sentence}" for part, sentence in problems.items()))
        self.problems = dict(problems)


def tidy(parts: Mapping[str, str]) -> dict[str, str]:
    """Parts without needless spaces and line breaks; the country in capitals. Pure."""
    plain = {part: " ".join(text.split()) for part, text in parts.items()}
    return plain | ({"country": plain["country"].upper()} if "country" in plain else {})


def problems_of(parts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with tidy parts, as part -> English sentence (marked for translation). Pure."""
    found: dict[str, str] = {}
    for part, text in parts.items():
        if part not in MOST:
            found[part] = _("An address has no such part.")
        elif any(category(sign) in ("Cc", "Cs") for sign in text):
            found[part] = _("There are signs in it that cannot be printed.")
        elif part == "country" and text and text not in COUNTRIES:
            found[part] = _("This is no country. Write its name or its two-letter code.")
        elif len(text) > MOST[part]:
            found[part] = _("This is too long for a label.")
    return found


def reasons_with(reasons: Sequence[str], address: Address) -> list[str]:
    """Why a person should look, now that the address is another one. Pure."""
    kept = [reason for reason in reasons if reason not in OF_ADDRESS or (reason in NO_COUNTRY and not address.country)]
    masked = ingest.ADDRESS_MASKED in reasons
    if not missing_part(address) and not (masked and is_hidden(address)):
        return kept
    return [ingest.ADDRESS_MASKED if masked else ingest.NO_ADDRESS, *kept]  # first: it stands on the row


@dataclass(frozen=True, slots=True)
class _Edit:
    """One order on its way from one address to another. `told` is the address the marketplace says."""

    row: Mapping[str, Any]
    before: Address
    after: Address
    reasons: list[str]
    told: Address


def undo_edit_address(work: Work, ids: Sequence[int], batch: Mapping[str, Any]) -> Report:
    """Puts the former address back where the corrected one still stands."""
    locked = locking.lock(TABLE, COLUMNS, work.organization_id, ids)
    told = _told(work.organization_id, list(locked.rows))
    made = _made_by(work.organization_id, ids, batch["id"])
    answers, edits = {}, []
    for i, row in locked.rows.items():
        answers[i] = answer(row)
        if i not in made or answers[i].refusal is not None:
            continue
        before, after = address_of(row["recipient"]), address_of(made[i]["before"]["recipient"])
        if before != address_of(made[i]["after"]["recipient"]):
            answers[i] = Outcome(i, row["shown"], Refusal.ADDRESS_CHANGED)
            continue
        former = [reason for reason in made[i]["before"]["review"] if reason in OF_ADDRESS]
        reasons = [reason for reason in row["review_reasons"] if reason not in OF_ADDRESS] + former
        edits.append(_Edit(row, before, after, reasons, told.get(i, before)))
    _write(work, edits, "undo_edit_address")
    return Report.answering(ids, [*answers.values(), *missing(ids, locked)])


@verb(name="edit_address", subject=Subject.ORDER, permission=Permission.REVIEW, undo=undo_edit_address)
def edit_address(work: Work, ids: Sequence[int], **parts: str) -> Report:
    """`parts` are those of `Address`; what is left out stays as it is, "" takes a part away.

    Raises:
        BadAddress: no such part, no such country, or a text that no label can hold.
    """
    given = tidy(parts)
    if problems := problems_of(given):
        raise BadAddress(problems)
    locked = locking.lock(TABLE, COLUMNS, work.organization_id, ids)
    told = _told(work.organization_id, list(locked.rows))
    answers, edits = {}, []
    for i, row in locked.rows.items():
        answers[i] = answer(row)
        before = address_of(row["recipient"])
        after = replace(before, **given)
        if answers[i].refusal is None and after != before:
            edits.append(_Edit(row, before, after, reasons_with(row["review_reasons"], after), told.get(i, before)))
    _write(work, edits, "edit_address")
    return Report.answering(ids, [*answers.values(), *missing(ids, locked)])


def answer(row: Mapping[str, Any]) -> Outcome:
    """Whether the address of this order may still be changed. Pure."""
    name, stage = row["shown"], Stage(row["stage"])
    if stage is Stage.CANCELLED:
        return Outcome(row["id"], name, Refusal.CANCELLED, {"order": name})
    if stage is Stage.SHIPPED:
        return Outcome(row["id"], name, Refusal.ADDRESS_FINAL)
    return Outcome(row["id"], name)


def kept_by_hand(organization_id: int, drafts: Mapping[int, OrderDraft]) -> dict[int, OrderDraft]:
    """Newer versions of orders (order id -> draft) with the address corrected by hand, where the marketplace still says
    the one that was corrected. Where it says another one by now, the draft stays as it is.
    """
    told = _told(organization_id, list(drafts))
    corrected: dict[int, str] = dict(
        sql.rows(
            "SELECT id, recipient::text FROM orders_order WHERE organization_id = %s AND id = ANY(%s)",
            [organization_id, list(told)],
        )
    )
    kept = dict(drafts)
    for i, recipient in corrected.items():
        if drafts[i].recipient == told[i]:
            address = address_of(recipient)
            masked = drafts[i].address_masked and (is_hidden(address) or bool(missing_part(address)))
            kept[i] = replace(drafts[i], recipient=address, address_masked=masked)
    return kept


def kept_whole(recipient: Mapping[str, Any], draft: OrderDraft) -> OrderDraft:
    """A newer version that hides its address, with the one we know in full: what is hidden for a while has not changed.

    One that we do not know in full is replaced by whatever the newer version shows. Pure.
    """
    address = address_of(recipient)
    if is_hidden(address) or not (draft.address_masked or is_hidden(draft.recipient)):
        return draft
    problems = tuple(reasons_with(draft.problems, address))
    return replace(draft, recipient=address, address_masked=False, problems=problems)


def address_of(value: Any) -> Address:
    found = loads(value)
    return Address(**{field.name: found.get(field.name, "") for field in fields(Address)})


def _told(organization_id: int, ids: Sequence[int]) -> dict[int, Address]:
    """What the marketplace says of orders whose address was corrected by hand and not overwritten since."""
    found = sql.rows(
        """
        SELECT DISTINCT ON (subject_id) subject_id, (why -> 'marketplace')::text FROM core_event
        WHERE organization_id = %s AND subject = 'order' AND subject_id = ANY(%s)
            AND (verb IN ('edit_address', 'undo_edit_address')
                OR verb = 'update' AND jsonb_exists(after, 'recipient'))
        ORDER BY subject_id, id DESC
        """,
        [organization_id, list(ids)],
    )
    return {i: address_of(said) for i, said in found if said is not None}


def _made_by(organization_id: int, ids: Sequence[int], batch_id: int) -> dict[int, dict[str, Any]]:
    """What a batch changed: order -> before and after."""
    found = sql.rows(
        """
        SELECT subject_id, before::text, after::text FROM core_event
        WHERE organization_id = %s AND subject = 'order' AND subject_id = ANY(%s) AND verb = 'edit_address'
            AND batch_id = %s
        """,
        [organization_id, list(ids), batch_id],
    )
    return {i: {"before": loads(before), "after": loads(after)} for i, before, after in found}


def _write(work: Work, edits: Sequence[_Edit], verb_name: str) -> None:
    ids = [edit.row["id"] for edit in edits]
    sql.run(
        """
        UPDATE orders_order o SET recipient = row.recipient, recipient_name = row.recipient ->> 'name',
            country = row.recipient ->> 'country', city = row.recipient ->> 'city', recipient_key = row.recipient_key,
            review_reasons = row.review_reasons, updated_at = %s
        FROM jsonb_to_recordset(%s::jsonb) AS row (id bigint, recipient jsonb, recipient_key text, review_reasons text[])
        WHERE o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.id
        """,
        [work.at, sql.dump([_values(edit) for edit in edits]), work.organization_id, ids],
    )
    codes: dict[int, list[str]] = dict(
        sql.rows(
            """
            SELECT order_id, array_agg(sku_code ORDER BY id) FROM orders_orderline
            WHERE organization_id = %s AND order_id = ANY(%s) GROUP BY order_id
            """,
            [work.organization_id, ids],
        )
    )
    sql.insert(
        "orders_ordersearch",
        ingest.SEARCH_COLUMNS,
        [
            {
                "organization_id": work.organization_id,
                "id": edit.row["id"],
                "words": _words(edit, codes.get(edit.row["id"], [])),
            }
            for edit in edits
        ],
        suffix="ON CONFLICT (organization_id, id) DO UPDATE SET words = excluded.words",
    )
    history.record(
        organization_id=work.organization_id,
        subject=Subject.ORDER,
        verb=verb_name,
        changes=[_change(edit) for edit in edits],
        actor_id=work.actor_id,
        batch_id=work.batch_id,
        at=work.at,
    )


def _values(edit: _Edit) -> dict[str, Any]:
    row = edit.row
    hidden = ingest.ADDRESS_MASKED in edit.reasons
    key = "" if hidden else recipient_key(edit.after, store_id=row["store_id"], buyer_id=row["buyer_id"])
    return {"id": row["id"], "recipient": asdict(edit.after), "recipient_key": key, "review_reasons": edit.reasons}


def _words(edit: _Edit, codes: Sequence[str]) -> str:
    """The words the order is found by, as `ingest.search_words` makes them of a draft."""
    row, address = edit.row, edit.after
    words = [row["external_id"], row["buyer_name"], address.name, row["buyer_id"], address.email, *codes]
    return " ".join(dict.fromkeys(word for word in words if word))[:4000]


def _change(edit: _Edit) -> Change:
    by_hand = edit.told != edit.after
    return Change(
        edit.row["id"],
        {"recipient": asdict(edit.before), "review": edit.row["review_reasons"]},
        {"recipient": asdict(edit.after), "review": edit.reasons},
        {"marketplace": asdict(edit.told)} if by_hand else None,
    )
