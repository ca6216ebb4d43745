"""Who may be asked about, the ordinary message that is meant where none is described, and the answers given."""

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Customer
from crm.selectors.scope import serviceable_customer, visible_customer, visible_customers, visible_portfolios
from privacy.models import GateAnswer, PrivacyProfile
from privacy.policy.facts import Message
from tenancy.access import Access


def askable_customer(access: Access, customer_id: UUID) -> Customer | None:
    """A customer in scope, or anybody for those who serve whoever walks in."""
    own = visible_customer(access, customer_id) if access.may("crm.view_customer") else None
    return own or serviceable_customer(access, customer_id)


def askable_customers(access: Access, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids about whom `access` may ask. One query."""
    rows = Customer.objects.filter(trashed_at=None)
    if not access.may("crm.open_service_card"):
        rows = visible_customers(access)
    return set(rows.filter(id__in=customer_ids).values_list("id", flat=True))


def ordinary_message() -> Message:
    """As the company sends them: it names it, says where they are if that is stated, and offers a way out."""
    address = PrivacyProfile.objects.values_list("postal_address", flat=True).first()
    return Message(has_sender_identity=True, has_postal_address=bool(address), has_opt_out=True)


def visible_answers(access: Access) -> QuerySet[GateAnswer]:
    """Answers about customers in scope, with their policy version."""
    rows = GateAnswer.objects.select_related("policy")
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_answer(access: Access, answer_id: UUID) -> GateAnswer | None:
    return visible_answers(access).filter(id=answer_id).first()


def answer_ids_since(moment: datetime) -> Iterator[UUID]:
    """Ids of answers that were asked for since, the newest first; read as they are needed."""
    rows = GateAnswer.objects.filter(asked_at__gte=moment).order_by("-asked_at", "-id")
    return rows.values_list("id", flat=True).iterator(chunk_size=2000)
