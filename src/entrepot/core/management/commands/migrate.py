"""Django's migrate, between the two halves of the walls: what tenant tables need cannot be said in migrations alone."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from entrepot.core import distribute, walls


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        walls.ensure_roles()
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE NONE")  # tables belong to the login role; the application's role may only use them
            distribute.prepare_session(cursor)
        walls.before()
        super().handle(*args, **options)
        walls.after()
        if distribute.is_cluster():
            distribute.run()
