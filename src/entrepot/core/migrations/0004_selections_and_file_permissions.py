from django.db import migrations, models

from entrepot.core.permissions import Permission


class Migration(migrations.Migration):
    dependencies = [("core", "0003_history_by_subject")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="selection",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="permission",
            field=models.CharField(
                choices=[(one.value, one.value) for one in Permission], default="print", max_length=12
            ),
            preserve_default=False,
        ),
        # Until now documents were PDF and everything else was uploaded. An UPDATE would see no row behind row security.
        migrations.RunSQL(
            """
            ALTER TABLE core_storedfile ALTER COLUMN permission TYPE varchar(12)
                USING CASE WHEN content_type = 'application/pdf' THEN 'print' ELSE 'import' END
            """,
            migrations.RunSQL.noop,
        ),
    ]
