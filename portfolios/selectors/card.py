"""The summary card: who this is, what they are worth, who answers for them, how to reach them."""

from dataclasses import dataclass
from uuid import UUID

from crm.models import ContactPoint, Customer, CustomerSummary, Order
from crm.selectors.records import contact_points_of, last_order_of
from crm.selectors.scope import serviceable_customer, visible_customer
from portfolios.models import Portfolio
from privacy.selectors.may_we import MayWe, may_we
from tenancy.access import Access


@dataclass(frozen=True)
class Card:
    """`in_scope` False: frontline staff serve somebody else's customer, and see nothing of their value."""

    customer: Customer
    in_scope: bool
    portfolio: Portfolio | None
    contact_points: list[ContactPoint]
    last_order: Order | None
    may_we: list[MayWe] | None
    """None: the caller's role may not ask."""

    @property
    def worth(self) -> CustomerSummary | None:
        return self.customer.summary if self.in_scope else None


def summary_card(access: Access, customer_id: UUID) -> Card | None:
    """The card of a customer in scope, or of anybody for those who may open service cards. Ten queries."""
    own = visible_customer(access, customer_id) if access.may("crm.view_customer") else None
    customer = own or serviceable_customer(access, customer_id)
    if customer is None:
        return None
    return Card(
        customer=customer, in_scope=own is not None, portfolio=portfolio_of(customer),
        contact_points=list(contact_points_of(customer.id)), last_order=last_order_of(customer.id),
        may_we=may_we(access, customer, asked_for="summary (API)") if access.may("privacy.check_contact") else None,
    )  # fmt: skip


def portfolio_of(customer: Customer) -> Portfolio | None:
    """With its manager. None only while the customer is being made."""
    found = customer.summary.portfolio_id
    return Portfolio.objects.select_related("manager").filter(id=found).first() if found else None
