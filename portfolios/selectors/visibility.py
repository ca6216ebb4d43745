"""Who can see a customer, and why: the other side of the predicate in `scope`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from portfolios.models import Portfolio
from tenancy.models import Delegation, Member, Role

SEES: Final = "crm.view_customer"
SERVES: Final = "crm.open_service_card"


@dataclass(frozen=True)
class Viewer:
    """One member who can open the record, or only the service card, with the reason in words."""

    name: str
    role: str
    reason: str
    card_only: bool = False


def viewers_of(portfolio: Portfolio) -> list[Viewer]:
    """Everybody who can see the customers of this portfolio today; those nearest to it first."""
    members = list(
        Member.objects.select_related("role", "unit", "user")
        .filter(left_at=None, user__is_active=True)
        .order_by("name")
    )
    absent = _stand_ins(member for member in members if member.id == portfolio.manager_id)
    found = [_viewer(member, portfolio, absent) for member in members]
    ranked = sorted((entry for entry in found if entry), key=lambda entry: entry[0])
    return [viewer for _, viewer in ranked]


def _stand_ins(managers: Iterable[Member]) -> dict[object, str]:
    """Delegates of the manager today: member -> until when, in words."""
    now = timezone.now()
    rows = Delegation.objects.filter(member__in=list(managers), starts_at__lte=now, ends_at__gt=now)
    return {row.delegate_id: f"{timezone.localtime(row.ends_at):%-d %b %Y}" for row in rows}


def _viewer(member: Member, portfolio: Portfolio, stand_ins: dict[object, str]) -> tuple[int, Viewer] | None:
    role = member.role
    if SEES in role.permissions and (found := _reason(member, portfolio, stand_ins)):
        return found[0], Viewer(member.name, role.name, found[1])
    if SERVES in role.permissions:
        return 9, Viewer(
            member.name, role.name, "only the service card, and each look is logged", card_only=True
        )
    return None


def _reason(member: Member, portfolio: Portfolio, stand_ins: dict[object, str]) -> tuple[int, str] | None:
    """Rank and words, or None where the scope does not reach the portfolio."""
    scope = member.role.scope
    if scope == Role.Scope.NONE:
        return None
    if portfolio.manager_id == member.id:
        return 0, "answers for this customer"
    if member.id in stand_ins:
        manager = portfolio.manager.name if portfolio.manager else "the manager"
        return 1, f"stands in for {manager} until {stand_ins[member.id]}"
    if scope == Role.Scope.OWN_UNIT and _in_unit(member, portfolio):
        assert portfolio.unit is not None
        return 2, f"the role reaches the unit {portfolio.unit.name}"
    if scope == Role.Scope.ALL:
        return 3, "the role reaches all customers"
    return None


def _in_unit(member: Member, portfolio: Portfolio) -> bool:
    if member.unit is None or portfolio.unit is None:
        return False
    return portfolio.unit.path.startswith(member.unit.path)
