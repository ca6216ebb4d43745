"""What is done with many customers at once, and the file that comes of it."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from crm.selectors.exports import export_file
from crm.services.exports import ExportRefused, start_export
from desk.forms import ExportForm, TransferForm
from desk.selectors.bulk import export_columns
from desk.selectors.list_state import ListState, read_list_state
from desk.selectors.people import portfolio_by_id
from portfolios.services.assignments import TransferRefused
from portfolios.services.bulk import transfer_chosen, transfer_matching
from tenancy.models import Job
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404
from tenancy.responses import file_response
from tenancy.services.audit import note_access

UNSOUND = "A part of that filter cannot be read, so “all” would mean others; look at the list again."


@requires("portfolios.transfer_customer")
@require_POST
def transfer(request: TenantRequest) -> HttpResponse:
    """To another portfolio, with a reason: the chosen customers, or all whom the list's address keeps."""
    form = TransferForm(request.POST)
    back = _back(request)
    if not form.is_valid():
        return _refuse(request, "Choose a portfolio and say why, in three letters or more.", back)
    target = portfolio_by_id(form.cleaned_data["to"])
    if target is None:
        raise Http404
    try:
        if request.POST.get("all"):
            where = _list(request).where
            if not where.is_sound:
                return _refuse(request, UNSOUND, back)
            done = transfer_matching(
                access=request.access, where=where.raw, to=target, reason=form.cleaned_data["reason"]
            )
        else:
            done = transfer_chosen(
                access=request.access,
                customer_ids=_chosen(request),
                to=target,
                reason=form.cleaned_data["reason"],
            )
    except TransferRefused as error:
        return _refuse(request, str(error), back)
    if isinstance(done, Job):
        return _wait(request, done)
    people = "customer" if done == 1 else "customers"
    messages.success(request, f"{done} {people} transferred to {target.name}")
    return redirect(back)


@requires("crm.export_customers")
@require_POST
def export(request: TenantRequest) -> HttpResponse:
    """A file of the chosen customers, or of all whom the list's address keeps; the purpose is logged."""
    form = ExportForm(request.POST)
    if not form.is_valid():
        words = next(iter(form.errors.get("channel", [])), "Say what the file is for; it is kept in the log.")
        return _refuse(request, str(words), _back(request))
    everything = bool(request.POST.get("all"))
    state = _list(request)
    if everything and not state.where.is_sound:
        return _refuse(request, UNSOUND, _back(request))
    note_access(request, view="export", subject_id=None, purpose=form.words())
    try:
        job = start_export(
            access=request.access,
            purpose=form.words(),
            columns=export_columns(request.access, state, everything=form.wants_everything()),
            customer_ids=None if everything else _chosen(request),
            where=state.where.raw if everything else None,
            contact=form.contact(),
        )
    except ExportRefused as error:
        return _refuse(request, str(error), _back(request))
    return _wait(request, job)


@requires("crm.export_customers")
@require_safe
def download(request: TenantRequest, job_id: UUID) -> FileResponse:
    """The file, for the member who asked for it; each fetch is logged."""
    file = export_file(request.access, job_id)
    if file is None:
        raise Http404
    note_access(request, view="export fetched", subject_id=None, purpose=file.name)
    return file_response(file)


def _list(request: TenantRequest) -> ListState:
    """The list that "all" means, as its address said it."""
    return read_list_state(request.access, QueryDict(request.POST.get("query", "")))


def _chosen(request: TenantRequest) -> list[UUID]:
    ids = [id_or_404(text) for text in request.POST.getlist("customer")]
    if not ids:
        raise Http404
    return ids


def _back(request: TenantRequest) -> str:
    """The list as it was; after the transfer of one customer, the customer if they can still be seen."""
    query = QueryDict(request.POST.get("query", ""))
    return f"{reverse('customers', args=[request.access.tenant.slug])}?{query.urlencode()}"


def _refuse(request: TenantRequest, words: str, back: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(back)


def _wait(request: TenantRequest, job: Job) -> HttpResponse:
    messages.success(request, f"{job.title}: has begun, see the bell")
    return redirect(reverse("job", args=[request.access.tenant.slug, job.id]))
