"""The customer page: one customer whom the caller may see, drawn up for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from crm.models import ContactPoint, Customer, CustomerSummary, DatumSource, Order, TimelineEntry
from crm.models.customer import Source
from crm.selectors import customers as records
from crm.services.summaries import tenant_today
from desk.selectors.entry_pages import with_pages
from desk.selectors.may_we import chips_of
from desk.selectors.rail import RECORD, parts_of
from desk.templatetags.figures import short_date
from interactions.selectors.logging import composer_of
from interactions.selectors.said import Said, said_in, without_said
from portfolios.models import Assignment, Portfolio
from portfolios.selectors.decisions import decisions_of_assignments
from portfolios.selectors.visibility import Viewer, viewers_of
from privacy.selectors.protection import protection_of
from tenancy.access import Access
from tenancy.selectors.audit import names_of_actors
from value.selectors.margins import margin_words

POINT_ICONS: Final = {"email": "mail", "phone": "phone", "post": "mailbox", "push": "device-mobile"}
KIND_WORDS: Final = {
    "order": "Orders",
    "return": "Returns",
    "transfer": "Transfers",
    "change": "Changes",
    "created": "Became a customer",
    "status": "Status",
    "consent": "Consents",
    "protection": "Protection",
    "message": "Messages",
    "contact": "Contacts",
    "promise": "Promises",
    "need": "Needs",
    "case": "Cases",
    "survey": "Answers to surveys",
}
ATTRIBUTES: Final = (
    ("external_id", "Number"),
    ("kind", "Kind"),
    ("country", "Country"),
    ("language", "Language"),
    ("time_zone", "Time zone"),
)


@dataclass(frozen=True)
class Links:
    """The doors around one customer."""

    slug: str
    customer_id: UUID

    def to(self, name: str, **parts: Any) -> str:
        return reverse(name, kwargs={"slug": self.slug, "customer_id": self.customer_id, **parts})

    def page(self, name: str) -> str:
        return reverse(name, kwargs={"slug": self.slug})


def customer_page(access: Access, customer: Customer, *, kind: str, after: str) -> dict[str, Any]:
    """Context of desk/customers/show.html."""
    links = Links(access.tenant.slug, customer.id)
    today = tenant_today(access.profile)
    summary = customer.summary
    portfolio = home_of(summary)
    viewers = viewers_of(portfolio)
    rhythm = records.rhythm_of(
        customer.id,
        orders=summary.orders,
        first=summary.first_order_on,
        last=summary.last_order_on,
        today=today,
    )
    assignments = list(
        Assignment.objects.select_related("portfolio", "transfer")
        .filter(customer=customer)
        .order_by("-period")[:20]
    )
    return {
        "customer": customer,
        "summary": summary,
        "currency": access.profile.currency,
        "today": today,
        "margin_words": margin_words(customer.id) if summary.orders else "",
        "chips": _chips(customer, summary, rhythm.overdue),
        "may_we": chips_of(access, customer, asked_for="customer page"),
        "kind_url": links.to("customer_figure", figure="kind") if _shows_kind(access, summary) else "",
        "manual_status": _manual_status(customer, today),
        "portfolio": {"name": _portfolio_words(portfolio), "url": _portfolio_url(links, portfolio)},
        "since": assignments[0].period.lower if assignments else customer.created_at,
        "viewers": viewers,
        "viewers_words": viewers_words(viewers),
        "points": [_point(point, links) for point in records.contact_points_of(customer)],
        "attributes": attributes_of(customer, links.slug),
        "people": _people(access, customer),
        "organisation": _organisation(access, customer),
        "rhythm": rhythm,
        "usual_gap": rhythm.usual_gap,
        "order_days": rhythm.days,
        "overdue": rhythm.overdue,
        "orders": [_order(order, links) for order in records.last_orders(customer.id)],
        "assignments": _assignments(links, assignments),
        "expected": _expected(summary),
        "cost_share": summary.cost_year / summary.margin_year if summary.margin_year > 0 else None,
        "composer": composer_of(access, customer),
        "rail": parts_of(RECORD, access, customer),
        **_protection(access, customer, links, today),
        **timeline_context(access, customer, kind=kind, after=after),
        **_doors(access, customer, links),
    }


def _protection(access: Access, customer: Customer, links: Links, today: date) -> dict[str, Any]:
    """What protects them, with the doors for who may note it; see _protection.html."""
    found = protection_of(customer, today)
    may = access.may("privacy.change_person")
    doors = {"person": "person", "death": "person_death", "restriction": "person_restriction"}
    return {
        "protection": found,
        "protection_urls": {key: links.to(name) for key, name in doors.items()} if may else {},
        "origins": [
            {"origin": one, "url": links.to("capture", point_id=one.point_id) if may else ""}
            for one in found.origins
        ],
    }


def _doors(access: Access, customer: Customer, links: Links) -> dict[str, Any]:
    alive = customer.trashed_at is None
    return {
        "may_edit": access.may("crm.change_customer") and alive,
        "may_transfer": access.may("portfolios.transfer_customer") and alive,
        "may_trash": access.may("crm.trash_customer"),
        "edit_url": links.to("customer_edit"),
        "status_url": links.to("customer_status"),
        "write_url": links.to("write") if access.may("interactions.send") and alive else "",
        "transfer_url": links.page("customers_transfer"),
        "trash_url": links.to("customer_trash" if alive else "customer_restore"),
        "customers_url": links.page("customers"),
        "evidence_url": f"/t/{links.slug}/value/evidence/" if access.may("value.view_evidence") else "",
        "add_point_url": links.to("contact_point_add"),
        "own_page_url": links.to("customer_own_page") if access.may("privacy.record_consent") else "",
        "consents_url": links.to("customer_consents") if access.may("privacy.view_consent") else "",
        "changed_url": f"{links.to('customer_changed')}?version={customer.version}",
        "figure_urls": {
            figure: links.to("customer_figure", figure=figure)
            for figure in ("value", "margin", "alive", "orders", "cost")
        },
    }


def home_of(summary: CustomerSummary) -> Portfolio:
    """The portfolio of a customer; every customer has one."""
    assert summary.portfolio_id is not None
    return Portfolio.objects.select_related("manager", "unit").get(id=summary.portfolio_id)


def _portfolio_words(portfolio: Portfolio) -> str:
    if portfolio.is_house or portfolio.manager is None:
        return "House portfolio" if portfolio.is_house else portfolio.name
    if portfolio.manager.name in portfolio.name:
        return portfolio.name
    return f"{portfolio.name}, {portfolio.manager.name}"


def _portfolio_url(links: Links, portfolio: Portfolio) -> str:
    return f"/t/{links.slug}/portfolios/{portfolio.id}/"


def viewers_words(viewers: list[Viewer]) -> str:
    """ "Seen by 4 members: relationship manager, administrator." The dialog names them, and who has the card."""
    full = [viewer for viewer in viewers if not viewer.card_only]
    if not full:
        return "Seen by nobody."
    roles = list(dict.fromkeys(viewer.role.lower() for viewer in full))
    shown = ", ".join(roles[:4]) + (" and others" if len(roles) > 4 else "")
    return f"Seen by {len(full)} member{'' if len(full) == 1 else 's'}: {shown}."


def _shows_kind(access: Access, summary: CustomerSummary) -> bool:
    return bool(summary.customer_kind) and access.may("value.view_value")


def _chips(customer: Customer, summary: CustomerSummary, overdue: bool) -> list[dict[str, str]]:
    chips = [{"label": str(summary.get_status_display()).capitalize(), "tone": "", "icon": ""}]
    if overdue and summary.status != Customer.Status.LOST:
        chips.append({"label": "Overdue", "tone": "bad", "icon": "clock-exclamation"})
    elif customer.kind == Customer.Kind.ORGANISATION:
        chips.append({"label": "Organisation", "tone": "", "icon": "building-store"})
    return chips


def _manual_status(customer: Customer, today: date) -> dict[str, Any] | None:
    """A status set by hand that still holds: what, by whom, until when."""
    until = customer.manual_status_until
    if not customer.manual_status or until is None or until < today:
        return None
    by = customer.manual_status_by
    return {"label": customer.get_manual_status_display(), "by": by.name if by else "", "until": until}


def _point(point: ContactPoint, links: Links) -> dict[str, Any]:
    return {
        "id": point.id,
        "icon": POINT_ICONS[point.kind],
        "value": point.value,
        "kind_words": point.get_kind_display(),
        "source_words": _point_source(point),
        "is_primary": point.is_primary,
        "invalid": point.invalid_at is not None,
        "verified": point.verified_at is not None,
        "change_url": links.to("contact_point", point_id=point.id),
    }


def _point_source(point: ContactPoint) -> str:
    words = source_words(point.source, point.source_detail, point.created_at)
    return f"{words}, verified {short_date(point.verified_at)}" if point.verified_at else words


def source_words(source: str, detail: str, at: datetime | None) -> str:
    """ "imported, customers.csv, 7 Nov": where a datum came from."""
    said = (
        detail
        if detail.startswith(source)
        else f"{Source(source).label}, {detail}"
        if detail
        else Source(source).label
    )
    parts = [str(said), short_date(at) if at else ""]
    return ", ".join(part for part in parts if part)


def attributes_of(customer: Customer, slug: str) -> list[dict[str, str]]:
    """The attributes with their sources; see _about.html."""
    sources = records.sources_of(customer)
    return [
        {
            "field": field,
            "label": label,
            "value": str(customer.get_kind_display()) if field == "kind" else getattr(customer, field) or "",
            "source_words": _attribute_source(customer, sources.get(field)),
            "url": reverse("customer_attribute", args=[slug, customer.id, field]),
        }
        for field, label in ATTRIBUTES
    ]


def _attribute_source(customer: Customer, source: DatumSource | None) -> str:
    if source is None:
        return source_words(customer.source, customer.source_detail, customer.created_at)
    return source_words(source.source, source.source_detail, source.recorded_at)


def _people(access: Access, customer: Customer) -> list[dict[str, str]]:
    if customer.kind != Customer.Kind.ORGANISATION:
        return []
    return [
        {"name": person.name, "url": Links(access.tenant.slug, person.id).to("customer")}
        for person in records.people_of(access, customer)
    ]


def _organisation(access: Access, customer: Customer) -> dict[str, str] | None:
    found = records.organisation_of(access, customer)
    return {"name": found.name, "url": Links(access.tenant.slug, found.id).to("customer")} if found else None


def _order(order: Order, links: Links) -> dict[str, Any]:
    return {
        "number": order.external_id,
        "ordered_on": order.ordered_on,
        "total": order.net,
        "currency": order.currency,
        "lines": order.line_count,  # type: ignore[attr-defined]
        "is_return": order.kind == Order.Kind.RETURN,
        "url": links.to("customer_order", order_id=order.id),
    }


def _assignments(links: Links, assignments: list[Assignment]) -> list[dict[str, Any]]:
    decisions = decisions_of_assignments(assignments)
    base = f"/t/{links.slug}/portfolios/decisions/"
    return [
        _assignment(one) | {"decision_url": f"{base}{decisions[one.id]}/" if one.id in decisions else ""}
        for one in assignments
    ]


def _assignment(assignment: Assignment) -> dict[str, Any]:
    return {
        "portfolio": assignment.portfolio.name,
        "starts": assignment.period.lower,
        "reason": assignment.reason,
        "author": assignment.transfer.author_name if assignment.transfer else "",
    }


def _expected(summary: CustomerSummary) -> dict[str, Any]:
    return {
        "orders_year": summary.orders_year,
        "no_order_90": summary.no_order_90,
        "margin_3y": summary.margin_3y,
    }


def timeline_context(access: Access, customer: Customer, *, kind: str, after: str) -> dict[str, Any]:
    """Context of desk/customers/_timeline.html and its tabs."""
    links = Links(access.tenant.slug, customer.id)
    found = records.timeline_page(customer.id, kind=kind, after=after)
    said = said_in(found.entries)
    entries = found.entries if kind else without_said(found.entries, said)
    later = {"after": found.later} | ({"kind": kind} if kind else {})
    return {
        "days": _by_day(with_pages(access, customer.id, entries), tenant_today(access.profile), said),
        "later_url": f"{links.to('customer_timeline')}?{urlencode(later)}" if found.later else "",
        "timeline_url": f"{links.to('customer_timeline')}?{urlencode({'kind': kind})}",
        "timeline_tabs": [] if after else _timeline_tabs(links, customer.id, kind),
    }


def _timeline_tabs(links: Links, customer_id: UUID, kind: str) -> list[dict[str, Any]]:
    here = links.to("customer")
    kinds = records.timeline_kinds(customer_id)
    tabs = [{"label": "Everything", "count": None, "url": here, "active": not kind}]
    return tabs + [
        {
            "label": KIND_WORDS.get(key, key.replace("_", " ").capitalize()),
            "count": count,
            "url": f"{here}?kind={key}",
            "active": key == kind,
        }
        for key, count in kinds.items()
    ]


def _by_day(
    entries: Iterable[TimelineEntry], today: date, said: dict[str, list[Said]]
) -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = []
    for entry in entries:
        entry.said = said.get(entry.key, [])  # type: ignore[attr-defined]
        day = timezone.localtime(entry.at).date()
        if not days or days[-1]["day"] != day:
            days.append({"day": day, "label": day_words(day, today), "entries": []})
        days[-1]["entries"].append(entry)
    return days


def day_words(day: date, today: date) -> str:
    """ "Today", "Yesterday", "Tuesday 17 November", with the year where it is another one."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    return f"{day:%A %-d %B}" if day.year == today.year else f"{day:%A %-d %B %Y}"


def what_changed(access: Access, customer: Customer, version: int) -> dict[str, Any] | None:
    """Which other person changed the customer after `version`, when, in words what: see _changed.html."""
    change = records.changes_since(customer, version, but_not_by=access.actor)
    if change is None:
        return None
    who = names_of_actors([change.actor]).get(change.actor, "Somebody")
    words = "; ".join(
        f"{label(field)} was {_value(before)}, is {_value(after)}"
        for field, (before, after) in change.fields.items()
    )
    return {"who": who, "when": change.at, "words": words or "it was saved again"}


def label(field: str) -> str:
    """A field's name for people."""
    known = dict(ATTRIBUTES) | {
        "name": "Name",
        "acts_for_id": "Acts for",
        "manual_status": "Status set by hand",
    }
    return known.get(field, field.removesuffix("_id").replace("_", " ").capitalize())


def _value(value: Any) -> str:
    return str(value) if value not in (None, "") else "empty"
