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


def require_room(organization_id: int, name: str = "", *, more: int = 1) -> None:
    """Asks before `more` stores are made or switched on. One of the alias `name` that is there already needs no room.

    Where there is a limit, whoever asks is alone with this organization's stores until the transaction ends: two at the
    very same moment do not exceed it. Call it ahead of any lock on a store.

    Raises:
        TooManyStores: so many are in use already.
    """
    found = sql.rows(
        """
        SELECT (o.settings ->> 'stores')::integer,
            EXISTS (SELECT 1 FROM connections_store s WHERE s.organization_id = %s AND s.name = %s)
        FROM core_organization o WHERE o.id = %s
        """,
        [organization_id, name, organization_id],
    )
    own, known = found[0]
    most = settings.STORES if own is None else own
    if not most or known:
        return
    sql.rows("SELECT pg_advisory_xact_lock(hashtextextended('stores in use', %s))", [organization_id])
    # A statement of its own, so that it sees what the one before us committed.
    ((used,),) = sql.rows(
        "SELECT count(*) FROM connections_store WHERE organization_id = %s AND is_enabled", [organization_id]
    )
    if used + more > most:
        raise TooManyStores(most)
