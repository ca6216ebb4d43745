"""What the demo's customers and members said to each other over the last years; invented, the same at every load.

A third of those who ever bought were in touch, most of them once or twice, a few of them often. It was all written
down at the load; when it happened lies after their first purchase.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from config.demo.companies import Shop
from crm.models import CustomerSummary
from crm.services.summaries import tenant_today
from interactions.services.authors import Author
from interactions.services.interactions import MOST, Contact, Entry, record_interactions
from portfolios.models import Portfolio
from tenancy.models import Member, TenantProfile

LONGEST_AGO: Final = 900
"""Days; nothing is older."""


class Talk(NamedTuple):
    """A kind of contact: how it went, and what was written down."""

    channel: str
    direction: str
    outcome: str
    sentiment: str
    subject: str
    text: str
    minutes: int = 5
    satisfaction: int | None = None
    is_proactive: bool = False


TALKS: Final = (
    Talk("phone", "inbound", "settled", "good", "where the parcel is", "Was due yesterday. It is with the carrier and "
         "comes tomorrow before noon; they were content with that.", 6, 4),
    Talk("phone", "inbound", "follow_up", "bad", "wrong item in the parcel", "Ordered for a birthday on Saturday and "
         "got something else. Wants the right one in time, not the money back.", 11, 2),
    Talk("email", "inbound", "settled", "", "invoice once more", "Needs the invoice with the company's name on it. "
         "Sent again.", 4),
    Talk("email", "inbound", "follow_up", "mixed", "is it coming back", "Asks whether what they looked for will be in "
         "stock again. We do not know yet and said so.", 5, 3),
    Talk("shop", "inbound", "settled", "good", "looked for a present", "For a daughter of sixteen who plays the piano. "
         "Took two, and will come again before the holidays.", 14, 5),
    Talk("shop", "inbound", "settled", "", "gave something back", "Unopened, with the receipt. Money returned.", 5),
    Talk("phone", "outbound", "settled", "good", "asked how it went", "Called a week after the large order. All "
         "arrived well; prefers to be called after six.", 7, 5, is_proactive=True),
    Talk("phone", "outbound", "no_answer", "", "", "", 1),
    Talk("phone", "outbound", "declined", "mixed", "the spring list", "Not now: money is short this year. Glad that "
         "we asked, and does not want to be asked again before autumn.", 4, is_proactive=True),
    Talk("email", "outbound", "settled", "", "late delivery told ahead", "Wrote before they could notice: two days "
         "later than we said, and why.", 3, is_proactive=True),
    Talk("chat", "inbound", "settled", "good", "how to pay", "Two ways did not work, the third one did.", 6, 4),
    Talk("post", "inbound", "settled", "good", "a thank-you card", "For the help with the present. It hangs at the "
         "counter.", 2),
    Talk("visit", "outbound", "follow_up", "good", "looked at their shelves", "They collect for a school. A list of "
         "what is missing would help them; they order twice a year.", 45, is_proactive=True),
    Talk("phone", "inbound", "follow_up", "bad", "scratched on arrival", "Second time this year. Says that the sleeve "
         "is too thin. Wants a new one and better packing.", 9, 1),
)  # fmt: skip


def load_contacts(shop: Shop) -> None:
    """Contacts of a share of the customers. In the tenant's context; the same keys again change nothing."""
    profile = TenantProfile.objects.get()
    draw = random.Random(len(shop.name))  # noqa: S311  (invented data, no secret)
    together: dict[Member, list[Entry]] = defaultdict(list)
    for member, entry in _entries(draw, tenant_today(profile), ZoneInfo(profile.time_zone), _frontline()):
        together[member].append(entry)
    for member, entries in together.items():
        by = Author(f"member:{member.id}", member.name, member)
        for start in range(0, len(entries), MOST):
            record_interactions(entries=entries[start : start + MOST], by=by)


def _frontline() -> list[Member]:
    """Who serves anybody: frontline, or in a small company whoever there is."""
    found = list(Member.objects.select_related("role").filter(left_at=None).order_by("name"))
    return [one for one in found if one.role.key == "frontline"] or found[-1:]


def _entries(
    draw: random.Random, today: date, zone: ZoneInfo, frontline: list[Member]
) -> Iterator[tuple[Member, Entry]]:
    managers: dict[UUID | None, Member | None] = {
        one.id: one.manager for one in Portfolio.objects.select_related("manager")
    }
    bought = CustomerSummary.objects.filter(first_order_on__isnull=False, trashed=False).order_by("name_key")
    for customer_id, first, portfolio_id in bought.values_list(
        "customer_id", "first_order_on", "portfolio_id"
    ):
        assert first is not None  # by the filter
        earliest = max(first, today - timedelta(days=LONGEST_AGO))
        if draw.random() > 0.34 or earliest >= today:
            continue
        for number in range(draw.choice((1, 1, 1, 2, 2, 3, 4, 7))):
            talk = draw.choice(TALKS)
            day = earliest + timedelta(days=draw.randrange((today - earliest).days))
            at = datetime.combine(day, time(draw.randint(9, 17), draw.randrange(60)), zone)
            own = managers.get(portfolio_id)
            member = (
                own if own and (talk.channel != "shop" or draw.random() < 0.3) else draw.choice(frontline)
            )
            yield member, Entry(customer_id, _contact(talk, at, draw), f"demo:{customer_id}:{number}")


def _contact(talk: Talk, at: datetime, draw: random.Random) -> Contact:
    minutes = Decimal(max(1, round(talk.minutes * draw.uniform(0.6, 1.6))))
    return Contact(
        talk.channel, direction=talk.direction, initiative="proactive" if talk.is_proactive else "reactive",
        occurred_at=at, minutes=minutes, outcome=talk.outcome, sentiment=talk.sentiment, subject=talk.subject,
        satisfaction=talk.satisfaction if draw.random() < 0.5 else None, text=talk.text,
    )  # fmt: skip
