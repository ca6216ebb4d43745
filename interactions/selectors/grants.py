"""Grants: what was given to a customer, what waits for a yes, and what I may give now."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from interactions.models import Grant
from interactions.services.authority import Authority, authority_of
from interactions.services.grants import APPROVE, why_not_decide
from tenancy.access import Access
from tenancy.money import money_text
from tenancy.selectors.keyset import Page, newest_first

SHOWN: Final = 4
WAITING, MINE, ALL = "waiting", "mine", "all"


def _grants() -> QuerySet[Grant]:
    return Grant.objects.select_related("customer__summary", "member", "asked_of", "decided_by")


def _in_scope(access: Access) -> Q:
    portfolios = visible_portfolios(access)
    return Q() if portfolios is None else Q(customer__summary__portfolio_id__in=portfolios)


def visible_grants(access: Access) -> QuerySet[Grant]:
    """One's own, and those of customers in the scope."""
    own = Q(author=access.actor)
    if not access.may("interactions.view"):
        return _grants().filter(own)
    # No condition stands for everybody: OR-ed with another it would vanish.
    scope = _in_scope(access)
    return _grants().filter(own | scope if scope else scope)


def visible_grant(access: Access, grant_id: UUID) -> Grant | None:
    return visible_grants(access).filter(id=grant_id).first()


def waiting_for(access: Access) -> QuerySet[Grant]:
    """What waits for this member's yes: asked of them, or of anybody who may, the oldest first."""
    if not access.may(APPROVE):
        return _grants().none()
    rows = _grants().filter(_in_scope(access), state=Grant.State.ASKED).exclude(author=access.actor)
    mine = Q(asked_of_id__in=access.covers)
    return rows.filter(mine if access.scope != "all" else mine | Q(asked_of=None)).order_by("asked_at", "id")


def grants_page(access: Access, *, which: str, cursor: str) -> Page[Grant]:
    rows = visible_grants(access)
    return newest_first(
        rows.filter(author=access.actor) if which == MINE else rows, by="asked_at", cursor=cursor
    )


@dataclass(frozen=True)
class GrantLine:
    """A grant for people. `why` says why it waits, `may_decide` whether this member may end that."""

    grant: Grant
    amount: str
    url: str
    customer_url: str
    why: str
    may_decide: bool
    may_withdraw: bool


def line_of(access: Access, grant: Grant) -> GrantLine:
    slug = access.tenant.slug
    waits = grant.state == Grant.State.ASKED
    scope = visible_portfolios(access)
    reaches = access.may("crm.view_customer") and (
        scope is None or grant.customer.summary.portfolio_id in scope
    )
    return GrantLine(
        grant=grant,
        amount=money_text(grant.amount, access.profile.currency),
        url=reverse("grant", args=[slug, grant.id]),
        customer_url=reverse("customer" if reaches else "service_card", args=[slug, grant.customer_id]),
        why=_waits_for(grant) if waits else grant.decision_words,
        may_decide=waits and reaches and not why_not_decide(access, grant),
        may_withdraw=grant.state in (Grant.State.ASKED, Grant.State.GIVEN)
        and (grant.author == access.actor or access.may(APPROVE)),
    )


def _waits_for(grant: Grant) -> str:
    asked = grant.asked_of.name if grant.asked_of else "anybody who may approve"
    return f"Above what {grant.author_name or 'they'} may give; waits for {asked}"


def limits_in_words(access: Access, grant: Grant) -> list[tuple[str, str]]:
    """What was looked at when it was given or asked for."""
    words = {"contact_most": "In one contact", "customer_most": "To this customer in a year",
             "month_most": "By one member in a month"}  # fmt: skip
    currency = access.profile.currency
    return [
        (words[key], f"{money_text(one['gone'], currency)} of {money_text(one['most'], currency)} was given")
        for key, one in grant.limits.items()
        if key in words
    ]


def _may_lines(authority: Authority) -> list[dict[str, Any]]:
    """What may be given, the most first; kinds with the same limit share a line."""
    kinds, lines = dict(Grant.Kind.choices), dict[tuple[int, str], dict[str, Any]]()
    for kind, may in sorted(authority.by_kind.items(), key=lambda pair: -pair[1].most):
        why = authority.why_not(kind, may.most + 1)
        line = lines.setdefault((may.most, why), {
            "labels": [], "most": money_text(may.most, authority.currency), "none": may.most == 0, "why": why,
            "rule": may.rule_name, "kind": kind,
        })  # fmt: skip
        line["labels"].append(str(kinds[kind]))
    return [line | {"label": ", ".join(line["labels"])} for line in lines.values()]


def grants_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Context of interactions/parts/_grants.html: what I may give now, and what was given lately."""
    if not access.may("interactions.grant"):
        return None
    authority = authority_of(access, customer.id)
    lately = _grants().filter(customer=customer).order_by("-asked_at", "-id")[:SHOWN]
    return {
        "may": _may_lines(authority),
        "lately": [line_of(access, grant) for grant in lately],
        "give_url": reverse("grant_give", args=[access.tenant.slug, customer.id]) if not customer.trashed_at else "",
    }  # fmt: skip
