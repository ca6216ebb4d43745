"""The contact policy on a file of cases: no tenant, no database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.policy.case_file import CaseInvalid, decide_file
from privacy.policy.regimes import shipped_policy


class Command(BaseCommand):
    help = "Answers each case of a file by the shipped contact policy. Needs no database. Not legal advice."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cases", help="JSON: a list of {id, facts}, as in docs/policy-data.md")
        parser.add_argument("--json", action="store_true", dest="as_json", help="compact, on one line")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answers = decide_file(options["cases"], shipped_policy())
        except (CaseInvalid, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(answers, indent=None if options["as_json"] else 1))
