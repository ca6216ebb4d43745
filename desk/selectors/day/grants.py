"""Grants that wait for my yes; for those who ask, what they asked for."""

from datetime import timedelta

from desk.selectors.day.basis import MOST, NOBODY, Day, Stake
from desk.selectors.line import LATER, TODAY, Line
from desk.templatetags.figures import short_date
from interactions.models import Grant
from interactions.selectors.grants import visible_grants, waiting_for
from tenancy.money import money_text


def grant_lines(day: Day) -> list[Line]:
    found = list(waiting_for(day.access)[:MOST])
    stakes = day.stakes([grant.customer_id for grant in found])
    lines = [_to_decide(day, grant, stakes.get(grant.customer_id, NOBODY)) for grant in found]
    return lines if day.sees_customers else [*lines, *(_asked(day, grant) for grant in _my_asked(day))]


def _my_asked(day: Day) -> list[Grant]:
    """Of the last week: whoever asked at the counter has nobody else who tells them."""
    rows = visible_grants(day.access).filter(
        author=day.access.actor, asked_at__gte=day.now - timedelta(days=7), asked_of__isnull=False
    )
    return list(rows.order_by("-asked_at", "-id")[:10])


def _to_decide(day: Day, grant: Grant, stake: Stake) -> Line:
    amount = money_text(grant.amount, day.currency)
    return Line(
        kind="grant", icon="coins", tone="", url=day.url("grant", grant.id), who=grant.customer.name,
        why=f"{grant.author_name or 'Somebody'} asks for {grant.get_kind_display()}, {amount}: {grant.reason}",
        value=stake.value, value_words=stake.words, due=f"since {short_date(grant.asked_at)}",
        answers=[
            day.say("grant", grant.id, "yes", key="y", label=f"Yes, {amount}", icon="check"),
            day.open(day.url("grant", grant.id), key="n", label="No, say why"),
        ],
        urgency=TODAY, at=grant.asked_at, customer_id=grant.customer_id,
    )  # fmt: skip


def _asked(day: Day, grant: Grant) -> Line:
    amount = money_text(grant.amount, day.currency)
    waits = grant.state == Grant.State.ASKED
    words = f": {grant.decision_words}" if grant.decision_words else ""
    asked_of = grant.asked_of.name if grant.asked_of else "somebody who may"
    return Line(
        kind="grant", icon="coins", tone="" if waits else "good" if grant.state == Grant.State.GIVEN else "warn",
        url=day.url("grant", grant.id), who=grant.customer.name,
        why=f"You asked for {grant.get_kind_display()}, {amount}; "
        + (f"waits for {asked_of}" if waits else f"{grant.get_state_display()}{words}"),
        due=short_date(grant.decided_at or grant.asked_at), answers=[day.open(day.url("grant", grant.id))],
        urgency=LATER, at=grant.asked_at, customer_id=grant.customer_id,
    )  # fmt: skip
