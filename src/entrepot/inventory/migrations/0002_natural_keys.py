from django.db import migrations

from entrepot.core.rekey import rekey


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("allocation", "allocation_once"),
        rekey("allocation", "inventory_allocation", "group_id", "line_id", "stock_id"),
        rekey("movement", "inventory_movement", "stock_id", "id"),
        migrations.RemoveIndex("movement", "movement_of_stock"),
    ]
