"""Tasks of the demo's members, what they may give on the spot, and what they gave."""

from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from config.demo.companies import Shop
from crm.models import Customer, CustomerSummary
from interactions.models import Grant, Task
from interactions.rule_kinds import KIND as AUTHORITY
from interactions.services.authors import author_of
from interactions.services.grants import give_grant
from interactions.services.tasks import make_task
from portfolios.models import Portfolio
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tenancy.access import Access, access_of_member
from tenancy.models import Member, Role, Tenant

# (what, kind, days from today, hour or None for all day, repeats)
TASKS: Final = (
    ("Call about the pre-order", "call", 0, 15, ""),
    ("Send the catalogue with the spring releases", "letter", 1, None, ""),
    ("Ask how the new turntable runs", "call", 4, 10, ""),
    ("Look through who has not ordered since summer", "do", 2, 9, "weekly"),
    ("Write about the damaged sleeve", "do", -1, 17, ""),
)
# (kind, minor units, why)
GRANTS: Final = (
    ("credit", 1000, "The sleeve was torn when it arrived"),
    ("free_delivery", 450, "The parcel came a week late"),
    ("replacement", 1800, "The second disc was scratched"),
    ("credit", 4000, "Third parcel in a row that came damaged"),
)


def seed_work(tenant: Tenant, shop: Shop) -> None:
    """What is not there yet. In the tenant's context."""
    members = {m.user.email: m for m in Member.objects.select_related("user", "role", "unit")}
    administrator = access_of_member(tenant, members[shop.staff[0].email], [])
    if not RuleSet.objects.filter(kind=AUTHORITY).exists():
        _authority(administrator)
    if not Task.objects.exists():
        for portfolio in Portfolio.objects.select_related("manager__user").filter(is_house=False):
            _tasks(tenant, shop, portfolio)
    frontline = next((staff for staff in shop.staff if staff.role == "frontline"), shop.staff[-1])
    if not Grant.objects.exists():
        _grants(access_of_member(tenant, members[frontline.email], []))


def _authority(access: Access) -> None:
    roles = {key: str(pk) for key, pk in Role.objects.values_list("key", "id")}
    content: dict[str, Any] = {
        "rules": [
            _rule("r1", "At the counter", {"roles": [roles["frontline"]], "contact_most": 20, "customer_most": 60,
                                           "month_most": 400, "kinds": ["credit", "free_delivery", "replacement"]}),
            _rule("r2", "Managers", {"roles": [roles["relationship-manager"]], "contact_most": 100,
                                     "customer_most": 250, "kinds": Grant.Kind.values}),
        ],
        "otherwise": None,
    }  # fmt: skip
    made = create_rule_set(
        access=access, kind=AUTHORITY, name="What may be given on the spot", content=content,
        description="Limits for the demo; set your own.",
    )  # fmt: skip
    activate_rules(access=access, rule_set=made, seen=standing_of(made).seen, comment="First version")


def _rule(key: str, name: str, then: dict[str, Any]) -> dict[str, Any]:
    return {"id": key, "name": name, "when": {"all": []}, "then": then, "binding": False}


def _tasks(tenant: Tenant, shop: Shop, portfolio: Portfolio) -> None:
    assert portfolio.manager is not None
    by = author_of(access_of_member(tenant, portfolio.manager, []))
    best = _best(portfolio_id=portfolio.id)[: len(TASKS)]
    zone = ZoneInfo(shop.time_zone)
    today = timezone.now().astimezone(zone).date()
    for number, (subject, kind, days, hour, repeats) in enumerate(TASKS):
        due = datetime.combine(today + timedelta(days=days), time(hour or 12), zone)
        make_task(
            subject=subject, kind=kind, due_at=due, is_all_day=hour is None, repeats=repeats, by=by,
            customer=None if repeats or number >= len(best) else best[number], member=portfolio.manager,
            key=f"demo:{portfolio.id}:{number}",
        )  # fmt: skip


def _grants(access: Access) -> None:
    for number, (customer, (kind, amount, reason)) in enumerate(zip(_best()[20:], GRANTS, strict=False)):
        give_grant(
            access=access, customer=customer, kind=kind, amount=amount, reason=reason, key=f"demo:{number}"
        )


def _best(**of: Any) -> list[Customer]:
    """The most valuable of whom something may be written."""
    rows = CustomerSummary.objects.filter(trashed=False, value__isnull=False, **of).order_by(
        "-value", "customer_id"
    )
    free = rows.exclude(customer__persons__restricted_at__isnull=False)
    return [row.customer for row in free.select_related("customer__summary")[:40]]
