import json
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.db.roles import roles_sql


class Command(BaseCommand):
    help = "Print the statements that a database administrator runs once with psql, as a superuser."
    # It must speak before there is a database to check.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", help="name of the database; that of DATABASE_URL without it")
        parser.add_argument(
            "--passwords", action="store_true",
            help="set the passwords of DATABASE_URL and DATABASE_MIGRATOR_URL too, as SCRAM verifiers",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        database = options["database"] or settings.DATABASES["default"]["NAME"]
        passwords = _passwords() if options["passwords"] else None
        try:
            sql = roles_sql(settings.DATABASE_ROLE_PREFIX, database=database, passwords=passwords)
        except ValueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps({"sql": sql}) if options["json"] else sql, ending="\n")


def _passwords() -> dict[str, str]:
    migrator = urlsplit(settings.DATABASE_MIGRATOR_URL).password
    given = {
        "app": settings.DATABASES["default"].get("PASSWORD"),
        "migrator": unquote(migrator) if migrator else None,
    }
    return {name: str(password) for name, password in given.items() if password}
