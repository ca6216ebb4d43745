"""The rule behind a decision that a room kept."""

from dataclasses import dataclass
from uuid import UUID

from rules.content import Rule, read_content
from rules.deciding import OTHERWISE
from rules.kinds import find_kind
from rules.language.tree import EVERYBODY
from rules.models import RuleVersion
from tenancy.models import TenantProfile


@dataclass(frozen=True)
class KeptRule:
    """The rule that a kept decision names, as it was written."""

    version: RuleVersion
    rule: Rule
    """Its `node` is None where it cannot be read any more."""


def kept_rule(version_id: UUID, rule_id: str) -> KeptRule | None:
    """The rule behind a kept decision; None for an id that no version has."""
    version = RuleVersion.objects.select_related("rule_set").filter(id=version_id).first()
    if version is None:
        return None
    currency = TenantProfile.objects.get().currency
    kind, level = find_kind(version.rule_set.kind), version.rule_set.level
    content = read_content(kind, version.content, currency=currency, level=level)
    if rule_id == OTHERWISE:
        return KeptRule(version, Rule(OTHERWISE, "everybody else", EVERYBODY, content.otherwise))
    found = next((rule for rule in content.rules if rule.id == rule_id), None)
    return KeptRule(version, found) if found else None
