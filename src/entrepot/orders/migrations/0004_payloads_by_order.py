from django.db import migrations

from entrepot.core.rekey import rekey


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_held_until")]

    operations = [
        rekey("orderpayload", "orders_orderpayload", "order_id", "id"),
        migrations.RemoveIndex("orderpayload", "payload_of_order"),
    ]
