import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.context import tenant_context
from tenancy.models import Tenant
from tenancy.registries import LedgerVerdict, ledgers
from tenancy.selectors.doors import every_tenant


class Command(BaseCommand):
    help = "Prove the ledgers of every company: chains, places, texts, ends. Fails at the first difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="only this company")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = [one for one in every_tenant() if options["tenant"] in (None, one.slug)]
        if options["tenant"] and not tenants:
            raise CommandError(f"There is no company {options['tenant']!r}.")
        verdicts = [(tenant.slug, verdict) for tenant in tenants for verdict in _proven(tenant)]
        if options["json"]:
            self.stdout.write(json.dumps({"ledgers": [_plain(slug, verdict) for slug, verdict in verdicts]}))
        wrong = [f"{slug}, {v.ledger}: {words}" for slug, v in verdicts for words in v.differences]
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise CommandError(f"{wrong[0]}{more}")
        if not options["json"]:
            for slug, verdict in verdicts:
                counts = ", ".join(f"{count:,} {name}" for name, count in verdict.counts.items())
                self.stdout.write(f"{slug}, {verdict.ledger}: as written ({counts.replace('_', ' ')})")


def _proven(tenant: Tenant) -> list[LedgerVerdict]:
    with tenant_context(tenant.id):
        return [prove() for prove in ledgers]


def _plain(slug: str, verdict: LedgerVerdict) -> dict[str, Any]:
    return {"tenant": slug, "ledger": verdict.ledger, **verdict.counts, "seal": verdict.seal,
            "differences": list(verdict.differences)}  # fmt: skip
