"""Which rules there are, which version is in force, and who may write them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from rules.content import Content, read_content
from rules.kinds import RuleKind, find_kind, rule_kinds
from rules.models import Activation, Level, RuleSet, RuleVersion
from rules.registries import rule_scope
from tenancy.access import Access

State = Activation.State


@dataclass(frozen=True)
class Standing:
    """What is, will be and may be in force of one rule set."""

    seen: int
    """To be named by the next decision on it; another one meanwhile changes it."""
    in_force: Activation | None = None
    planned: list[Activation] = field(default_factory=list)
    """Agreed, not begun; the next one first."""
    waiting: Activation | None = None


def visible_rule_sets(access: Access, *, archived: bool = False) -> QuerySet[RuleSet]:
    """The company's rules, and those of portfolios in the scope; with their drafts."""
    rows = RuleSet.objects.select_related("draft").filter(archived_at__isnull=not archived)
    return rows.filter(Q(level=Level.COMPANY) | Q(id__in=_portfolio_sets_in_reach(access)))


def _portfolio_sets_in_reach(access: Access) -> list[UUID]:
    ids = list(RuleSet.objects.filter(level=Level.PORTFOLIO).values_list("id", flat=True))
    scope = rule_scope()
    own = scope.own(access) if scope else None
    if own is None:
        return ids
    assert scope is not None
    about, mine = scope.portfolios_of(ids), set(own)
    return [id_ for id_ in ids if about.get(id_, frozenset()) & mine]


def visible_rule_set(access: Access, rule_set_id: UUID, *, archived: bool | None = None) -> RuleSet | None:
    """One rule set in reach, or None. `archived` None: whether or not."""
    kept = [False, True] if archived is None else [archived]
    found = (visible_rule_sets(access, archived=way).filter(id=rule_set_id).first() for way in kept)
    return next((rule_set for rule_set in found if rule_set), None)


def may_write(access: Access, rule_set: RuleSet) -> bool:
    """Whether somebody may edit the draft: with `rules.edit`, or their own portfolios' rules with `rules.edit_own`."""
    return access.may("rules.edit") or _is_own(access, rule_set)


def may_activate(access: Access, rule_set: RuleSet) -> bool:
    """Whether somebody may put a version in force; a manager those of their own portfolios."""
    return access.may("rules.activate") or _is_own(access, rule_set)


def may_agree(access: Access, activation: Activation) -> bool:
    """Whether somebody may be the second person: a member, and not the one who asked."""
    member = access.member
    return access.may("rules.approve") and member is not None and member.id != activation.asked_by_id


def _is_own(access: Access, rule_set: RuleSet) -> bool:
    if rule_set.level != Level.PORTFOLIO:
        return False
    return may_write_for(access, portfolios_of(rule_set))


def may_write_for(access: Access, portfolios: Iterable[UUID]) -> bool:
    """Whether `rules.edit_own` covers every one of these portfolios, and there is one."""
    scope, wanted = rule_scope(), set(portfolios)
    if scope is None or not wanted or not access.may("rules.edit_own"):
        return False
    own = scope.own(access)
    return own is None or wanted <= set(own)


def portfolios_of(rule_set: RuleSet) -> list[UUID]:
    """The portfolios that a portfolio-level rule set is about."""
    scope = rule_scope()
    if scope is None or rule_set.level != Level.PORTFOLIO:
        return []
    return sorted(scope.portfolios_of([rule_set.id]).get(rule_set.id, ()))


def standing_of(rule_set: RuleSet, *, at: datetime | None = None) -> Standing:
    return standings([rule_set], at=at)[rule_set.id]


def standings(rule_sets: Sequence[RuleSet], *, at: datetime | None = None) -> dict[UUID, Standing]:
    """Rule set's id -> its standing, in one query."""
    at = at or timezone.now()
    found = {rule_set.id: Standing(rule_set.standing) for rule_set in rule_sets}
    rows = (
        Activation.objects.select_related("version")
        .filter(rule_set_id__in=list(found))
        .filter(Q(state=State.WAITING) | Q(state=State.AGREED, period__endswith__gt=at) | _open_ended())
        .order_by("period")
    )
    for row in rows:
        found[row.rule_set_id] = _with(found[row.rule_set_id], row, at)
    return found


def _open_ended() -> Q:
    return Q(state=State.AGREED, period__endswith=None)


def _with(standing: Standing, row: Activation, at: datetime) -> Standing:
    if row.state == State.WAITING:
        return Standing(standing.seen, standing.in_force, standing.planned, row)
    if row.begins <= at:
        return Standing(standing.seen, row, standing.planned, standing.waiting)
    return Standing(standing.seen, standing.in_force, [*standing.planned, row], standing.waiting)


def versions_in_force(kind: str, *, at: datetime) -> list[RuleVersion]:
    """The versions of a kind that are in force at a moment, with their rule sets; the oldest rule set first."""
    rows = Activation.objects.filter(rule_set__kind=kind, state=State.AGREED, period__contains=at)
    rows = rows.select_related("version", "version__rule_set").order_by("rule_set_id")
    return [row.version for row in rows]


def versions_of(rule_set: RuleSet) -> QuerySet[RuleVersion]:
    """Newest first."""
    return RuleVersion.objects.filter(rule_set=rule_set).order_by("-number")


def version_of(rule_set: RuleSet, number: int) -> RuleVersion | None:
    return versions_of(rule_set).filter(number=number).first()


def activations_of(rule_set: RuleSet) -> QuerySet[Activation]:
    """Every decision on what is in force, newest first."""
    rows = Activation.objects.select_related("version").filter(rule_set=rule_set)
    return rows.order_by("-asked_at", "-id")


def activation_of(rule_set: RuleSet, activation_id: UUID) -> Activation | None:
    return activations_of(rule_set).filter(id=activation_id).first()


def read_draft(access: Access, rule_set: RuleSet) -> Content:
    """The draft as `access` may read it, with its problems."""
    return read_content(
        find_kind(rule_set.kind), rule_set.draft.content, currency=access.profile.currency, level=rule_set.level,
        access=access,
    )  # fmt: skip


def kinds_for(access: Access) -> list[RuleKind]:
    """Kinds of which somebody may begin a rule set."""
    if access.may("rules.edit"):
        return list(rule_kinds)
    own = access.may("rules.edit_own")
    return [kind for kind in rule_kinds if own and Level.PORTFOLIO in kind.levels]


def exported(access: Access, rule_set: RuleSet, content: object) -> dict[str, object]:
    """Rules as JSON for another company; which portfolios they are about stays here."""
    return {
        "format": "cornershop.rules/1", "kind": rule_set.kind, "name": rule_set.name, "level": rule_set.level,
        "description": rule_set.description, "currency": access.profile.currency, "content": content,
    }  # fmt: skip
