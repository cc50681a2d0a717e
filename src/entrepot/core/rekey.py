"""For migrations: another primary key of a tenant table. Django cannot alter a composite one by itself."""

from django.db import migrations, models


def rekey(model: str, table: str, *columns: str) -> migrations.SeparateDatabaseAndState:
    """Makes (organization_id, `columns`…) the primary key: the way the table is read, one index less to keep."""
    key = ("organization_id", *columns)
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey; ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(key)})"
            )
        ],
        state_operations=[
            migrations.AlterField(
                model,
                "pk",
                models.CompositePrimaryKey(*key, blank=True, editable=False, primary_key=True, serialize=False),
            )
        ],
    )
