"""Cases for lists and pages: whose they are, what is due when, and why they weigh what they weigh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from crm.services.summaries import tenant_today
from interactions.models import (
    BusinessCalendar,
    Case,
    CaseKind,
    CaseStep,
    CaseWords,
    Interaction,
    ServiceLevel,
)
from interactions.services.cases import REOPEN_DAYS
from portfolios.models import Portfolio
from tenancy.access import Access
from tenancy.models import Member
from tenancy.selectors.keyset import BadPosition, Order, Position, position_of, read_slice

PAGE: Final = 50
MINE, OWN, ALL, RESOLVED = "mine", "own", "all", "resolved"
MOST_IN_PART: Final = 5
PRIORITIES: Final = {1: "Urgent", 2: "High", 3: "Normal", 4: "Can wait"}
_BY_DUE: Final = Order("due_at", "id", nullable=True)
_NEWEST: Final = Order("opened_at", "id", descending=True)


def visible_cases(access: Access) -> QuerySet[Case]:
    """Those of customers in the scope, wherever the customer was when they were opened."""
    rows = Case.objects.select_related("customer__summary", "kind__calendar", "member").filter(
        customer__trashed_at=None
    )
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_case(access: Access, case_id: UUID) -> Case | None:
    return visible_cases(access).filter(id=case_id).first()


def _own_portfolios(access: Access) -> list[UUID]:
    rows = Portfolio.objects.filter(manager_id__in=access.covers, closed_at=None)
    return list(rows.values_list("id", flat=True))


def is_mine(access: Access) -> Q:
    """Given to this member, or to nobody in a portfolio they manage or stand in for."""
    of_portfolio = Q(member=None, customer__summary__portfolio_id__in=_own_portfolios(access))
    return Q(member_id__in=access.covers) | of_portfolio


def escalated_to(access: Access) -> list[Case]:
    """Open cases near a limit or past it that this member was told of, what is due first; 20 at most."""
    if not access.may("interactions.view") or access.member is None:
        return []
    told = CaseStep.objects.filter(
        kind=CaseStep.Kind.ESCALATED, told__contains=[access.member.id], case__state=Case.State.OPEN,
        case__escalation__gt=0,
    )  # fmt: skip
    mine = is_mine(access) | Q(escalation=Case.PAST, id__in=told.values("case_id"))
    rows = visible_cases(access).filter(mine, state=Case.State.OPEN, escalation__gt=0)
    return list(rows.order_by("due_at", "id")[:20])


@dataclass(frozen=True)
class CaseLine:
    """A case for people. `tone` is bad past its limit, warn near it."""

    case: Case
    url: str
    customer_url: str
    who: str
    state: str
    due: str
    tone: str
    priority: str


@dataclass(frozen=True)
class CasePage:
    """`later`, `earlier`: cursors, empty where there is nothing more."""

    lines: list[CaseLine]
    later: str
    earlier: str


def lists_for(access: Access) -> list[tuple[str, str]]:
    """(key, words) of the lists that this member has."""
    own = [(OWN, "My portfolios")] if _own_portfolios(access) else []
    return [(MINE, "Mine"), *own, (ALL, "All I see"), (RESOLVED, "Resolved")]


def case_page(access: Access, *, which: str, cursor: str = "", priority: int = 0) -> CasePage:
    """A page of a list: open ones by when they are due, those that wait last; resolved ones newest first."""
    rows = visible_cases(access)
    is_open = ~Q(state=Case.State.RESOLVED)
    wanted = {
        MINE: lambda: is_open & is_mine(access),
        OWN: lambda: is_open & Q(customer__summary__portfolio_id__in=_own_portfolios(access)),
        ALL: lambda: is_open,
        RESOLVED: lambda: Q(state=Case.State.RESOLVED),
    }[which]()
    rows = rows.filter(wanted, priority=priority) if priority else rows.filter(wanted)
    order = _NEWEST if which == RESOLVED else _BY_DUE
    backwards, at = cursor.startswith("b"), None
    try:
        at = Position.decode(cursor[1:], order, Case) if cursor else None
    except BadPosition:
        backwards = False
    found = read_slice(rows, order, size=PAGE, at=at, backwards=backwards)
    names = manager_names(case.customer.summary.portfolio_id for case in found.rows)
    return CasePage(
        [line_of(access, case, names) for case in found.rows],
        f"f{position_of(found.rows[-1], order).encode()}" if found.rows and found.has_next else "",
        f"b{position_of(found.rows[0], order).encode()}" if found.rows and found.has_previous else "",
    )


def manager_names(portfolio_ids: Any) -> dict[UUID, str]:
    """Portfolio's id -> who manages it, or the portfolio's own name."""
    rows = Portfolio.objects.select_related("manager").filter(id__in=set(portfolio_ids))
    return {row.id: row.manager.name if row.manager else row.name for row in rows}


def line_of(access: Access, case: Case, names: Mapping[UUID, str]) -> CaseLine:
    slug = access.tenant.slug
    return CaseLine(
        case=case,
        url=reverse("case", args=[slug, case.id]),
        customer_url=reverse("customer", args=[slug, case.customer_id]),
        who=who_works(case, names),
        state=state_words(case),
        due=due_words(access, case),
        tone=tone_of(case),
        priority=PRIORITIES[case.priority],
    )


def who_works(case: Case, names: Mapping[UUID, str]) -> str:
    if case.member:
        return case.member.name
    return names.get(case.customer.summary.portfolio_id or case.portfolio_id, "")


def state_words(case: Case) -> str:
    if case.state != Case.State.OPEN:
        return case.get_state_display()
    return "answered" if case.answered_at else "to be answered"


def tone_of(case: Case) -> str:
    if case.due_at is None:
        return ""
    if case.due_at <= timezone.now():
        return "bad"
    return "warn" if case.escalation else ""


def due_words(access: Access, case: Case) -> str:
    """The limit that counts, on the company's clock: "today 11:45", "Tue 11:45", "1 Sep 11:45"."""
    if case.state == Case.State.RESOLVED:
        return moment_words(access, case.resolved_at)
    return moment_words(access, case.due_at) if case.due_at else "the clock stands"


def moment_words(access: Access, at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(access.profile.time_zone))
    return f"{_day_words(local.date(), tenant_today(access.profile))} {local:%H:%M}"


def _day_words(day: date, today: date) -> str:
    days = (day - today).days
    if days in (-1, 0, 1):
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}[days]
    if 0 < days < 7:
        return f"{day:%a}"
    return f"{day:%a} {day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def steps_of(case: Case) -> list[CaseStep]:
    """What happened, the newest first, each with its words."""
    words = Prefetch("words", queryset=CaseWords.objects.all())
    return list(CaseStep.objects.filter(case=case).prefetch_related(words).order_by("-at", "-id")[:500])


def may_reopen(case: Case) -> bool:
    at = case.resolved_at
    return at is not None and timezone.now() - at <= timedelta(days=REOPEN_DAYS)


def open_cases_of(customer: Customer) -> list[Case]:
    rows = Case.objects.filter(customer=customer).exclude(state=Case.State.RESOLVED)
    found = rows.select_related("customer__summary", "kind", "member").order_by("due_at", "id")
    return list(found[: MOST_IN_PART + 1])


def _new_url(access: Access, customer: Customer) -> str:
    may = access.may("interactions.log") and customer.trashed_at is None
    return reverse("case_new", args=[access.tenant.slug, customer.id]) if may else ""


def cases_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Open cases beside the timeline; None where this member may not read cases."""
    if not access.may("interactions.view"):
        return None
    cases = open_cases_of(customer)
    names = manager_names([customer.summary.portfolio_id])
    return {
        "case_lines": [line_of(access, case, names) for case in cases[:MOST_IN_PART]],
        "more": len(cases) > MOST_IN_PART, "new_url": _new_url(access, customer),
        "all_url": reverse("cases", args=[access.tenant.slug]) + "?list=all",
    }  # fmt: skip


def cases_on_card(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Number, subject and state of what is open, for whoever serves them; no clock, no priority."""
    if not (access.may("interactions.log") or access.may("interactions.view")):
        return None
    cases = open_cases_of(customer)[:MOST_IN_PART]
    if not cases and not _new_url(access, customer):
        return None
    lines = [{"number": case.number, "subject": case.subject, "state": state_words(case)} for case in cases]
    return {"case_rows": lines, "new_url": _new_url(access, customer)}


def case_kinds(*, archived: bool = False) -> list[CaseKind]:
    rows = CaseKind.objects.select_related("calendar").filter(archived_at__isnull=not archived)
    return list(rows.order_by("position", "name"))


def case_kind(kind_id: UUID) -> CaseKind | None:
    return CaseKind.objects.select_related("calendar").filter(id=kind_id).first()


def case_interaction(interaction_id: UUID) -> Interaction | None:
    """The contact in which a case came up; whether it was with the same customer, the service asks."""
    return Interaction.objects.filter(id=interaction_id).first()


def calendars() -> list[BusinessCalendar]:
    return list(BusinessCalendar.objects.filter(archived_at=None).order_by("-is_default", "name"))


def calendar_here(calendar_id: UUID) -> BusinessCalendar | None:
    return BusinessCalendar.objects.filter(id=calendar_id, archived_at=None).first()


def service_levels() -> list[ServiceLevel]:
    return list(ServiceLevel.objects.order_by("priority"))


def workers(access: Access, case: Case) -> list[tuple[str, str]]:
    """Members to whom it may be given: here, with a role that reads cases. Who cannot reach the customer is refused."""
    rows = Member.objects.filter(left_at=None, role__permissions__contains=["interactions.view"])
    found: Sequence[tuple[UUID, str]] = list(rows.order_by("name").values_list("id", "name")[:500])
    return [(str(key), name) for key, name in found]
