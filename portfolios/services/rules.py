"""Whose rules a rule set is, how rules are let loose on customers, and whom they leave alone."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from portfolios.models import AssignmentPolicy, Portfolio, PortfolioRules, Unpinned
from portfolios.selectors.scope import visible_portfolio_ids
from portfolios.services.rules_in_force import portfolios_of_rules
from rules.registries import RuleScope
from tenancy.access import Access

LONGEST_PIN: Final = 120


class PolicyRefused(ValueError):
    """The policy cannot be set so; the message says why."""


def put_rules(rule_set_id: UUID, portfolio_ids: Sequence[UUID]) -> None:
    """From now on a rule set is about these portfolios and no others."""
    with transaction.atomic():
        PortfolioRules.objects.filter(rule_set_id=rule_set_id).exclude(
            portfolio_id__in=portfolio_ids
        ).delete()
        PortfolioRules.objects.bulk_create(
            [PortfolioRules(rule_set_id=rule_set_id, portfolio_id=key) for key in sorted(set(portfolio_ids))],
            ignore_conflicts=True,
        )


def _own(access: Access) -> list[UUID] | None:
    """Portfolios of oneself and of those one stands in for; None for who sees everybody."""
    return visible_portfolio_ids(access)


def _names(portfolio_ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(Portfolio.objects.filter(id__in=list(portfolio_ids)).values_list("id", "name"))


SCOPE: Final = RuleScope(
    fact="portfolios.portfolio", portfolios_of=portfolios_of_rules, put=put_rules, own=_own, names=_names
)


def policy() -> AssignmentPolicy:
    """How this company lets rules move customers; nothing by itself until somebody says so."""
    return AssignmentPolicy.objects.first() or AssignmentPolicy()


def set_policy(*, nightly: str, pin_months: int) -> AssignmentPolicy:
    """Say what happens at night, and for how long rules leave alone whom somebody transferred. Raises PolicyRefused."""
    if nightly not in AssignmentPolicy.Nightly.values:
        raise PolicyRefused("Choose what happens at night.")
    if not 0 <= pin_months <= LONGEST_PIN:
        raise PolicyRefused(f"Between 0 and {LONGEST_PIN} months.")
    values = {"nightly": nightly, "pin_months": pin_months}
    found, _ = AssignmentPolicy.objects.update_or_create(defaults=values)
    return found


def note_trouble(message: str) -> None:
    """Rules could not be asked for new customers: keep why, for the page."""
    values = {"trouble": message[:300], "trouble_at": timezone.now()}
    AssignmentPolicy.objects.update_or_create(defaults=values)


def unpin_customers(*, customer_ids: Sequence[UUID], author_name: str = "") -> int:
    """Rules may move these customers again; returns how many."""
    now = timezone.now()
    rows = [
        Unpinned(customer_id=key, at=now, author_name=author_name[:120]) for key in sorted(set(customer_ids))
    ]
    Unpinned.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["tenant", "customer"], update_fields=["at", "author_name"]
    )
    return len(rows)
