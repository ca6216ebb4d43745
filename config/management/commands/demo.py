import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.load import DemoFailed, load_demo


class Command(BaseCommand):
    help = "Loads the demo companies from real purchase data, the last purchase being yesterday; once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            logins = load_demo()
        except DemoFailed as error:
            raise CommandError(str(error)) from error
        if options["as_json"]:
            self.stdout.write(json.dumps({"logins": logins}))
            return
        for login in logins:
            self.stdout.write("{company}: {who}, {email}, password {password}".format(**login))
