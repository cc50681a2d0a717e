"""Orders are found by the number that people read, where it is another than the marketplace's own."""

import django.db.models.fields.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_proven_elsewhere")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                models.F("organization_id"),
                django.db.models.fields.json.KeyTextTransform("name", "handles"),
                condition=models.Q(handles__name__isnull=False),
                name="order_by_shown_number",
            ),
        ),
    ]
