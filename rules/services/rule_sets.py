"""Rule sets are begun, written and put away. What is in force changes in `rules.services.activations` only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from rules.content import EMPTY, ContentRefused, require_storable
from rules.kinds import find_kind
from rules.language.problems import Problem
from rules.models import Level, RuleDraft, RuleSet
from rules.registries import rule_scope
from rules.selectors.rulesets import (
    may_activate,
    may_write,
    may_write_for,
    portfolios_of,
    read_draft,
    standing_of,
)
from rules.services.authors import author_of
from tenancy.access import Access


class RulesRefused(ValueError):
    """The rule set cannot be made or changed so; the message says why and what to do."""


class EditedMeanwhile(ValueError):
    """Somebody else saved the draft after it was read; `draft` is what it is now."""

    def __init__(self, draft: RuleDraft) -> None:
        name = draft.edited_by_name or "Somebody"
        super().__init__(f"{name} changed the draft meanwhile; load it again and apply your change to that.")
        self.draft = draft


@dataclass(frozen=True)
class SavedDraft:
    """A draft that was kept, and what keeps it from being activated."""

    draft: RuleDraft
    problems: list[Problem]


def create_rule_set(
    *, access: Access, kind: str, name: str, level: str = Level.COMPANY, description: str = "",
    portfolios: Sequence[UUID] = (), content: dict[str, Any] | None = None,
) -> RuleSet:  # fmt: skip
    """Begin a rule set with a draft. Raises RulesRefused, ContentRefused and PermissionDenied."""
    found = find_kind(kind)
    if found is None:
        raise RulesRefused("There are no rules of this kind; choose another.")
    if level not in found.levels:
        raise RulesRefused(
            f"{found.label}: rules are {' or '.join(Level(one).label for one in found.levels)}."
        )
    _require_portfolios(access, level, portfolios)
    draft = EMPTY if content is None else content
    require_storable(draft)
    member, author = author_of(access)
    with transaction.atomic():
        rule_set = _insert(RuleSet(kind=kind, name=_named(name), description=_described(description), level=level,
                                   created_by=member))  # fmt: skip
        RuleDraft.objects.create(rule_set=rule_set, content=draft, edited_by=member, edited_by_name=author)
        _put_scope(rule_set, portfolios)
    return rule_set


def save_draft(*, access: Access, rule_set: RuleSet, content: Any, revision: int) -> SavedDraft:
    """Keep what was written, complete or not. `revision` is the one that was read.

    Raises EditedMeanwhile, ContentRefused, RulesRefused (archived) and PermissionDenied.
    """
    if not may_write(access, rule_set):
        raise PermissionDenied("You may not write these rules.")
    require_storable(content)
    member, author = author_of(access)
    with transaction.atomic():
        draft = (
            RuleDraft.objects.select_for_update(of=("self",))
            .select_related("rule_set")
            .get(rule_set=rule_set)
        )
        require_open(draft.rule_set)
        if draft.revision != revision:
            raise EditedMeanwhile(draft)
        draft.content, draft.revision = content, revision + 1
        draft.edited_by, draft.edited_by_name = member, author
        draft.save()
    rule_set.draft = draft
    return SavedDraft(draft, list(read_draft(access, rule_set).problems))


def change_rule_set(
    *,
    access: Access,
    rule_set: RuleSet,
    name: str,
    description: str = "",
    portfolios: Sequence[UUID] | None = None,
) -> RuleSet:
    """Rename, describe, or say which portfolios it is about. Raises RulesRefused and PermissionDenied."""
    if not may_write(access, rule_set):
        raise PermissionDenied("You may not write these rules.")
    with transaction.atomic():
        held = locked(rule_set)
        require_open(held)
        held.name, held.description = _named(name), _described(description)
        _update(held)
        if portfolios is not None and set(portfolios) != set(portfolios_of(held)):
            _require_portfolios(access, held.level, portfolios)
            _require_one_is_enough(access, held)
            _put_scope(held, portfolios)
    return held


def restore_rule_set(*, access: Access, rule_set: RuleSet) -> RuleSet:
    """Take a rule set out of the archive; nothing of it is in force. Raises PermissionDenied."""
    if not may_write(access, rule_set):
        raise PermissionDenied("You may not write these rules.")
    with transaction.atomic():
        held = locked(rule_set)
        held.archived_at = None
        held.save(update_fields=["archived_at"])
    return held


def locked(rule_set: RuleSet) -> RuleSet:
    """The rule set as it is now, held until the transaction ends: decisions on it follow one another."""
    return (
        RuleSet.objects.select_for_update(no_key=True, of=("self",))
        .select_related("draft")
        .get(id=rule_set.id)
    )


def require_open(rule_set: RuleSet) -> None:
    if rule_set.archived_at:
        raise RulesRefused("These rules are in the archive; take them out first.")


def put_away(held: RuleSet) -> None:
    """Archive a locked rule set of which nothing is in force."""
    held.archived_at = timezone.now()
    held.save(update_fields=["archived_at", "standing"])


def _named(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise RulesRefused("Give the rules a name of 120 characters at most.")
    return name


def _described(description: str) -> str:
    if len(description) > 2000 or "\x00" in description:
        raise RulesRefused("Describe the rules in 2,000 characters at most.")
    return description.strip()


def _insert(rule_set: RuleSet) -> RuleSet:
    try:
        with transaction.atomic():
            rule_set.save(force_insert=True)
    except IntegrityError:
        raise _taken(rule_set) from None
    return rule_set


def _update(rule_set: RuleSet) -> None:
    try:
        with transaction.atomic():
            rule_set.save(update_fields=["name", "description"])
    except IntegrityError:
        raise _taken(rule_set) from None


def _taken(rule_set: RuleSet) -> RulesRefused:
    return RulesRefused(f"There are already rules of this kind called {rule_set.name}, maybe in the archive.")


def _require_portfolios(access: Access, level: str, portfolios: Sequence[UUID]) -> None:
    """Who may write everywhere chooses any portfolio; a manager their own."""
    if level == Level.COMPANY:
        if portfolios:
            raise RulesRefused("The company's rules are about all portfolios; name none.")
        if not access.may("rules.edit"):
            raise PermissionDenied("You may not write the company's rules.")
        return
    scope = rule_scope()
    if scope is None or not portfolios:
        raise RulesRefused("Say which portfolios these rules are about.")
    own = scope.own(access)
    reach = set(scope.names(list(portfolios))) & (set(portfolios) if own is None else set(own))
    if reach != set(portfolios):
        raise RulesRefused("One of these portfolios does not exist, or is not yours.")
    if not access.may("rules.edit") and not may_write_for(access, portfolios):
        raise PermissionDenied("You may not write rules of these portfolios.")


def _require_one_is_enough(access: Access, rule_set: RuleSet) -> None:
    """Whom rules are about that are, will or may be in force is as much of a change as the rules."""
    standing = standing_of(rule_set)
    if not (standing.in_force or standing.planned or standing.waiting):
        return
    if not may_activate(access, rule_set):
        raise RulesRefused(
            "These rules are in force or about to be: who may put rules in force says for whom."
        )
    if access.profile.rules_need_second_person:
        raise RulesRefused(
            "Two people decide here: begin another rule set for other portfolios and activate that."
        )


def _put_scope(rule_set: RuleSet, portfolios: Sequence[UUID]) -> None:
    scope = rule_scope()
    if rule_set.level == Level.PORTFOLIO and scope is not None:
        scope.put(rule_set.id, portfolios)


__all__ = [
    "ContentRefused", "EditedMeanwhile", "RulesRefused", "SavedDraft", "change_rule_set", "create_rule_set",
    "restore_rule_set", "save_draft",
]  # fmt: skip
