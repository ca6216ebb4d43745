from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from rules.selectors.catalogue_page import facts_markdown


class Command(BaseCommand):
    help = "Write docs/facts.md from the catalogue of facts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "docs" / "facts.md")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        out.write_text(facts_markdown(), encoding="utf-8")
        self.stdout.write(f"{out} written.")
