"""How long which data is kept here, and what was let go when."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from privacy.models import RetentionRule, RetentionRun
from tenancy.registries import RetentionKind, retention_kinds


@dataclass(frozen=True)
class Kept:
    """A kind of data, its rule and the last night that let something go; None where there is none."""

    kind: RetentionKind
    rule: RetentionRule | None
    last: RetentionRun | None


def kept_kinds() -> Sequence[Kept]:
    rules = {rule.kind: rule for rule in RetentionRule.objects.select_related("changed_by")}
    last = {run.kind: run for run in RetentionRun.objects.filter(removed__gt=0).order_by("began_at")[:500]}
    return [Kept(kind, rules.get(kind.key), last.get(kind.key)) for kind in retention_kinds]


def rule_of(key: str) -> RetentionRule | None:
    return RetentionRule.objects.select_related("changed_by").filter(kind=key).first()


def kind_of(key: str) -> RetentionKind | None:
    return retention_kinds.get(key)


def runs(key: str = "") -> QuerySet[RetentionRun]:
    """What was let go, of one kind or all, to be paged newest first."""
    rows = RetentionRun.objects.all()
    return rows.filter(kind=key) if key else rows
