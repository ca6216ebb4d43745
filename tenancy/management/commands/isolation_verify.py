import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.selectors.isolation import verify_isolation


class Command(BaseCommand):
    help = "Prove that every tenant table is isolated, forced, and refuses a foreign reference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify_isolation()
        wrong = [str(difference) for difference in verdict.differences]
        if options["json"]:
            counts = {"tenant_tables": verdict.tenant_tables, "references": verdict.references}
            self.stdout.write(json.dumps({**counts, "checks": verdict.checks, "differences": wrong}))
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise CommandError(f"{wrong[0]}{more}")
        if not options["json"]:
            self.stdout.write(
                f"{verdict.tenant_tables} tenant tables and {verdict.references} references between them:"
                f" isolated, forced, closed. Checked: {', '.join(verdict.checks)}."
            )
