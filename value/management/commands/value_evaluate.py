"""How the models do on a file of orders: no tenant, no database."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from value.engine.report import as_contract, as_text, evaluate_file


class Command(BaseCommand):
    help = "Fits the value models to a file of orders and tests them on its last part. Needs no database."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("orders", help="CSV with the columns customer_id, date, amount")
        parser.add_argument(
            "--calibration-end", required=True, help="last day the models may see (YYYY-MM-DD)"
        )
        parser.add_argument("--observation-end", required=True, help="last day of the holdout (YYYY-MM-DD)")
        parser.add_argument("--format", choices=("csv", "cdnow"), default="csv", dest="file_format")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            evidence = evaluate_file(
                options["orders"],
                file_format=options["file_format"],
                calibration_end=options["calibration_end"],
                observation_end=options["observation_end"],
            )
        except (ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(as_contract(evidence)) if options["as_json"] else as_text(evidence))
