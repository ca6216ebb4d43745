"""Double opt-in: an address entered into a public form, then one letter, then a yes by its owner."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from crm.keys import email_key
from crm.models import ContactPoint, Customer
from crm.services.contact_points import add_contact_point
from crm.services.customers import open_customer
from privacy.events import SignUpAsked
from privacy.keys import address_hash, address_hashes
from privacy.models import ConsentEvent, Person, Purpose, SignUp, Suppression
from privacy.models.purpose import Channel
from privacy.selectors.choices import YES, choices_of
from privacy.selectors.purposes import current_notice
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.locks import lock_chains
from tenancy.context import current_tenant_id
from tenancy.outbox import emit

FORM: Final = "sign-up form"
"""Where such a customer, address and consent came from."""
THEMSELVES: Final = "the customer"
AGAIN_AFTER: Final = timedelta(hours=24)
"""Whoever asks again while a letter waits to be answered gets no second one sooner."""


def ask_to_sign_up(*, purpose: Purpose, address: str, language: str) -> SignUp:
    """Note an address that was entered; what becomes of it is decided later. Raises AddressRefused."""
    email_key(address)
    with transaction.atomic():
        asked = SignUp.objects.create(
            purpose=purpose, address=address.strip(), language=language, asked_at=timezone.now()
        )
        emit(SignUpAsked(sign_up_id=asked.id))
    return asked


def take_sign_up(sign_up_id: UUID) -> ConsentEvent | None:
    """Record the unconfirmed consent of whoever has this address; who has it may be new here.

    Nothing where the address was erased, has said yes already, or was asked within the day.
    """
    asked = SignUp.objects.select_for_update().select_related("purpose").filter(id=sign_up_id).first()
    if asked is None:
        return None
    key = email_key(asked.address)
    _wait_for_others(key)
    made = None if _was_erased(key) else _begin(asked, key)
    asked.delete()
    return made


def _wait_for_others(key: str) -> None:
    """Two forms with the same new address make one customer.

    A lock of its own: that of the address is for those who hold the customer's chain, and would be taken in the
    wrong order here, where a permit or an unsubscription is waiting.
    """
    named = address_hash(current_tenant_id(), ContactPoint.Kind.EMAIL, key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('privacy:sign_up:' || %s, 0))", [named])


def _begin(asked: SignUp, key: str) -> ConsentEvent | None:
    point = _point_with(key) or _open(asked)
    lock_chains([point.customer_id])
    if _says_yes(point, asked.purpose) or _was_asked(point, asked.purpose):
        return None
    notice = current_notice(asked.purpose, [asked.language])
    entry = ConsentEntry(
        customer_id=point.customer_id, action=ConsentEvent.Action.GRANT, channel=Channel.EMAIL,
        purposes=(asked.purpose.key,), method=ConsentEvent.Method.DOUBLE_OPT_IN, source=FORM,
        occurred_at=asked.asked_at, language=asked.language, contact_point_id=point.id, notice=notice,
        words="" if notice else asked.purpose.name, wording="specific", evidence=(f"form:{asked.id}",),
        key=f"sign_up:{asked.id}", detail={"page": "subscribe", "language": asked.language},
    )  # fmt: skip
    return record_consent(entry).event


def _was_erased(key: str) -> bool:
    hashes = address_hashes(current_tenant_id(), ContactPoint.Kind.EMAIL, key)
    return Suppression.objects.filter(reason=Suppression.Reason.ERASED, address_hash__in=hashes).exists()


def _point_with(key: str) -> ContactPoint | None:
    """Of the oldest customer here who has the address."""
    erased = Person.objects.filter(erased_at__isnull=False).values("customer_id")
    rows = ContactPoint.objects.filter(
        kind=ContactPoint.Kind.EMAIL, value_key=key, customer__trashed_at=None
    ).exclude(customer_id__in=erased)
    return rows.select_related("customer").order_by("customer__created_at", "customer_id").first()


def _open(asked: SignUp) -> ContactPoint:
    customer = open_customer(
        name=asked.address[:200], source="customer", source_detail=FORM, language=asked.language
    )
    return add_contact_point(
        customer=customer, kind=ContactPoint.Kind.EMAIL, value=asked.address, source="customer",
        source_detail=FORM, who=THEMSELVES,
    )  # fmt: skip


def _says_yes(point: ContactPoint, purpose: Purpose) -> bool:
    customer: Customer = point.customer
    lines = choices_of(customer, point).lines
    return any(
        line.answer == YES for line in lines if line.purpose.id == purpose.id and line.channel == "email"
    )


def _was_asked(point: ContactPoint, purpose: Purpose) -> bool:
    """A letter went out within the day, and nothing was answered or refused since."""
    return ConsentEvent.objects.filter(
        customer_id=point.customer_id, action="grant", method="double_opt_in", channel="email",
        purposes__contains=[purpose.key], recorded_at__gt=timezone.now() - AGAIN_AFTER,
    ).exists()  # fmt: skip
