"""Contacts that somebody may read, and what the last one was like."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Left

from crm.models import Customer
from crm.selectors.records import visible_ids
from crm.selectors.scope import visible_portfolios
from interactions.models import Correction, Interaction
from tenancy.access import Access
from tenancy.models import Member

BEGINNING = 400
"""Characters of a text that lists show."""


def visible_interactions(access: Access) -> QuerySet[Interaction]:
    """Contacts of customers in the scope."""
    portfolios = visible_portfolios(access)
    if portfolios is None:
        return Interaction.objects.all()
    return Interaction.objects.filter(customer__summary__portfolio_id__in=portfolios)


def listed(rows: QuerySet[Interaction]) -> QuerySet[Interaction]:
    """For lists: the beginning of each text (`excerpt`) in the place of up to 100,000 characters."""
    return rows.defer("text").annotate(excerpt=Left("text", BEGINNING))


def interactions_of(customer_id: UUID) -> QuerySet[Interaction]:
    """Of a customer whom the caller may see, the newest first."""
    return listed(Interaction.objects.filter(customer_id=customer_id)).order_by("-occurred_at", "-id")


def visible_interaction(access: Access, interaction_id: UUID) -> Interaction | None:
    """One contact with its customer: in the scope, or one's own with somebody whose card one may open."""
    rows = Interaction.objects.select_related("customer__summary", "member").filter(id=interaction_id)
    return rows.filter(_readable(access)).first()


def _readable(access: Access) -> Q:
    portfolios = visible_portfolios(access)
    own = Q(author=access.actor) if access.may("crm.open_service_card") else Q(pk__in=[])
    if not access.may("interactions.view"):
        return own
    return Q() if portfolios is None else own | Q(customer__summary__portfolio_id__in=portfolios)


def may_correct(access: Access, interaction: Interaction) -> bool:
    """One's own, and others' where one works with the customers in scope."""
    own = interaction.author == access.actor and access.may("interactions.log")
    return own or access.may("interactions.work")


def with_corrections(interaction: Interaction) -> Interaction:
    """The same, with `read_corrections`."""
    interaction.read_corrections = corrections_of(interaction)  # type: ignore[attr-defined]
    return interaction


def corrections_of(interaction: Interaction) -> list[Correction]:
    """The newest first."""
    return list(Correction.objects.filter(interaction=interaction).order_by("-at", "-id"))


def loggable_ids(access: Access, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those to whom one may log: in the scope, or anybody where one may open service cards.

    Whether they are there is seen when it is written.
    """
    wanted = set(customer_ids)
    return wanted if access.may("crm.open_service_card") else visible_ids(access, wanted)


@dataclass(frozen=True)
class Preset:
    """What the next contact probably is: as the last one of this customer with this member, else with anybody."""

    channel: str
    direction: str
    initiative: str


def last_contact_of(customer: Customer, member: Member | None) -> Preset | None:
    """None for a customer whom nobody was in touch with. At most two look-ups along an index."""
    rows = Interaction.objects.filter(customer=customer, touchpoint=Interaction.Touchpoint.HUMAN)
    rows = rows.order_by("-occurred_at", "-id").only("channel", "direction", "initiative")
    last = (rows.filter(member=member).first() if member else None) or rows.first()
    return Preset(last.channel, last.direction, last.initiative) if last else None
