"""Orders that their marketplace holds, whatever stage they have reached here: their parcels must not go."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_shown_number")]

    operations = [
        migrations.AddField(model_name="order", name="held_there_at", field=models.DateTimeField(null=True)),
    ]
