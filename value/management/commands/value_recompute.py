"""The nightly job, now, in this process; with a past day: history."""

import json
import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, Tenant
from value.selectors.recomputes import outcome
from value.services.recompute import start_history, start_recompute

UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)


class Command(BaseCommand):
    help = "Values every customer of a tenant; with a past day it keeps what they were worth then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, help="the tenant's slug")
        parser.add_argument(
            "--as-of", help="a past day (YYYY-MM-DD): keep history, leave current values alone"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {options['tenant']!r}.")
        day = _day(options["as_of"])
        with tenant_context(tenant.id):
            job = start_history(taken_on=day) if day else start_recompute()
        result = _run(tenant, job)
        self.stdout.write(json.dumps(result) if options["as_json"] else _text(result))


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{text!r} is not a day (YYYY-MM-DD).") from None
    if day and day >= date.today():  # noqa: DTZ011  (a rough check; the tenant's day is the job's business)
        raise CommandError(f"{day} is not past; leave --as-of out to value everybody now.")
    return day


def _run(tenant: Tenant, job: Job) -> dict[str, Any]:
    """Work on the job here, beside whatever workers there are, until it has ended."""
    while True:
        run_job(tenant.id, job.id)
        with tenant_context(tenant.id):
            job.refresh_from_db()
            if job.state == Job.State.DONE:
                return outcome(job)
        if job.state not in UNFINISHED:
            raise CommandError(f"The job ended as {job.state}: {job.error}")
        time.sleep(0.5)


def _text(result: dict[str, Any]) -> str:
    model = result["model"]
    seconds = ", ".join(f"{stage} {spent:.1f} s" for stage, spent in result["seconds"].items())
    lines = [
        f"{result['customers']} customers as of {result['as_of']}: {seconds}.",
        ", ".join(f"{count} {score}" for score, count in result["scores"].items()),
    ]
    if model is None:
        return "\n".join([*lines, f"No model: {result['problem']}."])
    params = ", ".join(f"{name} {value:.4g}" for name, value in model["params"].items())
    fitted = f"{model['why']} Fitted on {model['customers']} customers as of {model['as_of']}: {params}."
    return "\n".join([*lines, fitted, *(f"Warning: {text}" for text in model["warnings"])])
