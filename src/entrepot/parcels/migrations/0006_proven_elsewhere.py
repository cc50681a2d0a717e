"""Foreign keys of what another key proves already: each was a query per row of every batch."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("parcels", "0005_settled")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE parcels_parcel DROP CONSTRAINT IF EXISTS parcels_parcel_fk_store",
            "ALTER TABLE parcels_parcel ADD CONSTRAINT parcels_parcel_fk_store FOREIGN KEY (organization_id, store_id) REFERENCES connections_store (organization_id, id)",
        ),
        migrations.RunSQL(
            "ALTER TABLE parcels_waybill DROP CONSTRAINT IF EXISTS parcels_waybill_fk_service",
            "ALTER TABLE parcels_waybill ADD CONSTRAINT parcels_waybill_fk_service FOREIGN KEY (organization_id, service_id) REFERENCES connections_shippingservice (organization_id, id)",
        ),
    ]
