"""Django's PostgreSQL backend, plus one thing: each transaction opens inside the current organization.

The literal `SET LOCAL` is deliberate: it is the only form that a Citus coordinator passes on to its workers, and it
ends with the transaction, so a pooled connection never carries an organization to its next user.
"""

from django.db.backends.postgresql import base

from entrepot.core.scope import set_local_sql


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc] # missing in the stubs
        if not autocommit and (sql := set_local_sql()):
            with self.wrap_database_errors:
                self.connection.execute(sql)
