"""Carrier accounts, shipping services and number pools of the manual carrier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from entrepot.carriers.registry import number_rule
from entrepot.core import history, sql
from entrepot.core.batch import loads
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission, system_actor

MOST_NUMBERS = 100_000


class BadNumbers(Exception):
    """Numbers of a pool are refused whole: (number, problem) of the first ones."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        first = "; ".join(f"{number}: {problem}" for number, problem in problems[:3])
        super().__init__(f"{len(problems)} numbers cannot be taken. {first}")


@dataclass(frozen=True, slots=True)
class Added:
    added: int
    known: int


def create_account(*, organization_id: int, carrier: str, name: str, actor: Actor, at: datetime) -> int:
    """Makes a carrier account, or returns the one of that name."""
    actor.require(Permission.SETTINGS)
    made = sql.rows(
        """
        INSERT INTO connections_carrieraccount (organization_id, carrier, name, secrets, is_enabled, created_at)
        VALUES (%s, %s, %s, '', true, %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [organization_id, carrier, name, at],
    )
    if made:
        history.note(
            "create_account",
            organization_id=organization_id,
            subject=Subject.ACCOUNT,
            change=Change(made[0][0], None, {"carrier": carrier, "name": name}),
            actor_id=actor.member_id,
            at=at,
        )
    return int(
        sql.rows(
            "SELECT id FROM connections_carrieraccount WHERE organization_id = %s AND name = %s",
            [organization_id, name],
        )[0][0]
    )


def create_service(
    *,
    organization_id: int,
    account_id: int,
    code: str,
    name: str,
    numbering: str,
    number_format: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Makes a shipping service, or returns the one of that code. `numbering` is "typed", "pool" or "own"."""
    actor.require(Permission.SETTINGS)
    number_rule(number_format)
    made = sql.rows(
        """
        INSERT INTO connections_shippingservice (organization_id, account_id, code, name, numbering, number_format,
            goods_classes, max_lines, is_enabled, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, '{}', 0, true, %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [organization_id, account_id, code, name, numbering, number_format, at],
    )
    if made:
        after = {"account_id": account_id, "code": code, "name": name, "numbering": numbering}
        history.note(
            "create_service",
            organization_id=organization_id,
            subject=Subject.SERVICE,
            change=Change(made[0][0], None, {**after, "number_format": number_format}),
            actor_id=actor.member_id,
            at=at,
        )
    return int(
        sql.rows(
            "SELECT id FROM connections_shippingservice WHERE organization_id = %s AND code = %s",
            [organization_id, code],
        )[0][0]
    )


def set_carrier_codes(
    *, organization_id: int, service_id: int, codes: Mapping[str, str], actor: Actor, at: datetime
) -> bool:
    """Sets what marketplaces call the carrier of a service: marketplace -> its code or name; an empty one is forgotten.

    Marketplaces that are not named keep theirs. Notices written from now on carry it; those that are written stay.
    Returns whether anything changed. False too when there is no such service.

    Raises:
        NotAllowed: the actor may not change settings.
    """
    actor.require(Permission.SETTINGS)
    found = sql.dicts(
        """
        SELECT carrier_codes FROM connections_shippingservice
        WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE
        """,
        [organization_id, service_id],
    )
    if not found:
        return False
    before: dict[str, str] = loads(found[0]["carrier_codes"])
    given = {**before, **{marketplace: code.strip() for marketplace, code in codes.items()}}
    after = {marketplace: code for marketplace, code in given.items() if code}
    if after == before:
        return False
    sql.run(
        "UPDATE connections_shippingservice SET carrier_codes = %s::jsonb WHERE organization_id = %s AND id = %s",
        [sql.dump(after), organization_id, service_id],
    )
    history.note(
        "set_carrier_codes",
        organization_id=organization_id,
        subject=Subject.SERVICE,
        change=Change(service_id, before, after),
        actor_id=actor.member_id,
        at=at,
    )
    return True


def add_numbers(*, organization_id: int, service_id: int, numbers: Iterable[str], actor: Actor, at: datetime) -> Added:
    """Puts pre-bought numbers into a service's pool; those known already change nothing.

    Raises:
        BadNumbers: some break the service's number format, or there are more than 100,000. Nothing is added then.
    """
    actor.require(Permission.SETTINGS)
    number_format = sql.rows(
        "SELECT number_format FROM connections_shippingservice WHERE organization_id = %s AND id = %s",
        [organization_id, service_id],
    )[0][0]
    rule = number_rule(number_format)
    clean = list(dict.fromkeys(number for text in numbers if (number := rule.normalise(text))))
    problems = [(number, problem) for number in clean if (problem := rule.problem(number))]
    if len(clean) > MOST_NUMBERS:
        problems.append((clean[MOST_NUMBERS], f"at most {MOST_NUMBERS:,} numbers at a time"))
    if problems:
        raise BadNumbers(problems)
    made = sql.rows(
        """
        INSERT INTO connections_poolednumber (organization_id, service_id, number)
        SELECT %s, %s, row.number FROM unnest(%s::text[]) WITH ORDINALITY AS row (number, place) ORDER BY row.place
        ON CONFLICT DO NOTHING RETURNING number
        """,
        [organization_id, service_id, clean],
    )
    if made:
        added = {"added": len(made), "first": made[0][0], "last": made[-1][0]}
        history.note(
            "add_numbers",
            organization_id=organization_id,
            subject=Subject.SERVICE,
            change=Change(service_id, None, added),
            actor_id=actor.member_id,
            at=at,
        )
    return Added(len(made), len(clean) - len(made))


def free_numbers(organization_id: int, service_id: int) -> int:
    return int(
        sql.rows(
            "SELECT count(*) FROM connections_poolednumber WHERE organization_id = %s AND service_id = %s AND drawn_at IS NULL",
            [organization_id, service_id],
        )[0][0]
    )


def own_numbers(*, organization_id: int, at: datetime) -> int:
    """The service a shop has before it has any: parcels numbered by ourselves, handed over by hand."""
    actor = system_actor(organization_id)
    account = create_account(organization_id=organization_id, carrier="manual", name="Own delivery", actor=actor, at=at)
    return create_service(
        organization_id=organization_id, account_id=account, code="own", name="Own numbers", numbering="own",
        number_format="free", actor=actor, at=at,
    )  # fmt: skip
