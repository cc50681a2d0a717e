"""Foreign keys of what another key proves already: each was a query per row of every batch."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_cancelled_there")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE orders_ordersearch DROP CONSTRAINT IF EXISTS orders_ordersearch_fk_org",
            "ALTER TABLE orders_ordersearch ADD CONSTRAINT orders_ordersearch_fk_org FOREIGN KEY (organization_id) REFERENCES core_organization (id)",
        ),
    ]
