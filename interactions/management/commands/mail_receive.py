"""`mail_receive --mailbox ADDRESS [--tenant SLUG] < mail`: a mail server hands over one mail by a pipe."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from interactions.selectors.mailboxes import companies_with, mailbox_at
from interactions.services.inbound import MOST_BYTES, MailRefused, receive_mail
from tenancy.context import tenant_context
from tenancy.models import Tenant
from tenancy.selectors.doors import active_tenant_called

TOO_LARGE, NO_SUCH_MAILBOX, LATER = os.EX_DATAERR, os.EX_NOUSER, os.EX_TEMPFAIL
"""By these a mail server knows whether to send the mail back or to try again (sysexits.h)."""


class Command(BaseCommand):
    help = "Takes in one mail (RFC 5322) from standard input at an address that a company opened for it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--mailbox", required=True, help="the address, as it stands under Settings, Mailboxes"
        )
        parser.add_argument(
            "--tenant", default="", help="slug; needed where two companies opened the same address"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(MOST_BYTES + 1)
        try:
            tenant = self._tenant(options["mailbox"], options["tenant"])
            with tenant_context(tenant.id, actor="mail_receive"):
                mailbox = mailbox_at(options["mailbox"])
                if mailbox is None:
                    raise CommandError("No company takes mail at this address.", returncode=NO_SUCH_MAILBOX)
                taken = receive_mail(mailbox=mailbox, raw=raw)
        except MailRefused as refused:
            raise CommandError(str(refused), returncode=TOO_LARGE) from refused
        except DatabaseError as error:
            raise CommandError("The database cannot be reached; try again.", returncode=LATER) from error
        self.stdout.write(f"{taken.get_kind_display()}: {taken.get_state_display()}")

    def _tenant(self, address: str, slug: str) -> Tenant:
        named = active_tenant_called(slug) if slug else None
        found = [named] if named else [] if slug else companies_with(address)
        if len(found) > 1:
            raise CommandError("Several companies opened this address: say --tenant.", returncode=LATER)
        if not found:
            raise CommandError("No company takes mail at this address.", returncode=NO_SUCH_MAILBOX)
        return found[0]
