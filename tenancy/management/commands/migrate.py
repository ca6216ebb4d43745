from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from tenancy.db.login import logged_in_as_migrator


class Command(DjangoMigrate):
    help = "Django's migrate, logged in as the migrator (DATABASE_MIGRATOR_URL)."

    def handle(self, *args: Any, **options: Any) -> None:
        with logged_in_as_migrator():
            super().handle(*args, **options)
