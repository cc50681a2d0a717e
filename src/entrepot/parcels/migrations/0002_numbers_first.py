from django.db import migrations, models

from entrepot.core.rekey import rekey


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_own_numbers"), ("parcels", "0001_initial")]

    operations = [
        migrations.RemoveIndex("parcel", "parcel_by_waybill"),
        migrations.RemoveConstraint("parcelline", "parcelline_once"),
        rekey("parcelline", "parcels_parcelline", "parcel_id", "order_line_id"),
        migrations.RemoveConstraint("waybill", "waybill_attempt"),
        rekey("waybill", "parcels_waybill", "parcel_id", "attempt"),
        migrations.RemoveConstraint("waybill", "waybill_live_number"),
        migrations.AddConstraint(
            "waybill",
            models.UniqueConstraint(
                fields=["organization_id", "number", "service_id"],
                name="waybill_live_number",
                condition=models.Q(status="obtained"),
            ),
        ),
    ]
