"""Find a customer by what somebody says: a name, a number, a phone, an e-mail, or the beginning of one."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import phonenumbers
from django.db import connection
from django.db.models import Q

from crm.keys import name_key
from crm.models import ContactPoint, Customer
from crm.selectors.scope import visible_portfolios
from tenancy.access import Access

MOST: Final = 20
MOST_TYPED: Final = 80
_DIALLED: Final = re.compile(r"^\+?[\d\s()./-]{4,}$")


@dataclass(frozen=True)
class Found:
    """A customer, and whether the record may be opened or only the service card."""

    customer: Customer
    in_scope: bool
    point: ContactPoint | None = None
    """The contact point by which they were found."""


def find_customers(access: Access, typed: str, *, most: int = MOST) -> list[Found]:
    """The best matches first, those in one's scope before others, at most `most`.

    Who may find anybody looks through the whole tenant.
    """
    words = typed.replace("\x00", "").strip()[:MOST_TYPED]
    if not words:
        return []
    scope = visible_portfolios(access)
    anywhere = access.may("crm.find_customer")
    if not anywhere and not access.may("crm.view_customer"):
        return []
    addresses = _addresses(words, access.profile.country)
    ids = _ids(words, addresses, scope, most)
    if anywhere and scope is not None and len(ids) < most:
        ids = list(dict.fromkeys([*ids, *_ids(words, addresses, None, most)]))[:most]
    return _read_again(ids, addresses, scope)


def find_in_trash(access: Access, typed: str, *, most: int = MOST) -> list[Customer]:
    """Customers of the whole tenant that lie in the trash, by name, number or address; the last put there first.

    For whoever answers people about their data: a right does not end in the trash. The caller asks for the permission.
    """
    words = typed.replace("\x00", "").strip()[:MOST_TYPED]
    if not words:
        return []
    wanted = Q(external_id__startswith=words)
    if name_key(words):
        wanted |= Q(name_key__contains=name_key(words))
    for beginning in _addresses(words, access.profile.country):
        wanted |= Q(contact_points__value_key__startswith=beginning)
    found = Customer.objects.exclude(trashed_at=None).filter(wanted)
    rows = Customer.objects.filter(id__in=found.values("id"))
    return list(rows.order_by("-trashed_at", "id")[:most])


def _ids(words: str, addresses: list[str], scope: list[UUID] | None, most: int) -> list[UUID]:
    if scope == []:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM crm_find_customers(%s, %s, %s::text[], %s::uuid[], %s)",
            [name_key(words), words, addresses, scope, most],
        )
        return [row[0] for row in cursor.fetchall()]


def _read_again(ids: list[UUID], addresses: list[str], scope: list[UUID] | None) -> list[Found]:
    """The function sees past row-level security; what people are shown is read under it."""
    customers = Customer.objects.select_related("summary").filter(trashed_at=None).in_bulk(ids)
    points = _points(ids, addresses)
    return [
        Found(
            customer=customers[id_],
            in_scope=scope is None or customers[id_].summary.portfolio_id in scope,
            point=points.get(id_),
        )
        for id_ in ids
        if id_ in customers
    ]


def _points(ids: list[UUID], addresses: list[str]) -> dict[UUID, ContactPoint]:
    if not addresses:
        return {}
    rows = ContactPoint.objects.filter(customer_id__in=ids).order_by("-is_primary", "id")
    return {
        row.customer_id: row
        for row in rows
        if any(row.value_key.startswith(address) for address in addresses)
    }


def _addresses(words: str, country: str) -> list[str]:
    """The beginnings of normal forms that `words` may stand for: an e-mail, or a phone as dialled at home."""
    if _DIALLED.match(words):
        return _phones(words, country)
    return [words.lower()] if len(words) >= 3 and " " not in words else []


def _phones(words: str, country: str) -> list[str]:
    digits = re.sub(r"\D", "", words)
    if words.startswith("+"):
        return [f"+{digits}"]
    at_home = f"+{phonenumbers.country_code_for_region(country)}{digits.lstrip('0')}"
    return [at_home, f"+{digits[2:]}"] if digits.startswith("00") else [at_home]
