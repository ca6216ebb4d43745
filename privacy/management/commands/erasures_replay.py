"""`manage.py erasures_replay`: after a restore, erase again whoever was erased before."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.services.erasures_list import ErasuresUnreadable
from privacy.services.replaying import replay_erasures


class Command(BaseCommand):
    help = (
        "Erases again, by the list outside the database (ERASURES_FILE), whom a restored backup brought back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = replay_erasures()
        except (ErasuresUnreadable, OSError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        self.stdout.write(
            f"{done.lines} erasures on the list; {done.erased} people were back and are erased again; "
            f"{done.added} lines added that the list lacked; {done.unknown} of companies that are not here."
        )
