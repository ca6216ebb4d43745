from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from tenancy.db.login import logged_in_as_migrator
from tenancy.services.upgrades import upgrade_companies


class Command(DjangoMigrate):
    help = "Django's migrate, logged in as the migrator (DATABASE_MIGRATOR_URL); companies get what is new."

    def handle(self, *args: Any, **options: Any) -> None:
        with logged_in_as_migrator():
            super().handle(*args, **options)
        # Towards another version, or only looked at: the tables of today may not be there.
        if not any(options.get(name) for name in ("app_label", "plan", "check_unapplied", "prune", "fake")):
            upgrade_companies()
