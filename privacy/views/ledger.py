"""The ledger, browsed by those who answer for it: what everybody said, with proof and place in the chain."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.selectors.scope import visible_customer
from privacy.forms.browsing import LedgerFilterForm
from privacy.models import ConsentEvent
from privacy.selectors import ledger as read
from privacy.selectors.browsing import Browsed
from privacy.selectors.consents import purpose_names, title_of
from privacy.selectors.receipts import consent_receipt
from privacy.services.verification import verify_chain
from privacy.views.parts import customer_url, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.selectors.audit import names_of_actors
from tenancy.services.audit import note_access

HERE = "privacy_ledger"


@requires("privacy.view_privacy")
@require_safe
def ledger(request: TenantRequest) -> HttpResponse:
    names = purpose_names()
    form = LedgerFilterForm(request.GET, purposes=names.items())
    form.is_valid()
    found, judged = read.browse_ledger(form.filters(), cursor=request.GET.get("at", ""))
    rows = [
        {"url": url_in(request, "privacy_event", one.event.id), "event": one.event, "judged": one,
         "purposes": ", ".join(names.get(key, key) for key in one.event.purposes),
         "who_url": customer_url(request, one.event.customer_id)}
        for one in judged
    ]  # fmt: skip
    may_bring = request.access.may("privacy.manage_policy")
    return page(
        request, "ledger", HERE, rows=rows, sources=read.sources_seen(),
        uploads_url=url_in(request, "consent_uploads") if may_bring else "", **around(request, form, found, HERE),
    )  # fmt: skip


@requires("privacy.view_privacy")
@require_safe
def event(request: TenantRequest, event_id: UUID) -> HttpResponse:
    """One event: the proof, its place in the chain, the receipt. Its personal text for those who see consents."""
    found = read.event_here(event_id)
    if found is None:
        raise Http404
    note_access(request, view="consent event", subject_id=found.customer_id)
    names = purpose_names()
    [judged] = read.judge([found])
    may_read = request.access.may("privacy.view_consent")
    return page(
        request, "event", HERE, event=found, judged=judged, title=title_of(found, names),
        verdicts=[(names.get(key, key), verdict, code) for key, verdict, code in judged.verdicts],
        purposes=", ".join(names.get(key, key) for key in found.purposes),
        actor=names_of_actors([found.actor]).get(found.actor, "the system"),
        personal=getattr(found, "personal", None) if may_read else None, may_read=may_read,
        broken=verify_chain(found.customer_id), chain=found.customer.consent_chain,
        who_url=customer_url(request, found.customer_id), list_url=url_in(request, HERE),
        person_url=f"{url_in(request, HERE)}?customer={found.customer_id}",
        notice_url=_notice_url(request, found),
        receipt_url=url_in(request, "privacy_receipt", found.id) if may_read else "",
    )  # fmt: skip


@requires("privacy.view_consent")
@require_safe
def receipt(request: TenantRequest, event_id: UUID) -> HttpResponse:
    """The receipt as a file, for the person or for whoever asks for proof."""
    found = read.event_here(event_id)
    if found is None or visible_customer(request.access, found.customer_id) is None:
        raise Http404
    note_access(request, view="consent receipt", subject_id=found.customer_id)
    response = JsonResponse(
        consent_receipt(found, at=timezone.now()), json_dumps_params={"indent": 1, "ensure_ascii": False}
    )
    response["Content-Disposition"] = f'attachment; filename="receipt-{found.id}.json"'
    return response


def _notice_url(request: TenantRequest, found: ConsentEvent) -> str:
    if found.notice is None:
        return ""
    return f"{url_in(request, 'privacy_purpose', found.notice.purpose_id)}?version={found.notice.version}"


def around(request: TenantRequest, form: forms.Form, found: Browsed[Any], name: str) -> dict[str, Any]:
    """Filters as chips, pager, and how far a page looked."""
    url = url_in(request, name)
    asked = {key: str(value) for key, value in form.cleaned_data.items() if value}
    return {
        "filter_form": form, "clear_url": url, "chips": _chips(form, asked, url), "looked": found.looked_back_to,
        "is_later": bool(request.GET.get("at")),
        "pager": {
            "edges": f"{len(found.rows)} entries, newest first" if found.rows else "",
            "earlier_url": f"{url}?{urlencode(asked | {'at': found.earlier})}" if found.earlier else "",
            "later_url": f"{url}?{urlencode(asked | {'at': found.later})}" if found.later else "",
        },
    }  # fmt: skip


def _chips(form: forms.Form, asked: dict[str, str], url: str) -> list[dict[str, str]]:
    chips = []
    for name, value in asked.items():
        field = form.fields[name]
        words = dict(getattr(field, "choices", [])).get(value, value)
        rest = urlencode({key: other for key, other in asked.items() if key != name})
        label = str(field.label or name.capitalize())
        words = "one person" if name == "customer" else str(words)
        chips.append({"label": label, "value": words, "remove_url": f"{url}?{rest}" if rest else url})
    return chips
