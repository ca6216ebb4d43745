"""Runs of the assignment rules for the pages and the API: what they propose, by group, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from crm.selectors.scope import visible_summaries
from portfolios.models import AssignmentProposal, AssignmentRun, Portfolio
from portfolios.rule_kinds import KIND, outcome_words
from portfolios.selectors.balance import BalanceRow, balance_rows, loads_from_json, spread_of
from portfolios.services.balance import Loads, Measure
from portfolios.services.pins import PINS, pinned_since
from portfolios.services.rules_in_force import FOLLOWS, How, Line, Ruling, ruling_of
from rules.language.reading import phrase
from rules.language.words import Vocabulary
from rules.models import RuleSet
from rules.moment import setting_now
from rules.selectors.rulesets import standings
from tenancy.access import Access
from tenancy.context import current_tenant_id

State = AssignmentProposal.State
LABELS: Final = {
    How.BOUNDARY: "Boundary", How.OWN: "Portfolio’s own", How.RULE: "Rule", How.OTHERWISE: "Everybody else",
}  # fmt: skip


@dataclass(frozen=True)
class LineWords:
    """One rule as people read it. `customers`: how many it decided about in a run, None outside of one."""

    line: Line
    kind: str
    who: str
    then: str
    customers: int | None = None


@dataclass(frozen=True)
class Group:
    """Everybody whom a run would move from one portfolio to another."""

    home: Portfolio
    to: Portfolio
    customers: int
    value: int
    workload: float
    waiting: int
    moved: int
    declined: int
    stale: int


@dataclass(frozen=True)
class Stop:
    """A portfolio's own rule that a boundary of the company stopped, for so many customers."""

    own: Line
    boundary: Line
    customers: int


@dataclass(frozen=True)
class Evenness:
    """How far apart the portfolios named by the rules are, before and after: shares of the average."""

    measure: Measure
    before: float | None
    after: float | None


def visible_runs(access: Access) -> QuerySet[AssignmentRun]:
    """Whoever assigns customers sees every run; others none."""
    rows = AssignmentRun.objects.select_related("job", "draft_of")
    return rows if access.may("portfolios.assign_customers") else rows.none()


def visible_run(access: Access, run_id: UUID) -> AssignmentRun | None:
    return visible_runs(access).filter(id=run_id).first()


def lines_in_words(ruling: Ruling, counts: dict[str, int] | None = None) -> list[LineWords]:
    """The rules in the order in which they are asked."""
    setting = setting_now()
    words = Vocabulary(setting)
    return [
        LineWords(
            line, LABELS[How(line.how)], phrase(line.node, setting, words=words) if line.node else "everybody else",
            _then(line), None if counts is None else counts.get(str(at), 0),
        )
        for at, line in enumerate(ruling.lines)
    ]  # fmt: skip


def _then(line: Line) -> str:
    if line.how == How.OWN:
        names = Portfolio.objects.filter(id__in=line.targets).order_by("name").values_list("name", flat=True)
        return f"{', '.join(names)} {'takes them from the house' if line.takes else 'does not take them'}"
    measure = line.measure.value if len(line.targets) > 1 else ""
    targets = [str(key) for key in line.targets]
    return outcome_words({"portfolios": targets, "balance": measure, "limit": line.limit})


def groups_of(run: AssignmentRun) -> list[Group]:
    """From where to where, the largest first."""
    decided = {name: Count("id", filter=Q(state=state)) for name, state in _COUNTED.items()}
    rows = (
        AssignmentProposal.objects.filter(run=run).exclude(state=State.WEIGHED).order_by().values("home_id", "to_id")
        .annotate(customers=Count("id"), worth=Sum("value"), work=Sum("workload"), **decided)
    )  # fmt: skip
    found = sorted(rows, key=lambda row: -row["customers"])
    names = Portfolio.objects.in_bulk({key for row in found for key in (row["home_id"], row["to_id"])})
    return [
        Group(
            names[row["home_id"]], names[row["to_id"]], row["customers"], row["worth"], row["work"],
            *(row[name] for name in _COUNTED),
        )
        for row in found
    ]  # fmt: skip


_COUNTED: Final = {
    "waiting": State.OPEN,
    "moved": State.MOVED,
    "declined": State.DECLINED,
    "stale": State.STALE,
}


def counts_of_run(run: AssignmentRun) -> dict[str, int]:
    """state -> proposals."""
    rows = AssignmentProposal.objects.filter(run=run).order_by().values_list("state").annotate(Count("id"))
    return dict.fromkeys(State.values, 0) | dict(rows)


def balance_of_run(run: AssignmentRun) -> list[BalanceRow]:
    """Before, and after if every proposal were accepted."""
    return balance_rows(*_loads(run))


def evenness_of_run(run: AssignmentRun, ruling: Ruling) -> list[Evenness]:
    """Among the portfolios that company rules name."""
    named = {key for line in ruling.lines if line.how != How.OWN for key in line.targets}
    before, after = _loads(run)
    return [
        Evenness(measure, spread_of(_only(before, named), measure), spread_of(_only(after, named), measure))
        for measure in Measure
    ]


def _loads(run: AssignmentRun) -> tuple[Loads, Loads]:
    return loads_from_json(run.before), loads_from_json(run.result.get("after", {}))


def _only(loads: Loads, keys: set[UUID]) -> Loads:
    return {key: load for key, load in loads.items() if key in keys}


def stops_of_run(run: AssignmentRun, ruling: Ruling, *, sets: set[UUID] | None = None) -> list[Stop]:
    """Portfolios' own rules that a boundary stopped; `sets`: only of these rule sets."""
    found = []
    for key, (count, _) in run.result.get("stopped", {}).items():
        own, boundary = (int(part) for part in key.split(":"))
        if max(own, boundary) < len(ruling.lines):
            stop = Stop(ruling.lines[own], ruling.lines[boundary], count)
            found += [stop] if sets is None or stop.own.set_id in sets else []
    return found


def proposals_of(access: Access, run: AssignmentRun) -> QuerySet[AssignmentProposal]:
    """Of customers in the scope, with names."""
    within = visible_summaries(access).filter(customer_id=OuterRef("customer_id")).values("customer_id")
    rows = AssignmentProposal.objects.select_related("customer", "home", "to", "decision", "decision__facts")
    return rows.filter(run=run, customer_id=Subquery(within)).exclude(state=State.WEIGHED)


def ruling_of_run(run: AssignmentRun) -> Ruling:
    """The rules as they were, read as they can be today."""
    return ruling_of(run.rules)


def line_of(ruling: Ruling, proposal: AssignmentProposal) -> Line | None:
    """The rule that proposes; None for who follows an organisation."""
    if proposal.line == FOLLOWS or proposal.line >= len(ruling.lines):
        return None
    return ruling.lines[proposal.line]


def drafts_to_try() -> list[RuleSet]:
    """Rule sets whose draft is another than what is in force."""
    rows = list(RuleSet.objects.select_related("draft").filter(kind=KIND, archived_at=None).order_by("name"))
    standing = standings(rows)
    return [
        row for row in rows if row.draft.content.get("rules") and _differs(row, standing[row.id].in_force)
    ]


def draft_to_try(rule_set_id: UUID) -> RuleSet | None:
    """Rules about portfolios, by id, with their draft."""
    rows = RuleSet.objects.select_related("draft").filter(kind=KIND, archived_at=None)
    return rows.filter(id=rule_set_id).first()


def _differs(rule_set: RuleSet, in_force: Any) -> bool:
    return in_force is None or in_force.version.content != rule_set.draft.content


@dataclass(frozen=True)
class Pinned:
    """Somebody moved this customer by hand: rules leave them alone until they are unpinned."""

    customer_id: UUID
    name: str
    portfolio: str
    since: datetime
    author: str
    reason: str


_PINNED: Final = f"""
SELECT a.customer_id, c.name, p.name, lower(a.period), t.author_name, t.reason
  FROM portfolios_assignment AS a
  JOIN portfolios_transfer AS t ON t.tenant_id = %(tenant)s AND t.id = a.transfer_id AND t.pins
  JOIN crm_customer AS c ON c.tenant_id = %(tenant)s AND c.id = a.customer_id AND c.trashed_at IS NULL
  JOIN portfolios_portfolio AS p ON p.tenant_id = %(tenant)s AND p.id = a.portfolio_id
 WHERE a.tenant_id = %(tenant)s AND a.transfer_id IS NOT NULL AND upper_inf(a.period) AND {PINS}
   AND (%(all)s OR a.portfolio_id = ANY(%(portfolios)s::uuid[]))
 ORDER BY lower(a.period) DESC, a.customer_id LIMIT %(most)s
"""


def pinned_customers(portfolio_ids: Sequence[UUID] | None, *, most: int) -> list[Pinned]:
    """Those of these portfolios (None: of all), the latest first."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "since": pinned_since(timezone.now()), "all": portfolio_ids is None,
        "portfolios": list(portfolio_ids or ()), "most": most,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PINNED, values)
        return [Pinned(*row) for row in cursor.fetchall()]


def last_finished(access: Access) -> AssignmentRun | None:
    """The newest run that was worked out to its end, of the rules in force; for whoever may look at portfolios."""
    ended = [AssignmentRun.State.READY, AssignmentRun.State.DONE]
    found = AssignmentRun.objects.filter(state__in=ended, draft_of=None).order_by("-at").first()
    return found if access.may("portfolios.view_portfolio") else None


def pinned_here(access: Access, customer_id: UUID) -> str | None:
    """The name of a customer in the scope; None: there is nobody to unpin."""
    rows = visible_summaries(access).filter(customer_id=customer_id).values_list("customer__name", flat=True)
    return rows.first()
