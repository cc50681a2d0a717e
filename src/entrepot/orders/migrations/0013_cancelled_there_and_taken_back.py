"""Pieces that were cancelled while they lay in a parcel are remembered, by who cancelled them."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_held_there")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="surplus_lines",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="cancelled_there",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="orderline",
            name="taken_back",
            field=models.IntegerField(db_default=0, default=0),
        ),
        # Who cancelled a piece until now is not known any more; it stays cancelled until its marketplace says otherwise.
        # An UPDATE would see no row behind row security.
        migrations.RunSQL(
            "ALTER TABLE orders_orderline ALTER COLUMN cancelled_there TYPE integer USING cancelled",
            migrations.RunSQL.noop,
        ),
    ]
