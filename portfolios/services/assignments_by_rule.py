"""New customers go where the rules in force say, a batch at a time; and what is kept of each such decision."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.models import Customer
from portfolios.models import AssignmentDecision, AssignmentFacts, AssignmentRun, Portfolio
from portfolios.selectors.balance import counts_of, loads_of, workload_unit
from portfolios.services.balance import Candidate, Loads, Measure, spread
from portfolios.services.rules import note_trouble
from portfolios.services.rules_in_force import (
    Hits,
    How,
    Line,
    Ruling,
    Verdict,
    resolve,
    ruling_of,
    sets_in_force,
)
from rules.language.closures import Predicate, predicate
from rules.language.explain import facts_to_json
from rules.language.words import Vocabulary
from rules.moment import Setting, setting_now
from rules.selectors.records import Record, read_records

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a new customer goes, and why."""

    portfolio_id: UUID
    reason: str
    decision: AssignmentDecision
    facts: Any


def places_of_new(customer_ids: Sequence[UUID], house: Portfolio) -> dict[UUID, Place]:
    """The new customers for whom a rule says something; the others are left out, and so is everybody where the rules
    cannot be asked: they never keep a customer from being made.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            sets = sets_in_force(at=now)
            return _places(ruling_of(sets), customer_ids, house, setting_now(now)) if sets else {}
    except Exception as error:
        log.exception("assignment rules could not be asked")
        note_trouble(f"{type(error).__name__}: new customers went to the house portfolio")
        return {}


def _places(
    ruling: Ruling, customer_ids: Sequence[UUID], house: Portfolio, setting: Setting
) -> dict[UUID, Place]:
    following = set(
        Customer.objects.filter(id__in=list(customer_ids), acts_for__isnull=False).values_list(
            "id", flat=True
        )
    )
    asked = [key for key in customer_ids if key not in following]
    records = records_of_new(ruling, asked, house, setting)
    ask = Asker(ruling, setting)
    verdicts = {key: verdict for key, record in records.items() if (verdict := ask(record, in_house=True))}
    goes = spread_new(ruling, {key: one for key, one in verdicts.items() if one.choices}, setting.now)
    keep, found = FactsKeeper(ruling, setting), {}
    for key, portfolio_id in goes.items():
        verdict = verdicts[key]
        decision = decision_of(ruling, verdict, key, to=portfolio_id, at=setting.now, id=key)
        reason = f"by rule {ruling.lines[verdict.line].words}"[:300]
        found[key] = Place(portfolio_id, reason, decision, keep(records[key]))
    return found


def records_of_new(
    ruling: Ruling, customer_ids: Sequence[UUID], house: Portfolio, setting: Setting
) -> dict[UUID, Record]:
    """What the rules read of customers who are in no portfolio yet: to the rules they are in the house."""
    nodes = [line.node for line in ruling.lines if line.node is not None]
    records = read_records(nodes, customer_ids, setting)
    at_home = {"portfolios.portfolio": house.id, "portfolios.in_house": True, "portfolios.since": setting.now}
    for record in records.values():
        record.update({key: value for key, value in at_home.items() if key in record})
    return records


class Asker:
    """Asks the rules about one record after another."""

    def __init__(self, ruling: Ruling, setting: Setting) -> None:
        self.ruling = ruling
        self.boundaries = self._compiled(ruling.places(How.BOUNDARY), setting)
        self.own = [self._compiled(places, setting) for places in ruling.own_sets]
        self.others = self._compiled(ruling.places(How.RULE), setting)
        self.otherwise = next(iter(ruling.places(How.OTHERWISE)), None)

    def _compiled(self, places: Iterable[int], setting: Setting) -> list[tuple[int, Predicate]]:
        nodes = ((at, self.ruling.lines[at].node) for at in places)
        return [(at, predicate(node, setting)) for at, node in nodes if node is not None]

    def __call__(self, record: Record, *, in_house: bool) -> Verdict | None:
        boundary, other = _first(self.boundaries, record), _first(self.others, record)
        own = (_first(lines, record) for lines in self.own)
        hits = Hits(
            boundary, tuple(at for at in own if at is not None), self.otherwise if other is None else other
        )
        return resolve(self.ruling, hits, in_house=in_house)


def _first(lines: list[tuple[int, Predicate]], record: Record) -> int | None:
    for at, holds in lines:
        if holds(record):
            return at
    return None


def spread_new(ruling: Ruling, verdicts: Mapping[UUID, Verdict], at: datetime) -> dict[UUID, UUID]:
    """customer -> portfolio. A new customer has no value yet: each weighs what the average customer there does."""
    found = {key: one.choices[0] for key, one in verdicts.items() if _needs_no_weighing(ruling, one)}
    open_ones: dict[int, dict[UUID, Verdict]] = {}
    for key, one in verdicts.items():
        if key not in found:
            open_ones.setdefault(one.line, {})[key] = one
    for line, asked in open_ones.items():
        rule = ruling.lines[line]
        loads = _loads(rule, at)
        value, work = _average(loads, Measure.VALUE), _average(loads, Measure.WORKLOAD)
        candidates = [Candidate(key, None, one.choices, value, work) for key, one in asked.items()]
        found |= spread(candidates, loads, measure=rule.measure, limit=rule.limit)
    return found


def _needs_no_weighing(ruling: Ruling, verdict: Verdict) -> bool:
    return len(verdict.choices) == 1 and ruling.lines[verdict.line].limit is None


def _loads(rule: Line, at: datetime) -> Loads:
    if rule.measure is Measure.CUSTOMERS:
        return counts_of(rule.targets)
    return loads_of(rule.targets, unit=workload_unit(at), at=at)


def _average(loads: Loads, measure: Measure) -> float:
    customers = sum(load.customers for load in loads.values())
    return sum(load.of(measure) for load in loads.values()) / customers if customers else 1.0


def decision_of(
    ruling: Ruling, verdict: Verdict, customer_id: UUID, *, to: UUID, at: datetime, run: AssignmentRun | None = None,
    **values: Any,
) -> AssignmentDecision:  # fmt: skip
    """What is kept of a decision; not saved yet."""
    line = ruling.lines[verdict.line]
    return AssignmentDecision(
        customer_id=customer_id, at=at, run=run, rule_set_id=line.set_id, version_id=line.version_id, rule=line.rule,
        rule_name=line.name, how=line.how, stopped=[_stopped(ruling.lines[place]) for place in verdict.stopped],
        outcome={
            "portfolio": str(to), "among": [str(key) for key in verdict.choices],
            "balance": line.measure.value if len(verdict.choices) > 1 else "", "limit": line.limit,
        },
        **values,
    )  # fmt: skip


def _stopped(line: Line) -> dict[str, Any]:
    return {
        "rule_set": str(line.set_id), "name": line.set_name, "number": line.number, "rule": line.rule,
        "rule_name": line.name, "takes": line.takes, "portfolios": [str(key) for key in line.targets],
    }  # fmt: skip


def keep_decisions(places: Iterable[Place]) -> None:
    """Write the decisions and what was read for them."""
    rows = list(places)
    AssignmentDecision.objects.bulk_create([place.decision for place in rows], batch_size=2_000)
    AssignmentFacts.objects.bulk_create(
        [
            AssignmentFacts(
                decision=place.decision, customer_id=place.decision.customer_id, facts=place.facts
            )
            for place in rows
        ],
        batch_size=2_000,
    )


class FactsKeeper:
    """Writes down what was read, for one record after another: labels are looked up once."""

    def __init__(self, ruling: Ruling, setting: Setting) -> None:
        self.nodes = [line.node for line in ruling.lines if line.node is not None]
        self.setting, self.words = setting, Vocabulary(setting)

    def __call__(self, record: Record) -> Any:
        return facts_to_json(record, self.nodes, self.setting, words=self.words)
