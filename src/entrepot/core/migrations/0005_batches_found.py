"""Batches that are under way, and imports, are found without walking through all that ever was done."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0004_selections_and_file_permissions")]

    operations = [
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                fields=["organization_id", "-created_at"],
                name="batch_recent_import",
                condition=models.Q(verb__in=["import_orders", "import_skus"]),
            ),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                fields=["created_at"], name="batch_live", condition=models.Q(status__in=["queued", "running"])
            ),
        ),
    ]
