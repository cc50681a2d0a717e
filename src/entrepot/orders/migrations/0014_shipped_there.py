"""Orders that have left, as their marketplace says: nobody has to collect them, and a parcel of ours may be one too many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_cancelled_there_and_taken_back")]

    operations = [
        migrations.AddField(model_name="order", name="shipped_there_at", field=models.DateTimeField(null=True)),
    ]
