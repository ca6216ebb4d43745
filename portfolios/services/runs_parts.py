"""The parts of a run: each is one transaction over a range of customers, and may be done by any worker.

0 find who the rules would have elsewhere; 1 weigh: spread them, and let people follow their organisations; 2 keep why.
An automatic run goes on: 3 accept everything, 4 move. A killed worker loses its part, nothing else.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Case

from portfolios.models import (
    AssignmentDecision,
    AssignmentFacts,
    AssignmentProposal,
    AssignmentRun,
    Portfolio,
)
from portfolios.selectors.balance import (
    WorkloadUnit,
    loads_to_json,
    open_loads,
    workload_of_row,
    workload_unit,
)
from portfolios.services.assignments_by_rule import FactsKeeper, decision_of
from portfolios.services.balance import Candidate, Loads, spread
from portfolios.services.pins import open_periods
from portfolios.services.rules_in_force import FOLLOWS, Hits, How, Ruling, Verdict, resolve, ruling_of
from rules.catalogue import customers
from rules.language.sql import first_match
from rules.language.tree import Node
from rules.moment import Setting, setting_now
from rules.selectors.records import read_records
from tenancy.context import current_tenant_id

State = AssignmentProposal.State
CHUNK: Final = 5_000
EXAMPLES: Final = 5


def _nodes(ruling: Ruling, places: Sequence[int]) -> list[Node]:
    found: list[Node] = []
    for at in places:
        node = ruling.lines[at].node
        assert node is not None, "what holds for everybody else is not asked"
        found.append(node)
    return found


def _columns(ruling: Ruling, setting: Setting) -> tuple[dict[str, Case], dict[str, tuple[int, ...]]]:
    """For each group of rules the expression of its first rule that holds, and the places of its rules."""
    groups = {"boundary": ruling.places(How.BOUNDARY), "other": ruling.places(How.RULE)}
    groups |= {f"own_{n}": places for n, places in enumerate(ruling.own_sets)}
    asked = {name: places for name, places in groups.items() if places}
    # Looked up customer by customer: a range reads its own rows only.
    return {name: first_match(_nodes(ruling, p), setting, bulk=False) for name, p in asked.items()}, asked


def find_candidates(run: AssignmentRun, first: UUID, last: UUID) -> dict[str, Any]:
    """Keep everybody of the range whom the rules would (or could) have elsewhere; returns counts."""
    ruling, setting, unit = ruling_of(run.rules), setting_now(run.at), workload_unit(run.at)
    house = Portfolio.objects.get(is_house=True).id
    columns, groups = _columns(ruling, setting)
    rows = customers().rows(None).filter(customer_id__gte=first, customer_id__lte=last)
    rows = rows.filter(customer__acts_for__isnull=True).annotate(**columns)
    named = rows.annotate(work=workload_of_row(unit, run.at)).order_by("customer_id")
    found, counts = [], _Counts()
    for row in named.values_list("customer_id", "portfolio_id", "value", "work", *columns).iterator(CHUNK):
        hit = dict(zip(columns, row[4:], strict=True))
        verdict = resolve(ruling, _hits(ruling, groups, hit), in_house=row[1] == house)
        counts.see(verdict, row[0])
        if verdict is not None and _may_move(ruling, verdict, row[1], run):
            found.append((row, verdict))
    counts.pinned = _keep(run, found)
    return counts.as_json()


def _hits(ruling: Ruling, groups: dict[str, tuple[int, ...]], hit: dict[str, int | None]) -> Hits:
    places = {name: groups[name][at] for name, at in hit.items() if at is not None}
    otherwise = ruling.places(How.OTHERWISE)
    return Hits(
        boundary=places.get("boundary"),
        own=tuple(at for name, at in places.items() if name.startswith("own_")),
        other=places.get("other", otherwise[0] if otherwise else None),
    )


def _may_move(ruling: Ruling, verdict: Verdict, home: UUID | None, run: AssignmentRun) -> bool:
    """Who is where they may be stays, unless the rule moves people for evenness; at night nobody moves for that."""
    if not verdict.choices:
        return False
    keeps = ruling.lines[verdict.line].keep or run.by_night or len(verdict.choices) == 1
    return home not in verdict.choices if keeps else True


class _Counts:
    """Of one range: how many the rules say nothing about, how many each line decides, what boundaries stopped."""

    def __init__(self) -> None:
        self.seen = self.silent = self.pinned = 0
        self.lines: dict[int, int] = {}
        self.stopped: dict[str, list[Any]] = {}

    def see(self, verdict: Verdict | None, customer_id: UUID) -> None:
        self.seen += 1
        if verdict is None:
            self.silent += 1
            return
        self.lines[verdict.line] = self.lines.get(verdict.line, 0) + 1
        for at in verdict.stopped:
            entry = self.stopped.setdefault(f"{at}:{verdict.line}", [0, []])
            entry[0] += 1
            entry[1] = [*entry[1], str(customer_id)][:EXAMPLES]

    def as_json(self) -> dict[str, Any]:
        return {
            "seen": self.seen, "silent": self.silent, "pinned": self.pinned, "stopped": self.stopped,
            "lines": {str(at): count for at, count in self.lines.items()},
        }  # fmt: skip


def _keep(run: AssignmentRun, found: list[tuple[Any, Verdict]]) -> int:
    """Write the candidates, without those whom somebody pinned; returns how many those were."""
    periods = open_periods([row[0] for row, _ in found], at=run.at)
    rows = [
        AssignmentProposal(
            run=run, customer_id=row[0], period=periods[row[0]].id, home_id=row[1], line=verdict.line,
            choices=list(verdict.choices), stopped=list(verdict.stopped), value=row[2] or 0, workload=row[3],
        )
        for row, verdict in found
        if row[0] in periods and not periods[row[0]].is_pinned
    ]  # fmt: skip
    AssignmentProposal.objects.bulk_create(rows, batch_size=CHUNK)
    return sum(period.is_pinned for period in periods.values())


def weigh(run: AssignmentRun) -> None:
    """Spread the candidates, drop who stays, let people follow, and keep what every portfolio carries."""
    ruling, unit = ruling_of(run.rules), workload_unit(run.at)
    before = open_loads(unit=unit, at=run.at)
    after = open_loads(unit=unit, at=run.at)
    full = _spread(run, ruling, after)
    _follow(run, unit, after)
    _write_result(run, before, after, unit, full)


def _spread(run: AssignmentRun, ruling: Ruling, loads: Loads) -> int:
    """Line by line, in the order of the rules; returns how many found every portfolio full."""
    weighed = AssignmentProposal.objects.filter(run=run, state=State.WEIGHED)
    by_line: dict[int, list[Candidate]] = {}
    columns = ("line", "customer_id", "home_id", "choices", "value", "workload")
    for line, key, home, choices, value, workload in weighed.values_list(*columns).iterator(CHUNK):
        candidate = Candidate(key, home, tuple(choices), value, workload)
        by_line.setdefault(line, []).append(candidate)
        loads[home].give(candidate)
    full = 0
    for line, candidates in sorted(by_line.items()):
        rule = ruling.lines[line]
        goes = spread(candidates, loads, measure=rule.measure, limit=rule.limit)
        full += len(candidates) - len(goes)
        moving = [one for one in candidates if goes.get(one.customer_id, one.home) != one.home]
        _open(run, [(one.customer_id, goes[one.customer_id]) for one in moving])
    weighed.delete()
    return full


_OPEN: Final = """
UPDATE portfolios_assignmentproposal AS p SET to_id = goes.portfolio, state = 'open'
  FROM unnest(%(ids)s::uuid[], %(to)s::uuid[]) AS goes (customer, portfolio)
 WHERE p.tenant_id = %(tenant)s AND p.run_id = %(run)s AND p.customer_id = goes.customer AND p.state = 'weighed'
"""


def _open(run: AssignmentRun, goes: list[tuple[UUID, UUID]]) -> None:
    for start in range(0, len(goes), CHUNK):
        ids, targets = zip(*goes[start : start + CHUNK], strict=True)
        values: dict[str, Any] = {
            "tenant": current_tenant_id(),
            "run": run.id,
            "ids": list(ids),
            "to": list(targets),
        }
        with connection.cursor() as cursor:
            cursor.execute(_OPEN, values)


# People go where their organisation will be; whom somebody pinned stays, and nobody goes into a portfolio that closes.
_FOLLOWERS: Final = """
SELECT s.customer_id, s.portfolio_id, COALESCE(p.to_id, o.portfolio_id), c.acts_for_id, COALESCE(s.value, 0)
  FROM crm_customer AS c
  JOIN crm_customersummary AS s ON s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = c.id AND NOT s.trashed
  JOIN crm_customersummary AS o ON o.tenant_id = (SELECT %(tenant)s::uuid) AND o.customer_id = c.acts_for_id
  LEFT JOIN portfolios_assignmentproposal AS p
    ON p.tenant_id = (SELECT %(tenant)s::uuid) AND p.run_id = %(run)s AND p.customer_id = c.acts_for_id
       AND p.state = 'open'
  JOIN portfolios_portfolio AS t ON t.tenant_id = (SELECT %(tenant)s::uuid)
       AND t.id = COALESCE(p.to_id, o.portfolio_id) AND t.closed_at IS NULL AND t.closing_to_id IS NULL
 WHERE c.tenant_id = (SELECT %(tenant)s::uuid) AND c.acts_for_id IS NOT NULL
   AND COALESCE(p.to_id, o.portfolio_id) <> s.portfolio_id
 ORDER BY s.customer_id
"""


def _follow(run: AssignmentRun, unit: WorkloadUnit, loads: Loads) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOWERS, {"tenant": current_tenant_id(), "run": run.id})
        people = cursor.fetchall()
    ids = [row[0] for row in people]
    periods = open_periods(ids, at=run.at)
    rows = customers().rows(None).filter(customer_id__in=ids)
    work = dict(rows.values_list("customer_id", workload_of_row(unit, run.at)))
    proposals = []
    for key, home, to, organisation, value in people:
        if key not in periods or periods[key].is_pinned:
            continue
        one = Candidate(key, home, (to,), value, work.get(key, 0.0))
        loads[home].give(one)
        loads[to].take(one)
        proposals.append(AssignmentProposal(
            run=run, customer_id=key, follows=organisation, period=periods[key].id, home_id=home, to_id=to,
            line=FOLLOWS, value=value, workload=one.workload, state=State.OPEN,
        ))  # fmt: skip
    AssignmentProposal.objects.bulk_create(proposals, batch_size=CHUNK)


def _write_result(run: AssignmentRun, before: Loads, after: Loads, unit: WorkloadUnit, full: int) -> None:
    moving = AssignmentProposal.objects.filter(run=run, state=State.OPEN).count()
    run.before = loads_to_json(before)
    run.result = {
        "after": loads_to_json(after), "moving": moving, "full": full, "minutes": unit.is_minutes,
    }  # fmt: skip
    run.save(update_fields=["before", "result"])


def keep_reasons(run: AssignmentRun, first: UUID, last: UUID) -> None:
    """A decision for every proposal of the range, with the facts that were read."""
    ruling, setting = ruling_of(run.rules), setting_now(run.at)
    keep = FactsKeeper(ruling, setting)
    rows = AssignmentProposal.objects.filter(
        run=run, customer_id__gte=first, customer_id__lte=last, decision=None
    ).order_by("customer_id")
    for proposals in _chunks(rows):
        records = read_records(keep.nodes, [row.customer_id for row in proposals], setting)
        decisions = [_decision(run, ruling, row) for row in proposals]
        AssignmentDecision.objects.bulk_create(decisions)
        AssignmentFacts.objects.bulk_create([
            AssignmentFacts(decision=made, customer_id=made.customer_id,
                            facts=keep(records.get(made.customer_id, {})))
            for made in decisions
        ])  # fmt: skip
        _link(proposals, decisions)


_LINK: Final = """
UPDATE portfolios_assignmentproposal AS p SET decision_id = made.decision
  FROM unnest(%(ids)s::uuid[], %(decisions)s::uuid[]) AS made (proposal, decision)
 WHERE p.tenant_id = %(tenant)s AND p.id = made.proposal
"""


def _link(proposals: Sequence[AssignmentProposal], decisions: Sequence[AssignmentDecision]) -> None:
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "ids": [row.id for row in proposals], "decisions": [one.id for one in decisions],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_LINK, values)


def _chunks(rows: Any) -> Iterator[list[AssignmentProposal]]:
    """In order; read again after each, because what was done does not come back."""
    while chunk := list(rows[:CHUNK]):
        yield chunk


def _decision(run: AssignmentRun, ruling: Ruling, row: AssignmentProposal) -> AssignmentDecision:
    assert row.to_id is not None
    if row.line == FOLLOWS:
        return AssignmentDecision(
            customer_id=row.customer_id, at=run.at, run=run, how=How.FOLLOWS,
            outcome={"portfolio": str(row.to_id), "organisation": str(row.follows)},
        )  # fmt: skip
    verdict = Verdict(row.line, tuple(row.choices), tuple(row.stopped))
    return decision_of(ruling, verdict, row.customer_id, to=row.to_id, at=run.at, run=run)
