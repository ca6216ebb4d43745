"""Dry runs: how far they are, what they found, and whether the draft has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from rules.catalogue import customers, find_fact
from rules.content import content_hash
from rules.models import DryRun, RuleSet
from rules.registries import summed_fact
from rules.selectors.rulesets import standing_of, visible_rule_set
from tenancy.access import Access
from tenancy.models import Job
from tenancy.registries import customer_visibility

UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True)
class ShownRun:
    """A dry run as somebody may see it."""

    run: DryRun
    is_stale: bool
    """The draft, or what is in force, is not what was tried any more."""
    result: dict[str, Any] | None
    """As `rules.services.dry_run_results` makes it; counts within the scope, sums of value for who may see them."""


def dry_runs_of(rule_set: RuleSet) -> QuerySet[DryRun]:
    """Newest first, with their jobs."""
    return (
        DryRun.objects.select_related("job", "against")
        .filter(rule_set=rule_set)
        .order_by("-created_at", "-id")
    )


def latest_dry_run(rule_set: RuleSet) -> DryRun | None:
    return dry_runs_of(rule_set).first()


def unfinished_run(rule_set: RuleSet) -> DryRun | None:
    """The one that is under way."""
    return dry_runs_of(rule_set).filter(job__state__in=UNFINISHED, job__cancel_asked_at=None).first()


def rules_of_job(access: Access, job: Job) -> tuple[str, str] | None:
    """The page of the rules that a job tried, for whoever may see them."""
    run = DryRun.objects.filter(job=job).first()
    if run is None or not access.may("rules.view") or visible_rule_set(access, run.rule_set_id) is None:
        return None
    return "Open the rules", f"/t/{access.tenant.slug}/rules/{run.rule_set_id}/"


def shown_run(access: Access, run: DryRun) -> ShownRun:
    """A run with what `access` may see of its result."""
    return ShownRun(run, is_stale(run), _visible(access, run.result) if run.result else None)


def is_stale(run: DryRun) -> bool:
    """Whether something else would be tried today."""
    rule_set = RuleSet.objects.select_related("draft").get(id=run.rule_set_id)
    in_force = standing_of(rule_set).in_force
    now = in_force.version_id if in_force else None
    return content_hash(rule_set.draft.content) != run.content_hash or now != run.against_id


def _visible(access: Access, result: dict[str, Any]) -> dict[str, Any]:
    fact = find_fact(summed_fact.get("value") or "")
    may_see = fact is None or not fact.permission or access.may(fact.permission)
    own = customer_visibility["portfolios"](access) if "portfolios" in customer_visibility else None
    shown = result if may_see else _without_value(result)
    reach = None if own is None else {str(portfolio) for portfolio in own}
    if reach is None or all(row["portfolio"] in reach for row in shown["portfolios"]):
        return shown
    return _within(access, shown, [row for row in shown["portfolios"] if row["portfolio"] in reach])


def _within(access: Access, result: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What was found of these portfolios only. What is not known portfolio by portfolio is left out."""
    ways = {way: _added([row[way] for row in rows]) for way in result["ways"]}
    return {
        **result, **_added(list(ways.values())), "ways": ways, "portfolios": rows, "outcomes": [], "rules": [],
        "changes": _changes_within(access, result["changes"]), "stopped": [], "today": None, "cost": None,
    }  # fmt: skip


def _added(tallies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    known = [tally["value"] for tally in tallies if tally["value"] is not None]
    return {"customers": sum(tally["customers"] for tally in tallies), "value": sum(known) if known else None}


def _changes_within(access: Access, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those with an example in scope; how many there are of each is known of the whole company only."""
    population = customers()
    ids = [UUID(example["customer"]) for change in changes for example in change["examples"]]
    rows = population.rows(access).filter(**{f"{population.key}__in": ids})
    seen = {str(key) for key in rows.values_list(population.key, flat=True)}
    kept = [
        {**change, "customers": None, "value": None,
         "examples": [example for example in change["examples"] if example["customer"] in seen]}
        for change in changes
    ]  # fmt: skip
    return [change for change in kept if change["examples"]]


def _without_value(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: None if key == "value" else _without_value(entry) for key, entry in found.items()}
    return [_without_value(entry) for entry in found] if isinstance(found, list) else found
