"""What stands in a customer's mailbox: links to public pages, and a browser without cookies to open them in."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.mail.backends.locmem import EmailBackend
from django.http import HttpResponse
from django.test import Client

from crm.models import ContactPoint
from crm.services.contact_points import add_contact_point
from privacy import links
from privacy.models import Purpose
from tenancy.context import tenant_context
from tests.cast import Company


def path(url: str) -> str:
    """Of a full address as it stands in a letter."""
    return re.sub(r"^https?://[^/]+", "", url)


@dataclass
class Mailbox:
    """One customer's e-mail address and the links that came there."""

    company: Company
    point: ContactPoint

    def preferences(self) -> str:
        with tenant_context(self.company.tenant.id):
            return path(links.preferences_link(self.point))

    def unsubscribe(self, purpose: str = "newsletter") -> str:
        with tenant_context(self.company.tenant.id):
            return path(links.unsubscribe_link(self.point, Purpose.objects.get(key=purpose)))

    def data(self) -> str:
        with tenant_context(self.company.tenant.id):
            return path(links.data_link(self.point))


def mailbox(company: Company, of: str = "ada", address: str = "") -> Mailbox:
    with tenant_context(company.tenant.id):
        point = add_contact_point(
            customer=company.customer[of], kind="email", value=address or f"{of}@veldpost.example", source="customer"
        )  # fmt: skip
    return Mailbox(company, point)


def stranger() -> Client:
    """A browser that keeps nothing; CSRF is on, as in production."""
    return Client(enforce_csrf_checks=True)


def get(address: str, **headers: Any) -> HttpResponse:
    return stranger().get(address, headers=headers)


def press(address: str, **fields: str) -> HttpResponse:
    """POST a form, without cookie and token."""
    return stranger().post(address, fields)


def choice(company: Company, purpose: str, channel: str) -> str:
    with tenant_context(company.tenant.id):
        return f"{Purpose.objects.get(key=purpose).id}.{channel}"


class DiesAfterYes(EmailBackend):
    """A worker that is killed when the mail server has the letter and the database does not know it yet."""

    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise SystemExit("killed")


class DiesBefore(EmailBackend):
    """A worker that is killed before it has said a word to the mail server."""

    def open(self) -> bool:
        raise SystemExit("killed")
