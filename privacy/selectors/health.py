"""How the consents stand: the last measurement in sums that open to their lists, and what is wrong or due."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from privacy.models import ConsentEvent
from privacy.models.consent import REFUSALS
from privacy.models.health import ConsentCount, ConsentMeasure
from privacy.policy import CODES

State = ConsentCount.State


@dataclass
class Group:
    """Consents of one purpose, or from one source. `why`: code -> how many are worth nothing for that reason."""

    key: tuple[str, ...]
    provable: int = 0
    stopped: int = 0
    paused: int = 0
    why: Counter[str] = field(default_factory=Counter)

    @property
    def worthless(self) -> int:
        return sum(self.why.values())

    @property
    def consents(self) -> int:
        return self.provable + self.worthless

    @property
    def share(self) -> float | None:
        """Provable among the consents that were not stopped; None: there are none."""
        return self.provable / self.consents if self.consents else None

    @property
    def reasons(self) -> list[tuple[str, str, int]]:
        """(code, meaning, how many), the most frequent first."""
        return [
            (code, CODES[code].meaning if code in CODES else code, n) for code, n in self.why.most_common()
        ]

    def count(self, row: ConsentCount) -> None:
        if row.state == State.GRANTED:
            self.provable += row.customers
        elif row.state == State.CLAIMED:
            self.why[row.code] += row.customers
        elif row.state == State.STOPPED:
            self.stopped += row.customers
        else:
            self.paused += row.customers


def newest_measure() -> ConsentMeasure | None:
    return ConsentMeasure.objects.filter(taken_at__isnull=False).order_by("-taken_at").first()


def shares_over_time(most: int = 60) -> list[float]:
    """The share that can be proved, by measurement, oldest first."""
    rows = ConsentMeasure.objects.filter(taken_at__isnull=False, consents__gt=0).order_by("-taken_at")
    newest = rows.values_list("provable", "consents")[:most]
    return [provable / consents for provable, consents in reversed(newest)]


@dataclass(frozen=True)
class Health:
    """One measurement: in all, by purpose, and by how and where the consents were given."""

    total: Group
    purposes: list[Group]
    sources: list[Group]


def health_of(measure: ConsentMeasure) -> Health:
    rows = list(measure.counts.all())
    total = Group(())
    for row in rows:
        total.count(row)
    purposes = _grouped(rows, "purpose")
    given = [row for row in rows if row.state in (State.GRANTED, State.CLAIMED)]
    return Health(total, purposes, _grouped(given, "method", "source"))


def _grouped(rows: Iterable[ConsentCount], *by: str) -> list[Group]:
    found: dict[tuple[str, ...], Group] = defaultdict()
    for row in rows:
        key = tuple(getattr(row, name) for name in by)
        found.setdefault(key, Group(key)).count(row)
    return sorted(found.values(), key=lambda one: (-one.worthless, -one.consents, one.key))


def stops_since(since: datetime) -> list[tuple[str, str, int]]:
    """(action, method, how many) of what people refused since then, the most frequent first."""
    rows = ConsentEvent.objects.filter(action__in=REFUSALS, recorded_at__gte=since).order_by()
    counted = (
        rows.values_list("action", "method")
        .annotate(times=Count("id"))
        .order_by("-times", "action", "method")
    )
    return list(counted)
