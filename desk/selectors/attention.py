"""Work that waits for somebody: imports to be looked at, jobs that failed, steps that gave up."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from crm.models import Import
from desk.selectors.line import Line
from desk.templatetags.figures import short_date, when
from interactions.models import Case
from interactions.selectors.cases import due_words, escalated_to
from privacy.selectors.requests import due_soon, running
from tenancy.access import Access
from tenancy.models import Job
from tenancy.selectors.jobs import parked_steps, visible_jobs


def attention_lines(access: Access) -> list[Line]:
    """One line each, for whoever may see to it."""
    return [*_cases(access), *_requests(access), *_jobs(access), *_steps(access), *_imports(access)]


def _cases(access: Access) -> list[Line]:
    """Cases near a limit, for who works on them; past it, for their manager too and for who may approve."""
    limit = {Case.NEAR: "comes near its limit", Case.PAST: "is past its limit"}
    return [
        _line(reverse("case", args=[access.tenant.slug, one.id]), "clock-exclamation",
              "bad" if one.escalation == Case.PAST else "warn", one.customer.name,
              f"Case #{one.number} {limit[one.escalation]}: {one.subject}",
              due_words(access, one))
        for one in escalated_to(access)
    ]  # fmt: skip


def _requests(access: Access) -> list[Line]:
    """What people asked about their data and what half the time has gone of: no name, until it is known who asks."""
    return [
        _line(reverse("privacy_request", args=[access.tenant.slug, one.id]), "user-check", running(one).tone or "warn",
              one.customer.name if one.customer and one.identified_at else "Somebody",
              f"Asked for {one.get_kind_display()} of their data; {running(one).words}",
              short_date(running(one).last_day))
        for one in due_soon(access)[:5]
    ]  # fmt: skip


def _line(url: str, icon: str, tone: str, who: str, why: str, due: str) -> Line:
    answer = {"key": "o", "label": "Open", "icon": "", "url": url, "post": False}
    return Line("work", icon, tone, url, who, why, due=due, answers=[answer])


def _jobs(access: Access) -> list[Line]:
    since = timezone.now() - timedelta(days=2)
    failed = visible_jobs(access).filter(state=Job.State.FAILED, finished_at__gt=since)
    return [
        _line(reverse("job", args=[access.tenant.slug, job.id]), "alert-triangle", "bad", job.title,
              f"Failed: {job.error}"[:160], when(job.finished_at))
        for job in failed.order_by("-finished_at")[:5]
    ]  # fmt: skip


def _steps(access: Access) -> list[Line]:
    if not access.may("tenancy.view_jobs"):
        return []
    count = parked_steps().count()
    if not count:
        return []
    why = "Steps that gave up after five tries wait for a retry"
    return [
        _line(reverse("work", args=[access.tenant.slug]), "alert-triangle", "bad", f"{count} parked", why, "")
    ]


def _imports(access: Access) -> list[Line]:
    if not access.may("crm.import"):
        return []
    waiting = Import.objects.filter(state__in=[Import.State.MAPPING, Import.State.CHECKED]).select_related(
        "file"
    )
    return [
        _line(f"/t/{access.tenant.slug}/imports/{run.id}/", "upload", "warn", f"Import of {run.kind}",
              f"{run.file.name}: {run.get_state_display()}", when(run.created_at))
        for run in waiting.order_by("-created_at", "id")[:5]
    ]  # fmt: skip
