"""How many stores an organization may have in use: what its own plan says, else what the house says. 0 is no limit."""

from django.conf import settings

from entrepot.core import sql


class TooManyStores(Exception):
    """The plan's number of stores is reached. A store that is switched off does not count."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This organization may have {most} stores in use. Switch one off, or have the number of its plan raised."
        )
        self.most = most


def require_room(organization_id: int, name: str = "") -> None:
    """Asks before a store is made or switched on. One of the alias `name` that is there already needs no more room.

    Two made at the very same moment may exceed the number by one: it is a plan, not a lock.

    Raises:
        TooManyStores: so many are in use already.
    """
    found = sql.rows(
        """
        SELECT count(*) FILTER (WHERE s.is_enabled), coalesce(bool_or(s.name = %s), false),
            (SELECT (o.settings ->> 'stores')::integer FROM core_organization o WHERE o.id = %s)
        FROM connections_store s WHERE s.organization_id = %s
        """,
        [name, organization_id, organization_id],
    )
    used, known, own = found[0]
    most = settings.STORES if own is None else own
    if most and used >= most and not known:
        raise TooManyStores(most)
