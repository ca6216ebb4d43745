"""Customer equity, and whether it can be trusted."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tenancy.permissions import requires
from tenancy.requests import TenantRequest, id_or_404, member_of, url_in
from value.registries import PortfolioLabel, portfolio_labels
from value.selectors import evidence as read
from value.selectors.equity import Equity, customer_equity
from value.selectors.margins import margin_words
from value.selectors.recomputes import Progress, recompute_progress, why_no_model
from value.services.recompute import start_recompute

NOBODY = PortfolioLabel("No portfolio", "")


@requires("value.view_value")
@require_safe
def equity(request: TenantRequest) -> HttpResponse:
    access, fit = request.access, read.stored_fit()
    context: dict[str, Any] = {
        "fit": fit,
        "currency": access.profile.currency,
        "running": _progress(request, recompute_progress()),
        "recompute_url": _recompute_url(request),
        "evidence_url": url_in(request, "value_evidence") if access.may("value.view_evidence") else "",
        "import_url": f"/t/{access.tenant.slug}/imports/" if access.may("crm.import") else "",
    }
    if fit is None:
        context |= {"problem": why_no_model(), "orders": read.orders_there()}
    else:
        context |= _equity(request, customer_equity(access)) | {
            "as_of": fit.as_of,
            "trust": read.fit_verdict(fit),
        }
    return render(request, "desk/value/equity.html", context)


def _equity(request: TenantRequest, found: Equity) -> dict[str, Any]:
    access = request.access
    ids = [row.portfolio_id for row in found.portfolios if row.portfolio_id]
    labels: dict[UUID, PortfolioLabel] = portfolio_labels["portfolios"](access, ids)
    return {
        "found": found,
        "scope_words": _scope_words(access.scope, found.worth.customers),
        "portfolios": [
            {"label": labels.get(row.portfolio_id, NOBODY) if row.portfolio_id else NOBODY, "row": row}
            for row in found.portfolios
        ],
        "history": read.history_chart(found, access.profile.currency),
        "margin_words": margin_words(),
        "customers_base": f"/t/{access.tenant.slug}/customers/" if access.may("crm.view_customer") else "",
    }


def _scope_words(scope: str, customers: int) -> str:
    """Whose customers these sums are, said on the page."""
    if scope == "all":
        return f"All {customers:,} customers of the company"
    return f"Only the {customers:,} customers in your scope; the company as a whole may be worth more"


@requires("value.view_evidence")
@require_safe
def evidence(request: TenantRequest) -> HttpResponse:
    asked = request.GET.get("fit", "")
    fit = read.stored_fit(id_or_404(asked) if asked else None)
    if asked and fit is None:
        raise Http404
    context: dict[str, Any] = {
        "fit": fit,
        "value_url": url_in(request, "value"),
        "recompute_url": _recompute_url(request),
        "running": _progress(request, recompute_progress()),
    }
    if fit is None:
        context |= {"problem": why_no_model(), "orders": read.orders_there()}
    else:
        here = url_in(request, "value_evidence")
        context |= {
            "view": read.evidence_view(fit, request.access.profile.currency),
            "fits": [{"url": f"{here}?fit={one.id}", "fit": one} for one in read.latest_fits()],
            "here": here,
        }
    return render(request, "desk/value/evidence.html", context)


@requires("value.view_value")
@require_safe
def progress(request: TenantRequest) -> HttpResponse:
    """The bar again; once nothing runs the page around it is read anew."""
    running = _progress(request, recompute_progress())
    response = render(request, "desk/value/_progress.html", {"running": running})
    if running is None:
        response["HX-Refresh"] = "true"
    return response


@requires("value.recompute")
@require_POST
def recompute(request: TenantRequest) -> HttpResponse:
    start_recompute(created_by=member_of(request))
    messages.success(request, "The values are being computed; you may leave this page.")
    return redirect(url_in(request, "value"))


def _recompute_url(request: TenantRequest) -> str:
    return url_in(request, "value_recompute") if request.access.may("value.recompute") else ""


def _progress(request: TenantRequest, running: Progress | None) -> dict[str, Any] | None:
    return {"job": running, "poll_url": url_in(request, "value_progress")} if running else None
