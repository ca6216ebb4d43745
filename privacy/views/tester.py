""" "What would we answer for this person, now or then, and why?" Nothing is logged, nothing is reserved."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crm.models import Customer
from crm.selectors.scope import visible_customer
from crm.selectors.search import find_customers
from privacy.forms.browsing import TesterForm
from privacy.gate import Ask
from privacy.policy.codes import OBLIGATIONS
from privacy.selectors import trying
from privacy.selectors.consents import purpose_names
from privacy.selectors.policy import policy_in_force
from privacy.selectors.purposes import purposes
from privacy.views.answers import channel_name, evidence_of, meaning_of
from privacy.views.parts import customer_url, page
from tenancy.permissions import requires
from tenancy.requests import TenantRequest, url_in
from tenancy.services.audit import note_access

HERE = "privacy_tester"


@requires("privacy.view_privacy")
@require_safe
def tester(request: TenantRequest) -> HttpResponse:
    form = _form(request)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        customer, others = _whom(request, form)
        context |= {"customer": customer, "others": others, "nobody": customer is None and not others}
        if customer:
            note_access(request, view="privacy tester", subject_id=customer.id)
            context |= _tried(request, form, customer)
    return page(request, "tester", HERE, status=422 if form.errors else 200, **context)


def _form(request: TenantRequest) -> TesterForm:
    policy = policy_in_force()
    regimes = {**policy.regimes, **policy.own_regimes} if policy else {}
    members = (
        [(f"EU-{code}", f"EU, {code}") for code in sorted(regimes["EU"].members)] if "EU" in regimes else []
    )
    named = sorted((code, one.name) for code, one in regimes.items() if code != "unknown")
    choices = [
        *named,
        *((code, name) for code, name in members if code not in regimes),
        ("unknown", "nobody knows where"),
    ]
    asked = request.GET.copy()
    if "message" not in asked:  # a link from elsewhere: an ordinary message of ours
        asked.update(dict.fromkeys(("has_sender_identity", "has_opt_out", "has_postal_address"), "on"))
    return TesterForm(
        asked if "who" in request.GET or "customer" in request.GET else None,
        purposes=[(one.key, one.name) for one in purposes()], regimes=choices,
        initial={"purpose": "marketing"},
    )  # fmt: skip


def _whom(request: TenantRequest, form: TesterForm) -> tuple[Customer | None, list[dict[str, str]]]:
    """The customer meant, or those who may be meant, each with the address that says so."""
    chosen = form.cleaned_data["customer"]
    if chosen:
        customer = visible_customer(request.access, chosen)
        if customer is None:
            raise Http404
        if customer.name == form.cleaned_data["who"]:
            return customer, []
    found = [one.customer for one in find_customers(request.access, form.cleaned_data["who"]) if one.in_scope]
    if len(found) == 1:
        return found[0], []
    asked = {key: value for key, value in request.GET.items() if key not in ("customer", "who")}
    here = url_in(request, HERE)
    return None, [
        {"name": one.name, "number": one.external_id or "", "country": one.country,
         "url": f"{here}?{urlencode({**asked, 'who': one.name, 'customer': str(one.id)})}"}
        for one in found
    ]  # fmt: skip


def _tried(request: TenantRequest, form: TesterForm, customer: Customer) -> dict[str, Any]:
    given = form.cleaned_data
    ask = Ask(
        customer_id=customer.id, channel=given["channel"], purpose=given["purpose"], message=form.message(),
        at=given["at"], asked_for="tester",
    )  # fmt: skip
    supposed = trying.Supposed(given["country"], given["age"], given["without_ledger"])
    tried = trying.try_out(ask, supposed)
    if tried is None:
        raise Http404
    names = purpose_names()
    as_is = trying.try_out(ask, trying.Supposed()) if supposed.is_anything else None
    answer = tried.answer
    return {
        "tried": tried, "answer": answer, "as_is": as_is,
        "as_is_meaning": meaning_of(as_is.answer.code) if as_is else "",
        "purpose": names.get(ask.purpose, ask.purpose), "channel": channel_name(ask.channel),
        "at": ask.at or timezone.now(), "is_now": ask.at is None, "meaning": meaning_of(answer.code),
        "obligations": [(one, OBLIGATIONS.get(one, one)) for one in answer.obligations],
        "evidence": evidence_of(request, [str(one) for one in answer.evidence_ids], names),
        "who_url": customer_url(request, customer.id),
        "ledger_url": f"{url_in(request, 'privacy_ledger')}?customer={customer.id}",
        "others_url": _other_channels(request, ask, customer),
    }  # fmt: skip


def _other_channels(request: TenantRequest, ask: Ask, customer: Customer) -> list[dict[str, Any]]:
    """The same question by the other channels: which way would do."""
    asked = {key: value for key, value in request.GET.items() if key not in ("channel", "who", "customer")}
    found = []
    for channel in ("email", "phone", "sms", "post", "push"):
        if channel == ask.channel:
            continue
        tried = trying.try_out(replace(ask, channel=channel), trying.Supposed())
        query = urlencode({**asked, "channel": channel, "who": customer.name, "customer": str(customer.id)})
        if tried:
            found.append({
                "channel": channel_name(channel), "answer": tried.answer, "meaning": meaning_of(tried.answer.code),
                "url": f"{url_in(request, HERE)}?{query}",
            })  # fmt: skip
    return found
