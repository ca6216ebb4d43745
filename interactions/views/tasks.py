"""Tasks: what I am to do, what I asked for, and each one by itself."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.models import Customer
from crm.selectors.scope import visible_customer
from interactions.forms.tasks import TaskForm, first_values
from interactions.models import Task
from interactions.selectors import tasks as read
from interactions.selectors.feeds import feeds_of
from interactions.services.authors import author_of
from interactions.services.feeds import open_feed, revoke_feeds
from interactions.services.refusals import Refused
from interactions.services.tasks import (
    TaskRefused,
    Work,
    change_task,
    complete_task,
    drop_task,
    end_tasks,
    give_task,
    make_task,
    note_reminded,
    reopen_task,
    snooze_task,
)
from portfolios.selectors.records import open_portfolio_here
from tenancy.forms import saved
from tenancy.permissions import ANY_MEMBER, requires
from tenancy.requests import TenantRequest, id_or_404, member_of, url_in
from tenancy.selectors.members import member_here

MORNING = time(8)
LATER_TODAY = timedelta(hours=3)


@requires(ANY_MEMBER)
@require_safe
def tasks(request: TenantRequest) -> HttpResponse:
    lists = read.lists_for(request.access)
    which = request.GET.get("list", read.MINE)
    which = which if which in dict(lists) else read.MINE
    found = read.task_page(request.access, which=which, cursor=request.GET.get("after", ""))
    here = url_in(request, "tasks")
    return render(request, "interactions/tasks/list.html", {
        "lines": found.lines, "ended": which == read.ENDED,
        "tabs": [{"label": words, "count": None, "url": f"{here}?list={key}", "active": key == which}
                 for key, words in lists],
        "later_url": f"{here}?list={which}&after={found.later}" if found.later else "",
        "new_url": url_in(request, "task_new"), "many_url": url_in(request, "tasks_act"),
        "here": request.get_full_path(),
        "feeds_url": url_in(request, "calendar_feeds"), "mine": which == read.MINE,
        "may_change": {task.id for task in read.changeable_tasks(request.access).filter(
            id__in=[line.task.id for line in found.lines])},
    })  # fmt: skip


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: TenantRequest) -> HttpResponse:
    customer = _customer(request)
    mine = f"member:{member_of(request).id}"
    first = {"whose": mine, "subject": request.GET.get("subject", "")[:200]}
    form = TaskForm(request.POST or None, initial=first, whose=read.assignees(request.access))
    if request.method == "POST" and saved(form, lambda given: _make(request, form, customer), Refused):
        messages.success(request, f"Task noted: {form.cleaned_data['subject']}")
        back = url_in(request, "customer", customer.id) if customer else url_in(request, "tasks")
        return redirect(back)
    return render(request, "interactions/tasks/form.html", {
        "form": form, "customer": customer, "save": "Note it", "title": "New task",
        "tasks_url": url_in(request, "tasks"),
        "cancel_url": url_in(request, "customer", customer.id) if customer else url_in(request, "tasks"),
    }, status=422 if form.errors else 200)  # fmt: skip


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: TenantRequest, task_id: UUID) -> HttpResponse:
    """One task: GET shows and lets it be changed, POST changes it."""
    found = read.visible_task(request.access, task_id)
    if found is None:
        raise Http404
    changeable = read.changeable_tasks(request.access).filter(id=found.id).exists()
    may = changeable and found.state == Task.State.OPEN
    form = TaskForm(request.POST or None, initial=first_values(found), whose=_whose_choices(request, found))
    if request.method == "POST":
        if not may:
            raise Http404
        if saved(form, lambda given: _change(request, form, found), Refused):
            messages.success(request, f"Changed: {form.cleaned_data['subject']}")
            return redirect(url_in(request, "task", found.id))
    if found.remind_at and found.remind_at <= timezone.now():
        note_reminded(tasks=[found])
    return render(request, "interactions/tasks/show.html", {
        "line": read.line_of(request.access, found), "task": found, "form": form, "may_change": may,
        "act_url": url_in(request, "task_act", found.id), "tasks_url": url_in(request, "tasks"), "save": "Save",
        "may_reopen": changeable and not may,
    }, status=422 if form.errors else 200)  # fmt: skip


@requires(ANY_MEMBER)
@require_POST
def task_act(request: TenantRequest, task_id: UUID) -> HttpResponse:
    """Done, not needed, later, open again; back to where it was said."""
    found = read.changeable_tasks(request.access).filter(id=task_id).first()
    act = _ACTS.get(request.POST.get("do", ""))
    if found is None or act is None:
        raise Http404
    try:
        words, undo = act(request, found)
        undo_url = f"{url_in(request, 'task_undo', found.id)}" if undo else ""
        messages.success(request, words, extra_tags=undo_url)
    except TaskRefused as refused:
        messages.warning(request, str(refused))
    return redirect(_back(request))


@requires(ANY_MEMBER)
@require_POST
def task_undo(request: TenantRequest, task_id: UUID) -> HttpResponse:
    found = read.changeable_tasks(request.access).filter(id=task_id).first()
    if found is None:
        raise Http404
    try:
        reopen_task(task=found)
        messages.success(request, f"Open again: {found.subject}")
    except TaskRefused as refused:
        messages.warning(request, str(refused))
    response = HttpResponse(status=204) if request.htmx else redirect(url_in(request, "tasks"))
    response["HX-Refresh"] = "true"
    return response


@requires(ANY_MEMBER)
@require_POST
def tasks_act(request: TenantRequest) -> HttpResponse:
    """Many at once: those that this member may change."""
    ids = [id_or_404(text) for text in request.POST.getlist("task")[:200]]
    chosen = list(read.changeable_tasks(request.access).filter(id__in=ids))
    state = {"done": Task.State.DONE, "drop": Task.State.DROPPED}.get(request.POST.get("do", ""))
    try:
        if state:
            ended = end_tasks(tasks=chosen, state=state, by=author_of(request.access))
            messages.success(request, f"{len(ended)} task{'' if len(ended) == 1 else 's'} ended")
        elif request.POST.get("do") == "tomorrow":
            for one in chosen:
                snooze_task(task=one, until=_tomorrow())
            messages.success(request, f"{len(chosen)} put off until tomorrow")
    except TaskRefused as refused:
        messages.warning(request, str(refused))
    return redirect(_back(request))


@requires(ANY_MEMBER)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feeds(request: TenantRequest) -> HttpResponse:
    """The secret address at which a calendar reads one's tasks: made, shown once, revoked."""
    member, made = member_of(request), ""
    if request.method == "POST":
        revoke_feeds(member=member)
        if request.POST.get("do") == "make":
            made = open_feed(member=member)
        else:
            messages.success(request, "No calendar can read your tasks any more")
            return redirect(url_in(request, "calendar_feeds"))
    return render(request, "interactions/tasks/feeds.html", {
        "feeds": feeds_of(member), "made": made, "tasks_url": url_in(request, "tasks"),
        "here": url_in(request, "calendar_feeds"),
    })  # fmt: skip


def _customer(request: TenantRequest) -> Customer | None:
    text = request.GET.get("customer", "")
    if not text:
        return None
    found = (
        visible_customer(request.access, id_or_404(text)) if request.access.may("interactions.work") else None
    )
    if found is None:
        raise Http404
    return found


def _make(request: TenantRequest, form: TaskForm, customer: Customer | None) -> None:
    make_task(customer=customer, by=author_of(request.access), **_whose(form), **form.work)


def _change(request: TenantRequest, form: TaskForm, found: Task) -> None:
    change_task(task=found, work=Work(**form.work), version=form.cleaned_data["version"])
    if form.cleaned_data["whose"] != first_values(found)["whose"]:
        give_task(task=found, **_whose(form))


def _whose(form: TaskForm) -> dict[str, Any]:
    kind, _, key = form.cleaned_data["whose"].partition(":")
    if kind == "member":
        return {"member": member_here(UUID(key)), "portfolio": None}
    return {"member": None, "portfolio": open_portfolio_here(UUID(key))}


def _whose_choices(request: TenantRequest, found: Task) -> list[tuple[str, str]]:
    """With whoever has it now, though they may have left or closed."""
    choices = read.assignees(request.access)
    now = first_values(found)["whose"]
    return choices if now in dict(choices) else [(now, read.whose(request.access, found)), *choices]


def _done(request: TenantRequest, found: Task) -> tuple[str, bool]:
    complete_task(task=found, by=author_of(request.access))
    return f"Done: {found.subject}", True


def _drop(request: TenantRequest, found: Task) -> tuple[str, bool]:
    drop_task(task=found, by=author_of(request.access))
    return f"Not needed: {found.subject}", True


def _reopen(request: TenantRequest, found: Task) -> tuple[str, bool]:
    reopen_task(task=found)
    return f"Open again: {found.subject}", False


def _snooze(until: Callable[[], datetime], words: str) -> Callable[[HttpRequest, Task], tuple[str, bool]]:
    def act(request: HttpRequest, found: Task) -> tuple[str, bool]:
        snooze_task(task=found, until=until())
        return f"Put off {words}: {found.subject}", False

    return act


def _tomorrow() -> datetime:
    return _morning(timedelta(days=1))


def _next_week() -> datetime:
    today = timezone.localdate()
    return _morning(timedelta(days=7 - today.weekday()))


def _morning(ahead: timedelta) -> datetime:
    return datetime.combine(timezone.localdate() + ahead, MORNING, timezone.get_current_timezone())


_ACTS: dict[str, Callable[[Any, Task], tuple[str, bool]]] = {
    "done": _done, "drop": _drop, "reopen": _reopen,
    "later": _snooze(lambda: timezone.now() + LATER_TODAY, "for three hours"),
    "tomorrow": _snooze(_tomorrow, "until tomorrow"), "next_week": _snooze(_next_week, "until Monday"),
}  # fmt: skip


def _back(request: TenantRequest) -> str:
    wanted = request.POST.get("next", "")
    here = wanted.startswith(f"/t/{request.access.tenant.slug}/") and url_has_allowed_host_and_scheme(
        wanted, None
    )
    return wanted if here else url_in(request, "tasks")
