"""Why somebody is in a portfolio: the decision, the rule of which version, and what was read then and is so now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.selectors.scope import visible_customer
from portfolios.models import Assignment, AssignmentDecision, AssignmentFacts, AssignmentProposal, Portfolio
from portfolios.rule_kinds import ASSIGNMENT
from portfolios.services.rules_in_force import How
from rules.catalogue import Fact, Relation
from rules.content import Rule, read_content
from rules.language.explain import Explained, because, explain, facts_from_json
from rules.language.reading import sentence
from rules.language.tree import Node, facts_of, measures_of
from rules.models import Activation, RuleVersion
from rules.moment import Setting, setting_now
from rules.selectors.records import read_records
from tenancy.access import Access


@dataclass(frozen=True)
class FactLine:
    """One line of the rule: how it was with the customer when it was decided, and how it is now."""

    depth: int
    condition: str
    is_group: bool
    held: bool
    then: str
    holds: bool | None
    now: str


@dataclass(frozen=True)
class Activated:
    """Who put the version in force."""

    name: str
    at: datetime
    agreed_by: str


@dataclass(frozen=True)
class DecisionPage:
    decision: AssignmentDecision
    version: RuleVersion | None
    """Also of a decision by a draft, once the draft was put in force as it was."""
    sentence: str
    lines: list[FactLine]
    activated: Activated | None
    portfolio: Portfolio | None
    among: list[Portfolio]
    organisation_id: UUID | None
    is_erased: bool
    """The facts were erased: the decision stays, what was read of the customer does not."""
    came_of_it: str
    """ "moved", "declined", ...; "" for a new customer, who went there at once."""


def visible_decision(access: Access, decision_id: UUID) -> AssignmentDecision | None:
    """A decision about a customer in the scope; anybody else's does not exist."""
    rows = AssignmentDecision.objects.select_related("customer", "version", "rule_set", "run")
    found = rows.filter(id=decision_id).first()
    if found is None or visible_customer(access, found.customer_id) is None:
        return None
    return found


def decision_page(access: Access, decision: AssignmentDecision) -> DecisionPage:
    """Everything that the page of a decision shows."""
    facts = AssignmentFacts.objects.filter(decision=decision).first()
    rule, setting = _rule(access, decision), setting_now(decision.at)
    among = [UUID(key) for key in decision.outcome.get("among", ())]
    chosen = [UUID(decision.outcome["portfolio"])] if "portfolio" in decision.outcome else []
    portfolios = Portfolio.objects.in_bulk([*chosen, *among])
    organisation = decision.outcome.get("organisation")
    proposal = AssignmentProposal.objects.filter(decision=decision).first()
    version = decision.version or _version_of_draft(decision)
    return DecisionPage(
        decision=decision,
        version=version,
        sentence=sentence(rule.node, setting) if rule and rule.node else "",
        lines=_lines(decision, rule, facts, setting) if rule and rule.node and facts else [],
        activated=_activated(version, decision.at) if version else None,
        portfolio=portfolios.get(chosen[0]) if chosen else None,
        among=[portfolios[key] for key in among if key in portfolios],
        organisation_id=UUID(organisation) if organisation else None,
        is_erased=facts is None and decision.how != How.FOLLOWS,
        came_of_it=proposal.state if proposal else "",
    )  # fmt: skip


def _rule(access: Access, decision: AssignmentDecision) -> Rule | None:
    """The rule as it stood, in its version or in the draft that the run kept. Its `node` is None where it reads what
    `access` may not see: its lines name the customer's values."""
    content, level = None, "company"
    if decision.version:
        content, level = decision.version.content, decision.rule_set.level if decision.rule_set else level
    elif raw := _draft_of(decision):
        content, level = raw["content"], raw["level"]
    if content is None:
        return None
    rules = read_content(
        ASSIGNMENT, content, currency=access.profile.currency, level=level, access=access
    ).rules
    return next((rule for rule in rules if rule.id == decision.rule), None)


def _lines(
    decision: AssignmentDecision, rule: Rule, facts: AssignmentFacts, setting: Setting
) -> list[FactLine]:
    node = rule.node
    assert node is not None
    then = explain(node, facts_from_json(facts.facts, [node], currency=setting.currency), setting)
    now = setting_now()
    records = read_records([node], [decision.customer_id], now)
    today = explain(node, records[decision.customer_id], now) if decision.customer_id in records else None
    return list(_beside(then, today))


def _beside(then: Explained, now: Explained | None) -> Iterator[FactLine]:
    pairs = list(then.lines())
    todays: Sequence[Any] = list(now.lines()) if now else [(depth, None) for depth, _ in pairs]
    for (depth, was), (_, is_) in zip(pairs, todays, strict=True):
        yield FactLine(
            depth, was.condition, was.mode is not None, was.holds, was.value, is_.holds if is_ else None,
            is_.value if is_ else "",
        )  # fmt: skip


def _version_of_draft(decision: AssignmentDecision) -> RuleVersion | None:
    raw = _draft_of(decision)
    if raw is None:
        return None
    rows = RuleVersion.objects.filter(rule_set_id=decision.rule_set_id, content=raw["content"])
    return rows.order_by("number").first()


def _draft_of(decision: AssignmentDecision) -> dict[str, Any] | None:
    """The rules that a run kept, where the decision is not by a version."""
    if decision.run is None or decision.rule_set_id is None:
        return None
    return next((raw for raw in decision.run.rules if raw["rule_set"] == str(decision.rule_set_id)), None)


def _activated(version: RuleVersion, at: datetime) -> Activated | None:
    rows = Activation.objects.filter(version=version, state=Activation.State.AGREED)
    found = rows.filter(period__contains=at).first() or rows.order_by("-asked_at").first()
    if found is None:
        return None
    agreed = found.decided_by_name if found.decided_by_id != found.asked_by_id else ""
    return Activated(found.asked_by_name, found.asked_at, agreed)


def reasons_in_words(
    access: Access, proposals: Sequence[AssignmentProposal], nodes: Sequence[Any], setting: Setting
) -> dict[UUID, str]:
    """proposal -> why its rule holds: "country is Germany"; `nodes` are the conditions of their rules. Left out where
    the rule reads what `access` may not see."""
    found = {}
    for proposal, node in zip(proposals, nodes, strict=True):
        facts = getattr(proposal.decision, "facts", None) if proposal.decision else None
        if node is None or facts is None or not _may_see(access, node):
            continue
        record = facts_from_json(facts.facts, [node], currency=setting.currency)
        lines = because(explain(node, record, setting))
        found[proposal.id] = ", ".join(_brief(line) for line in lines[:3])
    return found


def _may_see(access: Access, node: Node) -> bool:
    read: list[Fact | Relation] = [*facts_of(node), *(measure.relation for measure in measures_of(node))]
    return all(not entry.permission or access.may(entry.permission) for entry in read)


def _brief(line: Explained) -> str:
    says_more = line.value and line.value not in line.condition
    return f"{line.condition} ({line.value})" if says_more else line.condition


def decisions_of_assignments(assignments: Sequence[Assignment]) -> dict[UUID, UUID]:
    """assignment -> the decision that led to it: made at creation (then they share the id), or by a proposal."""
    keys = [assignment.id for assignment in assignments]
    found = {key: key for key in AssignmentDecision.objects.filter(id__in=keys).values_list("id", flat=True)}
    transfers = {(one.transfer_id, one.customer_id): one.id for one in assignments if one.transfer_id}
    proposals = AssignmentProposal.objects.filter(
        transfer_id__in=[key for key, _ in transfers], state="moved"
    )
    for transfer, customer, decision in proposals.filter(
        customer_id__in={customer for _, customer in transfers}, decision__isnull=False
    ).values_list("transfer_id", "customer_id", "decision_id"):
        if (transfer, customer) in transfers:
            found[transfers[transfer, customer]] = decision
    return found
