"""`gate_replay --tenant SLUG [--days N] [--json]`: give past answers again; exit 1 at the first difference."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from privacy.gate import Erased, replay
from privacy.selectors.checks import answer_ids_since
from tenancy.context import tenant_context
from tenancy.models import Tenant


class Command(BaseCommand):
    help = "Give past answers of the gate again, from what they stood on and the policy as it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="slug")
        parser.add_argument("--days", type=int, default=1, help="of how many days back from now")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no company {options['tenant']!r}.")
        same = erased = 0
        with tenant_context(tenant.id):
            for answer_id in answer_ids_since(timezone.now() - timedelta(days=options["days"])):
                try:
                    replayed = replay(answer_id)
                except Erased:
                    erased += 1
                    continue
                if not replayed.is_same:
                    raise CommandError(f"Answer {answer_id} differs in {', '.join(replayed.differences)}.")
                same += 1
        found = {"tenant": tenant.slug, "same": same, "erased": erased}
        self.stdout.write(
            json.dumps(found) if options["json"] else f"{same} the same, {erased} erased since."
        )
