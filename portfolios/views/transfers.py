"""Transfers: who moved, and moving them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from crm.selectors.search import find_customers
from portfolios.forms import TransferForm
from portfolios.selectors import portfolios as read
from portfolios.selectors.records import open_portfolio_here, visible_transfers
from portfolios.services.assignments import TransferRefused
from portfolios.services.bulk import transfer_chosen
from portfolios.views.parts import customers_url, portfolio_choices
from tenancy.forms import saved
from tenancy.models import Job
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, url_in
from tenancy.selectors.keyset import newest_first

MOST_CHOSEN = 200
MOST_FOUND = 8
NOWHERE = UUID(int=0)


@requires("portfolios.view_portfolio")
@require_safe
def transfers(request: TenantRequest) -> HttpResponse:
    rows = visible_transfers(request.access).select_related("to")
    found = newest_first(rows, by="at", cursor=request.GET.get("at", ""))
    pager = {
        "edges": f"{len(found.rows)} transfers, newest first",
        "earlier_url": f"?at={found.earlier}" if found.earlier else "",
        "later_url": f"?at={found.later}" if found.later else "",
    }
    listed = [
        {"at": row.at, "customers": row.customers, "words": f"to {row.to.name}", "reason": row.reason,
         "author": row.author_name or "the system", "url": url_in(request, "transfer", row.id)}
        for row in found.rows
    ]  # fmt: skip
    may = request.access.may("portfolios.transfer_customer")
    return render(request, "desk/portfolios/transfers.html", {
        "transfers": listed, "pager": pager, "portfolios_url": url_in(request, "portfolios"),
        "new_url": url_in(request, "transfer_new") if may else "",
    })  # fmt: skip


@requires("portfolios.view_portfolio")
@require_safe
def transfer(request: TenantRequest, transfer_id: UUID) -> HttpResponse:
    """One decision: who moved, where to, why, by whom."""
    found = read.visible_transfer(request.access, transfer_id)
    if found is None:
        raise Http404
    customers = customers_url(request)
    moved = read.moved_by(found, request.access).order_by("customer_id")
    after = request.GET.get("after")
    rows = list((moved.filter(customer_id__gt=id_or_404(after)) if after else moved)[:101])
    return render(request, "desk/portfolios/transfer.html", {
        "transfer": found, "rows": [(row.customer.name, f"{customers}{row.customer_id}/") for row in rows[:100]],
        "later_url": f"?after={rows[99].customer_id}" if len(rows) > 100 else "",
        "transfers_url": url_in(request, "transfers"), "portfolios_url": url_in(request, "portfolios"),
    })  # fmt: skip


@requires("portfolios.transfer_customer")
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_new(request: TenantRequest) -> HttpResponse:
    """Choose customers, a portfolio and a reason; the first POST shows what would move, the second moves."""
    asked = request.POST if request.method == "POST" else request.GET
    chosen = read.summaries_to_move(request.access, _ids(asked.getlist("customer")))
    form = TransferForm(request.POST or None, targets=portfolio_choices(request))
    if "confirmed" in request.POST:
        ids, done = [row.customer_id for row in chosen], []
        if saved(form, lambda given: done.append(_transfer(request, ids, given)), TransferRefused):
            return _transferred(request, done[0])
    shown = form.is_bound and form.is_valid() and bool(chosen)
    return render(request, "desk/portfolios/transfer_new.html", {
        "form": form, "chosen": _chosen_rows(request, chosen), "shown": shown,
        "preview": _preview(chosen, form.cleaned_data["to"]) if shown else None,
        "currency": request.access.profile.currency, "found": _found(request, asked.get("q", ""), chosen),
        "q": asked.get("q", ""), "here": url_in(request, "transfer_new"),
        "transfers_url": url_in(request, "transfers"), "portfolios_url": url_in(request, "portfolios"),
    }, status=422 if form.errors else 200)  # fmt: skip


def _ids(texts: Sequence[str]) -> list[UUID]:
    return [id_or_404(text) for text in texts[:MOST_CHOSEN]]


def _transfer(request: TenantRequest, ids: list[UUID], given: dict[str, Any]) -> Job | int:
    to = open_portfolio_here(given["to"])
    if to is None or not ids:
        raise TransferRefused("Choose at least one customer, and a portfolio that is open.")
    return transfer_chosen(access=request.access, customer_ids=ids, to=to, reason=given["reason"])


def _transferred(request: TenantRequest, done: Job | int) -> HttpResponse:
    if isinstance(done, Job):
        return redirect(url_in(request, "job", done.id))
    messages.success(request, f"{done} customer{'' if done == 1 else 's'} moved.")
    return redirect(url_in(request, "transfers"))


def _chosen_rows(request: TenantRequest, chosen: Sequence[Any]) -> list[dict[str, Any]]:
    """Those chosen so far, each with the address that lets them go again."""
    names = {row.id: row.name for row in read.all_portfolios()}
    ids = [str(row.customer_id) for row in chosen]
    return [
        {"id": str(row.customer_id), "name": row.customer.name, "portfolio": names.get(row.portfolio_id, ""),
         "value": row.value, "drop_url": _with(request, [key for key in ids if key != str(row.customer_id)])}
        for row in chosen
    ]  # fmt: skip


def _found(request: TenantRequest, typed: str, chosen: Sequence[Any]) -> list[dict[str, str]]:
    """Customers in the scope whom the words find, each with the address that adds them."""
    ids, names = [str(row.customer_id) for row in chosen], {row.id: row.name for row in read.all_portfolios()}
    return [
        {"name": found.customer.name, "number": found.customer.external_id or "",
         "portfolio": names.get(found.customer.summary.portfolio_id or NOWHERE, ""),
         "url": _with(request, [*ids, str(found.customer.id)])}
        for found in find_customers(request.access, typed)
        if found.in_scope and str(found.customer.id) not in ids
    ][:MOST_FOUND]  # fmt: skip


def _with(request: TenantRequest, ids: list[str]) -> str:
    return f"{url_in(request, 'transfer_new')}?{'&'.join(f'customer={key}' for key in ids)}"


def _preview(chosen: Sequence[Any], to: UUID) -> dict[str, Any]:
    """How many would move from where, what they are worth, and who stays because they are there already."""
    names = {row.id: row.name for row in read.all_portfolios()}
    moving = [row for row in chosen if row.portfolio_id != to]
    counts: dict[str, int] = {}
    for row in moving:
        name = names.get(row.portfolio_id, "")
        counts[name] = counts.get(name, 0) + 1
    return {
        "moving": len(moving), "staying": len(chosen) - len(moving), "to": names.get(to, ""),
        "value": sum(row.value or 0 for row in moving), "from": sorted(counts.items()),
        "at": timezone.now(),
    }  # fmt: skip
