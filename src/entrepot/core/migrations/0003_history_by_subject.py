from django.db import migrations

from entrepot.core.rekey import rekey


class Migration(migrations.Migration):
    dependencies = [("core", "0002_history_since_when")]

    operations = [
        rekey("event", "core_event", "subject", "subject_id", "id"),
        migrations.RemoveIndex("event", "event_of_subject"),
    ]
