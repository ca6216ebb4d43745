"""A dry run: what a draft would do to everybody, beside what is in force and beside what is.

Work is cut by ranges of customers. Each part keeps its counts with itself, in its own transaction: a killed worker
loses the part it was in, and the result is the same. Nothing else is written.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import BigIntegerField, TextField, UUIDField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from rules.catalogue import customers, find_fact
from rules.content import content_hash, read_content
from rules.deciding import Book, book_in_force, book_with_draft
from rules.kinds import find_kind
from rules.language.problems import Problem
from rules.models import DryRun, Level, RuleDraft, RuleSet
from rules.moment import Setting, setting_now
from rules.registries import rule_scope, summed_fact
from rules.selectors.dry_runs import unfinished_run
from rules.selectors.rulesets import may_write, portfolios_of, standing_of
from rules.services.authors import author_of
from rules.services.dry_run_results import result_of
from rules.services.rule_sets import require_open
from tenancy.access import Access
from tenancy.jobs import JobFailed, JobKind, Part, cancel_job, start_job
from tenancy.models import Job, JobPart

KIND: Final = "rules.dry_run"
RANGE: Final = 20_000
LEAST: Final = 500
PARTS: Final = 20
"""At least so many, where that leaves LEAST customers for each: progress is seen, and stopping is soon."""
EXAMPLES: Final = 5


class DryRunRefused(ValueError):
    """The draft cannot be tried; `problems` says what to mend."""

    def __init__(self, message: str, problems: list[Problem]) -> None:
        super().__init__(message)
        self.problems = problems


def start_dry_run(*, access: Access, rule_set: RuleSet) -> DryRun:
    """Try the draft on everybody. The same draft tried again while it runs is one run; an older draft's is cancelled.

    Raises DryRunRefused, RulesRefused (archived) and PermissionDenied.
    """
    if not may_write(access, rule_set):
        raise PermissionDenied("You may not try these rules.")
    require_open(rule_set)
    kind = find_kind(rule_set.kind)
    if kind and kind.tried_at:
        raise DryRunRefused(
            f"{kind.label}: these drafts are tried as a run of their own, which asks everybody.", []
        )
    with transaction.atomic():
        draft = RuleDraft.objects.select_for_update().get(rule_set=rule_set)
        _require_readable(access, rule_set, draft)
        fingerprint = content_hash(draft.content)
        in_force = standing_of(rule_set).in_force
        against = in_force.version if in_force else None
        running = unfinished_run(rule_set)
        if running and running.content_hash == fingerprint and running.against == against:
            return running
        if running and running.job:
            cancel_job(job=running.job)
        member, _ = author_of(access)
        run = DryRun.objects.create(
            rule_set=rule_set, content=draft.content, content_hash=fingerprint, against=against, at=timezone.now(),
            created_by=member,
        )  # fmt: skip
        run.job = start_job(
            kind=KIND,
            title=f"Trying {rule_set.name}"[:200],
            arguments={"dry_run": str(run.id)},
            created_by=member,
        )
        run.save(update_fields=["job"])
    return run


def _require_readable(access: Access, rule_set: RuleSet, draft: RuleDraft) -> None:
    found = read_content(
        find_kind(rule_set.kind),
        draft.content,
        currency=access.profile.currency,
        level=rule_set.level,
        access=access,
    )
    if found.problems:
        raise DryRunRefused("Some rules are not complete yet; mend what is marked.", list(found.problems))


class _Trial:
    """Both sets of rules for one run, as they were when it was planned."""

    def __init__(self, run: DryRun) -> None:
        self.run = run
        self.setting: Setting = setting_now(run.at)
        self.before: Book = book_in_force(run.rule_set.kind, setting=self.setting)
        self.after: Book = book_with_draft(run.rule_set, run.content, setting=self.setting)

    def signature(self) -> list[list[str]]:
        """Which lines are counted, by number: a part counts for the same lines as the others."""
        return [
            [
                f"{line.said.version_id}/{line.said.rule_id}/{sorted(line.portfolios or ())}"
                for line in book.lines
            ]
            for book in (self.before, self.after)
        ]

    def rows(self, first: UUID, last: UUID) -> Any:
        """A range of customers; of a portfolio's rules only those it is about, nobody else can be touched."""
        population, scope = customers(), rule_scope()
        rows = population.rows(None).filter(
            **{f"{population.key}__gte": first, f"{population.key}__lte": last}
        )
        where = find_fact(scope.fact) if scope else None
        place = Cast(where.sql(self.setting), UUIDField()) if where else Value(None, UUIDField())
        rows = rows.order_by().annotate(trial_place=place)
        if self.run.rule_set.level == Level.PORTFOLIO:
            rows = rows.filter(trial_place__in=portfolios_of(self.run.rule_set))
        return rows

    def query(self, first: UUID, last: UUID) -> Any:
        """One row a customer: id, line before, line after, portfolios' own line, outcome of today, portfolio, value."""
        current, summed = self.after.kind.current, find_fact(summed_fact.get("value") or "")
        within = (first, last)
        return self.rows(first, last).values_list(
            customers().key,
            self.before.first(within=within),
            self.after.first(within=within),
            self.after.first_own(within=within),
            Cast(current(self.setting), TextField()) if current else Value(None, TextField()),
            "trial_place",
            Cast(summed.sql(self.setting), BigIntegerField()) if summed else Value(None, BigIntegerField()),
        )


_GROUPED: Final = """
SELECT before, after, own, today, place, count(*), sum(worth::bigint),
       (array_agg(id ORDER BY id))[1:%(examples)s]
  FROM ({query}) AS each (id, before, after, own, today, place, worth)
 GROUP BY before, after, own, today, place ORDER BY 1, 2, 3, 4, 5
"""


def _trial(job: Job) -> _Trial:
    run = DryRun.objects.select_related("rule_set", "against").filter(id=job.arguments["dry_run"]).first()
    if run is None or find_kind(run.rule_set.kind) is None:
        raise JobFailed("These rules do not exist any more.")
    trial = _Trial(run)
    if job.arguments.get("lines", trial.signature()) != trial.signature():
        raise JobFailed("What the rules choose from changed while they were tried; start again.")
    return trial


def _plan(job: Job) -> Iterator[Part]:
    job.arguments["lines"] = _trial(job).signature()
    size = min(RANGE, max(LEAST, customers().rows(None).count() // PARTS))
    for first, last in customers().ranges(size):
        yield Part({"first": str(first), "last": str(last)}, rows=size)


def _run_part(job: Job, part: JobPart) -> None:
    trial = _trial(job)
    part.arguments["found"] = _counted(trial, UUID(part.arguments["first"]), UUID(part.arguments["last"]))
    part.save(update_fields=["arguments"])


def _counted(trial: _Trial, first: UUID, last: UUID) -> list[list[Any]]:
    sql, params = trial.query(first, last).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_GROUPED.replace("{query}", sql).replace("%(examples)s", str(EXAMPLES)), params)
        return [_plain(row) for row in cursor.fetchall()]


def _plain(row: Sequence[Any]) -> list[Any]:
    """A row of `_GROUPED` as JSON; a sum of bigints is a numeric."""
    before, after, own, today, place, count, worth, examples = row
    worth = None if worth is None else int(worth)
    return [before, after, own, today, place and str(place), count, worth, [str(key) for key in examples]]


def _finish(job: Job) -> None:
    trial = _trial(job)
    parts = JobPart.objects.filter(job=job).order_by("number").values_list("arguments", flat=True)
    found = [row for arguments in parts for row in arguments["found"]]
    trial.run.result = result_of(trial.before, trial.after, trial.run.rule_set, found, examples=EXAMPLES)
    trial.run.save(update_fields=["result"])
    job.result = {"dry_run": str(trial.run.id), "customers": trial.run.result["customers"]}


DRY_RUN: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish)
