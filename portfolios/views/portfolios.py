"""Portfolios: who answers for whom, and what it is worth."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from crm.selectors.where import all_of, in_address, line
from crm.services.summaries import tenant_today
from portfolios.forms import CloseForm, HouseForm, PortfolioForm
from portfolios.models import Portfolio
from portfolios.pictures import page_of_rows, scatter, see_today_rows, transfer_rows
from portfolios.selectors import portfolios as read
from portfolios.selectors.records import open_portfolio_here, visible_portfolio
from portfolios.selectors.value import portfolio_value, portfolio_values
from portfolios.services.assignments import TransferRefused
from portfolios.services.closing import AT_ONCE, UNFINISHED, closing_job
from portfolios.services.portfolios import PortfolioRefused, change_portfolio, close_portfolio, open_portfolio
from portfolios.views.parts import customers_url, portfolio_choices
from tenancy.forms import saved
from tenancy.models import Job
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, member_of, url_in
from tenancy.selectors.jobs import visible_job
from tenancy.selectors.members import member_here, members_here, unit, units
from value.selectors.margins import margin_words

MOST_CHOSEN = 200
MOST_FOUND = 8
NOWHERE = UUID(int=0)


@requires("portfolios.view_portfolio")
@require_safe
def portfolios(request: TenantRequest) -> HttpResponse:
    access, today = request.access, tenant_today(request.access.profile)
    found = read.open_portfolios(access)
    worths = portfolio_values([row.id for row in found], today)
    low, high = read.range_together(worths.values())
    totals = {
        "customers": sum(worth.customers for worth in worths.values()),
        "value": sum(worth.value for worth in worths.values()), "low": low, "high": high,
        "quarter_margin": sum(worth.quarter_margin for worth in worths.values()),
    }  # fmt: skip
    rows = [
        {"portfolio": row, "worth": worths[row.id], "url": url_in(request, "portfolio", row.id),
         "history": [value for _, value in worths[row.id].history][-12:]}
        for row in found
    ]  # fmt: skip
    return render(request, "desk/portfolios/list.html", {
        **page_of_rows(rows, request.GET), "totals": totals, "currency": access.profile.currency,
        "words": _count_words(len(rows), totals["customers"]), "margin_words": margin_words(),
        "may_add": access.may("portfolios.manage_portfolio"), "new_url": url_in(request, "portfolio_new"),
        "transfers_url": url_in(request, "transfers"),
    })  # fmt: skip


@requires("portfolios.view_portfolio")
@require_safe
def portfolio(request: TenantRequest, portfolio_id: UUID) -> HttpResponse:
    found, profile = _visible(request, portfolio_id), request.access.profile
    worth, picture = portfolio_value(found, tenant_today(profile)), read.picture_of(found)
    first, at_risk_customers, at_risk = read.to_see_today(found, picture.split)
    moves = read.movements_of(found, since=read.month_start())
    customers = customers_url(request)
    return render(request, "desk/portfolios/show.html", {
        "portfolio": found, "currency": profile.currency, "worth": worth, "picture": picture,
        "history": [value for _, value in worth.history][-24:],
        "margin_before": read.margin_last_quarter(found, profile),
        "at_risk": at_risk, "at_risk_customers": at_risk_customers,
        "scatter": scatter(picture, first, profile.currency, customers),
        "see_today": see_today_rows(first, customers),
        "top": [(row, f"{customers}{row.customer_id}/") for row in read.ranked_customers(found)],
        "moved_in": sum(move.customers for move in moves if move.came_in),
        "moved_out": sum(move.customers for move in moves if not move.came_in),
        "transfers": transfer_rows(moves[:8]), "statuses": _statuses(found, worth.customers),
        "margin_words": margin_words(), "portfolios_url": url_in(request, "portfolios"),
        "customers_url": f"{customers}?{_inside(found)}", "transfers_url": url_in(request, "transfers"),
        "edit_url": url_in(request, "portfolio_edit", found.id) if _may_manage(request, found) else "",
        "closing": _closing(request, found),
    })  # fmt: skip


@requires("portfolios.manage_portfolio")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: TenantRequest) -> HttpResponse:
    form, made = PortfolioForm(request.POST or None, **_choices()), []
    if saved(form, lambda given: made.append(_open(given)), PortfolioRefused):
        messages.success(request, f"{made[0].name} is open.")
        return redirect(url_in(request, "portfolio", made[0].id))
    return _edit_page(request, None, form)


@requires("portfolios.manage_portfolio")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: TenantRequest, portfolio_id: UUID) -> HttpResponse:
    found = _open_one(request, portfolio_id)
    now = {"name": found.name, "manager": found.manager_id, "unit": found.unit_id}
    form: forms.Form = HouseForm(request.POST or None, initial=now)
    if not found.is_house:
        form = PortfolioForm(request.POST or None, initial=now, **_choices())
    if saved(form, lambda given: _change(found, given), PortfolioRefused):
        messages.success(request, f"{found.name} is changed.")
        return redirect(url_in(request, "portfolio", found.id))
    return _edit_page(request, found, form)


@requires("portfolios.manage_portfolio")
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: TenantRequest, portfolio_id: UUID) -> HttpResponse:
    found = _open_one(request, portfolio_id)
    targets = [row for row in portfolio_choices(request) if row[0] != str(found.id)]
    form, done = CloseForm(request.POST or None, targets=targets), []
    if saved(
        form, lambda given: done.append(_close(request, found, given)), PortfolioRefused, TransferRefused
    ):
        if done[0]:
            return redirect(url_in(request, "job", done[0].id))
        messages.success(request, f"{found.name} is closed; its history stays.")
        return redirect(url_in(request, "portfolios"))
    worth = portfolio_value(found, tenant_today(request.access.profile))
    return render(request, "desk/portfolios/close.html", {
        "portfolio": found, "form": form, "customers": worth.customers, "in_background": worth.customers > AT_ONCE,
        "cancel_url": url_in(request, "portfolio_edit", found.id), "portfolios_url": url_in(request, "portfolios"),
    }, status=422 if form.errors else 200)  # fmt: skip


def _inside(found: Portfolio) -> str:
    """The query of a list of its customers."""
    return in_address(all_of(line("portfolios.portfolio", "one_of", [str(found.id)])))


def _count_words(portfolios: int, customers: int) -> str:
    return f"{portfolios:,} portfolio{'' if portfolios == 1 else 's'}, {customers:,} customers"


def _visible(request: TenantRequest, portfolio_id: UUID) -> Portfolio:
    found = visible_portfolio(request.access, portfolio_id)
    if found is None:
        raise Http404
    return found


def _open_one(request: TenantRequest, portfolio_id: UUID) -> Portfolio:
    found = _visible(request, portfolio_id)
    if found.closed_at:
        raise Http404
    return found


def _may_manage(request: TenantRequest, found: Portfolio) -> bool:
    return found.closed_at is None and request.access.may("portfolios.manage_portfolio")


def _statuses(found: Portfolio, customers: int) -> list[dict[str, Any]]:
    return [
        {
            "label": label.capitalize(),
            "customers": count,
            "share": count / customers if customers else 0,
            "value": value,
        }
        for label, count, value in read.statuses_of(found)
    ]


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "members": [(str(row.id), f"{row.name}, {row.role.name}") for row in members_here()],
        "units": [(str(row.id), "\N{EM SPACE}" * row.depth + row.name) for row in units()],  # type: ignore[attr-defined]
    }


def _edit_page(request: TenantRequest, found: Portfolio | None, form: forms.Form) -> HttpResponse:
    back = url_in(request, "portfolio", found.id) if found else url_in(request, "portfolios")
    can_close = found is not None and not found.is_house
    return render(request, "desk/portfolios/edit.html", {
        "portfolio": found, "form": form, "cancel_url": back, "portfolios_url": url_in(request, "portfolios"),
        "close_url": url_in(request, "portfolio_close", found.id) if found and can_close else "",
    }, status=422 if form.errors else 200)  # fmt: skip


def _open(given: dict[str, Any]) -> Portfolio:
    manager = member_here(given["manager"])
    if manager is None:
        raise PortfolioRefused("That member is not here any more; choose another.")
    return open_portfolio(
        name=given["name"], manager=manager, unit=unit(given["unit"]) if given["unit"] else None
    )


def _change(found: Portfolio, given: dict[str, Any]) -> None:
    if found.is_house:
        change_portfolio(portfolio=found, name=given["name"], manager=None, unit=None)
        return
    manager = member_here(given["manager"])
    chosen = unit(given["unit"]) if given["unit"] else manager.unit if manager else None
    change_portfolio(portfolio=found, name=given["name"], manager=manager, unit=chosen)


def _close(request: TenantRequest, found: Portfolio, given: dict[str, Any]) -> Job | None:
    to = open_portfolio_here(given["to"])
    if to is None:
        raise PortfolioRefused("That portfolio is closed, or just closing; choose another.")
    return close_portfolio(
        portfolio=found, to=to, reason=given["reason"], author_name=member_of(request).name
    )


def _closing(request: TenantRequest, found: Portfolio) -> dict[str, Any] | None:
    """What the page says while many customers move out: where to, and the job for whoever may follow it."""
    if found.closing_to is None:
        return None
    job = closing_job(found)
    seen = visible_job(request.access, job.id) if job else None
    return {
        "to": found.closing_to.name, "stopped": bool(job and job.state not in UNFINISHED),
        "url": url_in(request, "job", seen.id) if seen else "",
    }  # fmt: skip
