"""What somebody may grant a customer on the spot: the rules in force, less what was given already."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from interactions.models import Grant
from interactions.rule_kinds import KIND
from rules.deciding import Line, book_in_force
from rules.language.closures import predicate
from rules.selectors.records import read_records
from tenancy.access import Access
from tenancy.models import TenantProfile
from tenancy.money import money_text, to_minor

YEAR: Final = timedelta(days=365)


@dataclass(frozen=True)
class Limit:
    """One limit: how much it is, and how much of it is gone (minor units)."""

    key: str
    most: int
    gone: int

    @property
    def left(self) -> int:
        return max(self.most - self.gone, 0)


@dataclass(frozen=True)
class May:
    """What one kind of grant may cost now, and by which rule. `limits` say why it is no more."""

    kind: str
    limits: tuple[Limit, ...]
    version_id: UUID | None
    rule_id: str
    rule_name: str

    @property
    def most(self) -> int:
        """Minor units that may be granted now."""
        return min(limit.left for limit in self.limits)

    @property
    def binding(self) -> Limit:
        """The limit that leaves the least."""
        return min(self.limits, key=lambda limit: limit.left)

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule_name,
            **{one.key: {"most": one.most, "gone": one.gone} for one in self.limits},
        }


@dataclass(frozen=True)
class Authority:
    """Kind of grant -> what may be given; a kind that no rule names may only be asked for."""

    by_kind: Mapping[str, May]
    currency: str

    def covers(self, kind: str, amount: int) -> bool:
        may = self.by_kind.get(kind)
        return may is not None and amount <= may.most

    def why_not(self, kind: str, amount: int) -> str:
        """Why this has to be asked for; "" where it need not."""
        may = self.by_kind.get(kind)
        if may is None:
            return "No rule lets your role give this on its own."
        if amount <= may.most:
            return ""
        limit = may.binding
        words = {"contact_most": "in one contact", "customer_most": "to this customer in a year",
                 "month_most": "by you this month"}  # fmt: skip
        most = f"{money_text(limit.most, self.currency)} at most {words[limit.key]}"
        return (
            f"{most}, {money_text(limit.gone, self.currency)} of it is given." if limit.gone else f"{most}."
        )


def authority_of(access: Access, customer_id: UUID) -> Authority:
    """What whoever asks may grant this customer now."""
    book = book_in_force(KIND)
    lines = [line for line in book.lines if _is_for(line, access.role.id)]
    records = read_records([line.node for line in lines], [customer_id], book.setting)
    record = records.get(customer_id)
    held = [] if record is None else [line for line in lines if predicate(line.node, book.setting)(record)]
    profile = TenantProfile.objects.get()
    return Authority(
        {kind: _may(access, customer_id, kind, line, profile) for kind, line in _first(held).items()},
        profile.currency,
    )


def _is_for(line: Line, role_id: UUID) -> bool:
    roles = line.said.outcome.get("roles")
    return not roles or str(role_id) in roles


def _first(lines: Iterable[Line]) -> dict[str, Line]:
    """Kind of grant -> the first rule that names it."""
    found: dict[str, Line] = {}
    for line in lines:
        for kind in line.said.outcome["kinds"]:
            found.setdefault(kind, line)
    return found


def _may(access: Access, customer_id: UUID, kind: str, line: Line, profile: TenantProfile) -> May:
    outcome = line.said.outcome
    given = Grant.objects.filter(kind__in=outcome["kinds"], state=Grant.State.GIVEN)
    gone: dict[str, Callable[[], int]] = {
        "contact_most": lambda: 0,
        "customer_most": lambda: _sum(
            given.filter(customer_id=customer_id, decided_at__gt=timezone.now() - YEAR)
        ),
        "month_most": lambda: _sum(given.filter(author=access.actor, asked_at__gte=_first_of_month(profile))),
    }
    limits = tuple(
        Limit(key, to_minor(Decimal(str(outcome[key])), profile.currency), count())
        for key, count in gone.items()
        if outcome.get(key) is not None
    )
    return May(kind, limits, line.said.version_id, line.said.rule_id, line.said.rule_name)


def _sum(grants: QuerySet[Grant]) -> int:
    return int(grants.aggregate(sum=Coalesce(Sum("amount"), 0))["sum"])


def _first_of_month(profile: TenantProfile) -> Any:
    now = timezone.now().astimezone(ZoneInfo(profile.time_zone))
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
