import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from tenancy.selectors.doors import user_with_email
from tenancy.services.invitations import set_password_path
from tenancy.services.tenants import TenantRefused, create_tenant


class Command(BaseCommand):
    help = "A new company with its roles, house portfolio and first administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="its part of the address: small letters, digits and -")
        parser.add_argument("--name", required=True)
        parser.add_argument("--country", required=True, help="two letters, as in ISO 3166: GB")
        parser.add_argument(
            "--currency", required=True, help="three letters, as in ISO 4217: GBP; fixed for life"
        )
        parser.add_argument("--timezone", required=True, help="Europe/London")
        parser.add_argument("--admin-email", required=True)
        parser.add_argument("--base-url", default="", help="https://crm.example.com, put before the link")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["admin_email"].strip().lower()
        try:
            validate_email(email)
            made = create_tenant(
                slug=options["slug"], name=options["name"], country=options["country"].upper(),
                currency=options["currency"].upper(), time_zone=options["timezone"], admin_email=email,
            )  # fmt: skip
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address.") from None
        except TenantRefused as error:
            raise CommandError(str(error)) from None
        user = user_with_email(email)
        link = ""
        if user and not user.has_usable_password():
            link = options["base_url"].rstrip("/") + set_password_path(user)
        self._say(
            options["json"], slug=made.tenant.slug, id=str(made.tenant.id), admin=email, set_password=link
        )

    def _say(self, as_json: bool, **said: str) -> None:
        if as_json:
            self.stdout.write(json.dumps(said))
            return
        self.stdout.write(f"{said['slug']} is open at /t/{said['slug']}/; {said['admin']} administers it.")
        if said["set_password"]:
            self.stdout.write(
                f"They choose their password here, once, within three days:\n{said['set_password']}"
            )
        else:
            self.stdout.write("They sign in with the password they have.")
