import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.context import tenant_context
from tenancy.selectors.doors import active_tenant_called
from tenancy.selectors.members import role_with_key
from tenancy.services.tokens import create_token


class Command(BaseCommand):
    help = "Make an API token and print its secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--name", required=True, help="the system that will use it")
        parser.add_argument("--role", required=True, help="key of a role: api-client")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = active_tenant_called(options["tenant"])
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        with tenant_context(tenant.id):
            role = role_with_key(options["role"])
            if role is None:
                raise CommandError(f"{tenant.slug} has no role with the key {options['role']!r}.")
            token, secret = create_token(name=options["name"], role=role, created_by=None)
        if options["json"]:
            said = {"tenant": tenant.slug, "id": str(token.id), "name": token.name, "role": role.key}
            self.stdout.write(json.dumps({**said, "token": secret}))
        else:
            self.stdout.write(f"{secret}\nKeep it now: only its hash is stored, so it cannot be shown again.")
