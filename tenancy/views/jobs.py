"""Long work: what runs and what ended, for those who asked for it; and the steps that gave up."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tenancy.jobs import cancel_job, resume_job
from tenancy.models import Job
from tenancy.outbox import retry_step
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.registries import Notice, job_outcomes
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors import jobs as read
from tenancy.selectors.keyset import newest_first
from tenancy.views.settings import page

LOOKS = {
    Job.State.DONE: ("check", "good", "Done"),
    Job.State.FAILED: ("alert-triangle", "bad", "Failed"),
    Job.State.CANCELLED: ("x", "", "Cancelled"),
}


@requires(ANY_MEMBER)
@require_safe
def jobs(request: TenantRequest) -> HttpResponse:
    cursor = request.GET.get("at", "")
    found = newest_first(read.ended_jobs(request.access), by="created_at", cursor=cursor, size=30)
    running = [] if cursor else [progress_of(request, job) for job in read.running_jobs(request.access)]
    later = f"?at={found.later}" if found.later else ""
    notices = [_notice(request, job) for job in found.rows]
    rung = [] if cursor else [_rung(notice) for notice in read.notices_of(request.access)]
    return render(
        request, "desk/jobs/list.html", {"running": running, "notices": rung + notices, "later_url": later}
    )


@requires(ANY_MEMBER)
@require_safe
def bell(request: TenantRequest) -> HttpResponse:
    """The bell again, as the frame draws it."""
    return render(request, "frame/_bell.html", {
        "jobs_url": url_in(request, "jobs"), "jobs_badge_url": url_in(request, "jobs_bell"),
        "jobs_waiting": read.news_count(request.access),
    })  # fmt: skip


@requires(ANY_MEMBER)
@require_safe
def job(request: TenantRequest, job_id: UUID) -> HttpResponse:
    found = _visible(request, job_id)
    context = progress_of(request, found) | {
        "jobs_page": url_in(request, "jobs"),
        "resume_url": url_in(request, "job_resume", found.id) if found.has_stopped else "",
        "door": _outcome(request, found),
        "outcome": [
            (_words(name), value)
            for name, value in found.result.items()
            if isinstance(value, int | str) and name != "file"
        ],
    }
    return render(request, "desk/jobs/show.html", context)


@requires(ANY_MEMBER)
@require_safe
def progress(request: TenantRequest, job_id: UUID) -> HttpResponse:
    """The bar again; once the job has ended the page around it is read anew."""
    found = _visible(request, job_id)
    response = render(request, "desk/jobs/_progress.html", progress_of(request, found))
    if found.state not in read.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@requires(ANY_MEMBER)
@require_POST
def cancel(request: TenantRequest, job_id: UUID) -> HttpResponse:
    found = _visible(request, job_id)
    cancel_job(job=found)
    if request.htmx:
        return render(request, "desk/jobs/_progress.html", progress_of(request, _visible(request, job_id)))
    return redirect(url_in(request, "job", found.id))


@requires(ANY_MEMBER)
@require_POST
def resume(request: TenantRequest, job_id: UUID) -> HttpResponse:
    found = _visible(request, job_id)
    resume_job(job=found)
    messages.success(request, "It goes on where it stopped.")
    return redirect(url_in(request, "job", found.id))


@requires("tenancy.view_jobs")
@require_safe
def work(request: TenantRequest) -> HttpResponse:
    """Steps that gave up, and everybody's jobs."""
    steps = [
        {"what": step.event.name, "step": step.handler, "error": step.error, "at": step.due_at,
         "retry_url": url_in(request, "step_retry", step.id)}
        for step in read.parked_steps()[:100]
    ]  # fmt: skip
    running = [progress_of(request, job) for job in read.running_jobs(request.access)]
    return page(request, "work", "work", steps=steps, running=running, all_url=url_in(request, "jobs"))


@requires("tenancy.view_jobs")
@require_POST
def retry(request: TenantRequest, step_id: UUID) -> HttpResponse:
    step = read.parked_step(step_id)
    if step is None:
        raise Http404
    retry_step(step=step)
    messages.success(request, "The step is tried again, up to five times.")
    return redirect(url_in(request, "work"))


def progress_of(request: TenantRequest, job: Job) -> dict[str, Any]:
    """What desk/jobs/_progress.html needs."""
    running = job.state in read.RUNNING
    return {
        "job": job,
        "side": _side(job),
        "below": _below(job),
        "poll_url": url_in(request, "job_progress", job.id),
        "cancel_url": url_in(request, "job_cancel", job.id) if running else "",
        "url": url_in(request, "job", job.id),
    }


def _side(job: Job) -> str:
    if not job.rows_total:
        return ""
    return f"{job.rows_done:,} of {job.rows_total:,} rows"


def _below(job: Job) -> str:
    """How quick and how long still, or how it ended."""
    if job.state == Job.State.QUEUED:
        return "waits for a worker"
    if job.state in LOOKS:
        return LOOKS[Job.State(job.state)][2]
    pace = read.pace_of(job)
    if pace.rate is None:
        return "has begun"
    left = f", {_span(pace.seconds_left)} left" if pace.seconds_left is not None else ""
    return f"{pace.rate:,.0f} rows a second{left}"


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{round(seconds)} s" if seconds < 90 else f"{minutes} min" if minutes < 90 else f"{minutes // 60} h"
    )


def _notice(request: TenantRequest, job: Job) -> dict[str, Any]:
    icon, tone, words = LOOKS[Job.State(job.state)]
    door = _outcome(request, job) or ("Open", url_in(request, "job", job.id))
    by = f", asked for by {job.created_by.name}" if job.created_by else ", by itself"
    text = job.error if job.state == Job.State.FAILED else f"{words}{by}"
    return {
        "icon": icon, "tone": tone, "title": job.title, "text": text, "at": job.finished_at or job.created_at,
        "url": door[1], "action": door[0], "is_new": False,
    }  # fmt: skip


def _rung(notice: Notice) -> dict[str, Any]:
    return vars(notice) | {"action": "Open", "is_new": True}


def _outcome(request: TenantRequest, job: Job) -> tuple[str, str] | None:
    """What came of a job, if its room says that there is something to open."""
    return job_outcomes[job.kind](request.access, job) if job.kind in job_outcomes else None


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _visible(request: TenantRequest, job_id: UUID) -> Job:
    found = read.visible_job(request.access, job_id)
    if found is None:
        raise Http404
    return found
