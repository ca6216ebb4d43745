"""Why a customer is of a kind: the decisions that were kept, each with its rule and what it looked at then."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from privacy.selectors.profiling import why_no_profile
from rules.language.explain import Explained, explain, facts_from_json
from rules.moment import setting_now
from rules.selectors.decisions import KeptRule, kept_rule
from tenancy.models import TenantProfile
from value.models import KindDecision
from value.rule_kinds import WORDS


@dataclass(frozen=True)
class KindStory:
    """One change of kind. `kept` None: no rule said anything, or its version cannot be read any more."""

    at: datetime
    before: str
    kind: str
    kept: KeptRule | None
    lines: list[tuple[int, Explained]]
    """(depth, line) from top to bottom, with the customer's values of that moment."""


def kind_history(customer_id: UUID, *, most: int = 12) -> list[KindStory]:
    """Changes of a customer's kind, the newest first; none of whom no profile may be made."""
    if why_no_profile(customer_id):
        return []
    rows = KindDecision.objects.filter(customer_id=customer_id).order_by("-decided_at", "-id")
    return [_story(row) for row in rows[:most]]


def _story(row: KindDecision) -> KindStory:
    kept = kept_rule(row.version_id, row.rule_id) if row.version_id else None
    return KindStory(row.decided_at, _words(row.before), _words(row.kind), kept, _lines(row, kept))


def _words(kind: str | None) -> str:
    return WORDS.get(kind, kind) if kind else "no kind"


def _lines(row: KindDecision, kept: KeptRule | None) -> list[tuple[int, Explained]]:
    if kept is None or kept.rule.node is None or not kept.rule.node.of:
        return []
    currency = TenantProfile.objects.get().currency
    record = facts_from_json(row.facts, [kept.rule.node], currency=currency)
    explained = explain(kept.rule.node, record, setting_now(row.decided_at))
    return list(explained.lines())[1:]
