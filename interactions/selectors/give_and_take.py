"""Give and take: what we asked of a customer in the last 365 days, and what we gave them.

Each thing counts once, whatever it cost: three letters that ask and one promise kept are 3 to 1. What they did for us
elsewhere (a form on a site, a favour) is counted only where it was written down as one of these.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer
from interactions.models import Grant, Interaction, Message, Need, Promise, SurveyAsk
from tenancy.access import Access

YEAR: Final = timedelta(days=365)
MOST: Final = 50
ASKED, GIVEN = "asked", "given"
Rows = QuerySet[Any]


@dataclass(frozen=True)
class Kind:
    """One thing that is counted. `at`: the column that says when; `words`: the one that says what."""

    key: str
    side: str
    label: str
    how: str
    rows: Callable[[], Rows]
    at: str
    words: str


KINDS: Final = (
    Kind("letters", ASKED, "Offers sent", "messages that are marketing and were sent; surveys count below",
         lambda: Message.objects.filter(is_marketing=True, state=Message.State.SENT).exclude(purpose="survey"),
         "sent_at", "subject"),
    Kind("surveys", ASKED, "Surveys", "questions after a contact whose letter went",
         lambda: SurveyAsk.objects.filter(asked_at__isnull=False), "asked_at", "survey__name"),
    Kind("calls", ASKED, "Calls to them", "calls that we began without anything having happened, answered or not",
         lambda: Interaction.objects.filter(channel="phone", direction="outbound", initiative="proactive").exclude(
             outcome=Interaction.Outcome.WITHHELD), "occurred_at", "subject"),
    Kind("grants", GIVEN, "Given on the spot", "credits, free deliveries, replacements, discounts and gifts",
         lambda: Grant.objects.filter(state=Grant.State.GIVEN), "decided_at", "reason"),
    Kind("promises", GIVEN, "Promises kept", "what we said we would do, and did in time",
         lambda: Promise.objects.filter(state=Promise.State.KEPT), "ended_at", "words"),
    Kind("needs", GIVEN, "Needs met", "needs shared with everybody that ended because they were met",
         lambda: Need.objects.filter(status=Need.Status.MET, visibility=Need.Visibility.SHARED), "ended_at", "words"),
)  # fmt: skip


def count_of(kind: Kind, customer: str, since: datetime) -> Combinable:
    """How many a customer has, as an expression over rows in which `customer` is the customer's id."""
    rows = kind.rows().filter(**{"customer_id": OuterRef(customer), f"{kind.at}__gte": since}).order_by()
    counted = rows.values("customer_id").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def total_of(side: str, customer: str, since: datetime) -> Combinable:
    first, *others = (count_of(kind, customer, since) for kind in KINDS if kind.side == side)
    for other in others:
        first = first + other
    return first


@dataclass(frozen=True)
class Line:
    kind: Kind
    count: int
    url: str


@dataclass(frozen=True)
class Balance:
    """`asked` and `given` are the sums of their lines."""

    asked: list[Line]
    given: list[Line]

    @property
    def asked_total(self) -> int:
        return sum(line.count for line in self.asked)

    @property
    def given_total(self) -> int:
        return sum(line.count for line in self.given)

    @property
    def most(self) -> int:
        return max(self.asked_total, self.given_total, 1)

    @property
    def words(self) -> str:
        difference = self.given_total - self.asked_total
        if difference == 0:
            return "As much given as asked."
        more, less = ("given", "asked") if difference > 0 else ("asked", "given")
        return f"{abs(difference):,} more {more} than {less}."


def balance_of(access: Access, customer: Customer) -> Balance:
    """One statement."""
    since = timezone.now() - YEAR
    counts = {f"count_{kind.key}": count_of(kind, "id", since) for kind in KINDS}
    row = Customer.objects.filter(id=customer.id).annotate(**counts).values(*counts).get()
    here = reverse("give_and_take", args=[access.tenant.slug, customer.id])
    lines = [Line(kind, row[f"count_{kind.key}"], f"{here}#{kind.key}") for kind in KINDS]
    return Balance(
        [line for line in lines if line.kind.side == ASKED],
        [line for line in lines if line.kind.side == GIVEN],
    )


def give_and_take_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Context of interactions/parts/_give_and_take.html; None where nothing was asked or given."""
    if not access.may("interactions.view"):
        return None
    balance = balance_of(access, customer)
    return {"balance": balance} if balance.asked_total or balance.given_total else None


def counted(customer_id: UUID) -> Sequence[tuple[Kind, list[dict[str, Any]]]]:
    """What stands behind each line, the newest first: {at, words}; at most `MOST` a line."""
    since = timezone.now() - YEAR
    return [(kind, _newest(kind, customer_id, since)) for kind in KINDS]


def _newest(kind: Kind, customer_id: UUID, since: datetime) -> list[dict[str, Any]]:
    rows = kind.rows().filter(**{"customer_id": customer_id, f"{kind.at}__gte": since})
    return list(rows.order_by(f"-{kind.at}", "-id").values(when_at=F(kind.at), what=F(kind.words))[:MOST])
