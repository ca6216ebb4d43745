"""Why a customer gets what they get: every rule that was asked, now or in a decision that a room kept."""

from dataclasses import dataclass
from uuid import UUID

from rules.content import Rule, read_content
from rules.deciding import OTHERWISE, Broken, Decision, Said, book_in_force
from rules.kinds import find_kind
from rules.language.tree import EVERYBODY, Node
from rules.models import RuleVersion
from rules.moment import Setting
from rules.selectors.records import Record, read_records
from tenancy.access import Access
from tenancy.models import TenantProfile


@dataclass(frozen=True)
class Asked:
    """One rule, and how it is with the customer. `node` with the record explains it line by line."""

    said: Said
    node: Node
    holds: bool
    decided: bool = False
    stopped: bool = False
    """It is a portfolio's, it holds, and a boundary decided otherwise."""


@dataclass(frozen=True)
class Explanation:
    """What the rules in force say of one customer at a moment."""

    decision: Decision | None
    asked: list[Asked]
    """In the order of asking; of portfolios' rules only those of the customer's portfolio."""
    broken: tuple[Broken, ...]
    record: Record
    setting: Setting


def explain_decision(
    kind: str, customer_id: UUID, *, access: Access, setting: Setting | None = None
) -> Explanation | None:
    """Why the rules in force say what they say of a customer; None for one out of scope."""
    book = book_in_force(kind, setting=setting)
    record = read_records(book.nodes, [customer_id], book.setting, access=access).get(customer_id)
    if record is None:
        return None
    decided = book.number_for(record)
    stopped = None if decided is None else book.stopped_number_for(record, decided)
    asked = [
        Asked(line.said, line.when, book.holds(n, record), n == decided, n == stopped)
        for n, line in enumerate(book.lines)
        if book.is_about(n, record)
    ]
    return Explanation(book.decision_for(record), asked, book.broken, record, book.setting)


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
