"""New customers go where the rules in force say, a batch at a time; and what is kept of each such decision."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from crm.models import Customer
from portfolios.models import AssignmentDecision, AssignmentRun, Portfolio
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
from tenancy.context import current_tenant_id

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where a new customer goes, and why."""

    customer_id: UUID
    portfolio_id: UUID
    line: Line
    choices: tuple[UUID, ...]
    stopped: tuple[Line, ...]
    facts: Any
    at: datetime

    @property
    def reason(self) -> str:
        return f"by rule {self.line.words}"[:300]


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
        stopped = tuple(ruling.lines[place] for place in verdict.stopped)
        line = ruling.lines[verdict.line]
        found[key] = Place(key, portfolio_id, line, verdict.choices, stopped, keep(records[key]), setting.now)
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
        outcome=_outcome(line, verdict.choices, to),
        **values,
    )  # fmt: skip


def _outcome(line: Line, choices: Sequence[UUID], to: UUID) -> dict[str, Any]:
    balance = line.measure.value if len(choices) > 1 else ""
    return {
        "portfolio": str(to), "among": [str(key) for key in choices], "balance": balance, "limit": line.limit,
    }  # fmt: skip


def _stopped(line: Line) -> dict[str, Any]:
    return {
        "rule_set": str(line.set_id), "name": line.set_name, "number": line.number, "rule": line.rule,
        "rule_name": line.name, "takes": line.takes, "portfolios": [str(key) for key in line.targets],
    }  # fmt: skip


# A new customer's decision carries the customer's id, as the first assignment does. Rows of models would cost an import
# more than the deciding does.
_KEEP: Final = """
WITH made AS (
  SELECT * FROM unnest(%(ids)s::uuid[], %(sets)s::uuid[], %(versions)s::uuid[], %(rules)s::text[], %(names)s::text[],
                       %(hows)s::text[], %(outcomes)s::jsonb[], %(stopped)s::jsonb[])
    AS one (id, rule_set, version, rule, name, how, outcome, stopped))
INSERT INTO portfolios_assignmentdecision
  (tenant_id, id, customer_id, at, rule_set_id, version_id, rule, rule_name, how, outcome, stopped)
SELECT %(tenant)s, id, id, %(at)s, rule_set, version, rule, name, how, outcome, stopped FROM made
"""
_KEEP_FACTS: Final = """
INSERT INTO portfolios_assignmentfacts (tenant_id, decision_id, customer_id, facts)
SELECT %(tenant)s, id, id, facts FROM unnest(%(ids)s::uuid[], %(facts)s::jsonb[]) AS one (id, facts)
"""


def keep_decisions(places: Iterable[Place]) -> None:
    """Write the decisions about new customers, all of one moment, and what was read for them."""
    rows = list(places)
    if not rows:
        return
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "at": rows[0].at, "ids": [row.customer_id for row in rows],
        "sets": [row.line.set_id for row in rows], "versions": [row.line.version_id for row in rows],
        "rules": [row.line.rule for row in rows], "names": [row.line.name for row in rows],
        "hows": [str(row.line.how) for row in rows],
        "outcomes": [json.dumps(_outcome(row.line, row.choices, row.portfolio_id)) for row in rows],
        "stopped": [json.dumps([_stopped(line) for line in row.stopped]) for row in rows],
        "facts": [json.dumps(row.facts) for row in rows],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        cursor.execute(_KEEP_FACTS, values)


class FactsKeeper:
    """Writes down what was read, for one record after another: labels are looked up once."""

    def __init__(self, ruling: Ruling, setting: Setting) -> None:
        self.nodes = [line.node for line in ruling.lines if line.node is not None]
        self.setting, self.words = setting, Vocabulary(setting)

    def __call__(self, record: Record) -> Any:
        return facts_to_json(record, self.nodes, self.setting, words=self.words)
