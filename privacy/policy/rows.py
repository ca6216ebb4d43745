"""The rows of a regime: each with the days it is in force, its source, and how sure we are of it.

`sure`: S the source was read, S2 a secondary source, K from general knowledge. `since` is the first day, `to`
the first day no more; none means as far as this policy looks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from privacy.policy.facts import CHANNELS
from privacy.policy.shapes import Read, clock, day, flag, many, name, one_of, optional, record, renamed, whole

PROFILING = "profiling"
"""In place of a channel: the question whether a person may be profiled at all."""
SURE = ("S", "S2", "K")
FULL_DAY = 24 * 60
LISTED_MONTHS = whole(1, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    source: str
    sure: str
    since: date | None = None
    to: date | None = None
    channels: frozenset[str] = frozenset()

    def in_force(self, today: date) -> bool:
        return (self.since is None or self.since <= today) and (self.to is None or today < self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One ground on which a message may stand; `kind` names the code in `privacy.policy.basis`."""

    kind: str
    purchase_months: int = 0
    inquiry_months: int = 0
    contract: bool = False
    listed: str | None = None
    unless_listed: str | None = None
    address_sources: tuple[str, ...] = ()
    collected_since: date | None = None
    not_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRow(Row):
    """The bases of a cell, tried in order. `says`: the reason where none holds, instead of a closer one."""

    bases: tuple[Basis, ...]
    automated: bool | None = None
    says: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRow(Row):
    age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRow(Row):
    """Minutes of the recipient's day, from inside, to outside. Holidays: fixed MM-DD, and days from Easter."""

    spans: tuple[tuple[int, int], ...]
    weekdays: frozenset[int] = frozenset(range(1, 8))
    fixed_holidays: tuple[str, ...] = ()
    easter_holidays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRow(Row):
    """At most `count` marketing attempts on these channels together: dated later than today less `days`, or
    in the last `hours`."""

    count: int
    days: int = 0
    hours: int = 0
    same_subject: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow(Row):
    """No attempt for so many days after a refusal on these channels."""

    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow(Row):
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessRow(Row):
    """What was once given counts so many months after the person's last contact."""

    months: int
    not_with_contract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow(Row):
    """A national list, and the relationship that exempts from it."""

    list: str
    purchase_months: int = 0
    inquiry_months: int = 0
    contract: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow(Row):
    """A consent on these channels by these kinds of person needs a documentation record beside its evidence."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow(Row):
    value: int


BASIS_KINDS = (
    "consent",
    "written_agreement",
    "soft_opt_in",
    "charity_soft_opt_in",
    "corporate_subscriber",
    "legitimate_interest",
    "business_relationship",
    "ongoing_contract",
    "implied",
    "opt_out",
)
KINDS_OF_PERSON = ("consumer", "sole_trader", "company_contact")
_DATED: dict[str, Read] = {
    "from": optional(day),
    "to": optional(day),
    "source": name,
    "sure": one_of(*SURE),
    "channels": many(one_of(*CHANNELS, PROFILING), at_least=1),
}


def _row(make: Callable[..., Row], fields: dict[str, Read], *, required: tuple[str, ...] = ()) -> Read:
    def build(**given: Any) -> Row:
        if "channels" in given:
            given["channels"] = frozenset(given["channels"])
        return make(**given)

    read = record(
        _DATED | fields,
        required=("from", "source", "sure", *required),
        make=renamed(build, **{"from": "since", "try": "bases"}),
    )

    def checked(value: Any, place: str, problems: list[str]) -> Any:
        row = read(value, place, problems)
        if row is not None and row.since and row.to and row.to <= row.since:
            problems.append(f"{place}.to: must be after from")
        if isinstance(row, CapRow) and bool(row.days) == bool(row.hours):
            problems.append(f"{place}: a cap counts in days or in hours, one of them")
        return row

    return checked


_read_long_basis = record(
    {
        "basis": one_of(*BASIS_KINDS),
        "purchase_months": LISTED_MONTHS,
        "inquiry_months": LISTED_MONTHS,
        "contract": flag,
        "list": name,
        "unless_listed": name,
        "address_sources": many(one_of("sale", "negotiation", "charity_support", "other"), at_least=1),
        "collected_since": day,
        "not_for": many(name),
    },
    required=["basis"],
    make=renamed(Basis, basis="kind", list="listed"),
)
NEEDED = {
    "soft_opt_in": ("address_sources",),
    "charity_soft_opt_in": ("collected_since",),
    "business_relationship": ("listed",),
}


def _read_basis(value: Any, place: str, problems: list[str]) -> Basis | None:
    """A word, or an object where the ground has terms of its own."""
    basis: Basis | None = _read_long_basis(
        {"basis": value} if isinstance(value, str) else value, place, problems
    )
    for field in NEEDED.get(basis.kind, ()) if basis else ():
        if not getattr(basis, field):
            problems.append(f"{place}: {basis.kind if basis else ''} needs {field}")
    return basis


def _span(value: Any, place: str, problems: list[str]) -> tuple[int, int]:
    """Two times of one day, the first before the second; 24:00 ends the day."""
    if not isinstance(value, list) or len(value) != 2:
        problems.append(f'{place}: must be two times of day such as ["08:00", "21:00"]')
        return (0, FULL_DAY)
    opens, closes = (clock(item, f"{place}[{i}]", problems) for i, item in enumerate(value))
    start, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute or FULL_DAY
    if start >= end:
        problems.append(f"{place}: the first time must be before the second")
    return (start, end)


def _holiday(value: Any, place: str, problems: list[str]) -> str:
    day(f"2000-{value}", place, problems)
    return str(value)


def _hours(*, holidays: Any = None, weekdays: Any = range(1, 8), spans: Any, **given: Any) -> HoursRow:
    return HoursRow(**given, **(holidays or {}), weekdays=frozenset(weekdays), spans=tuple(sorted(spans)))


_holidays = record(
    {"fixed": many(_holiday), "easter": many(whole(-60, 120))},
    make=renamed(dict, fixed="fixed_holidays", easter="easter_holidays"),
)
ROWS: dict[str, Read] = {
    "bases": many(
        _row(
            BasisRow,
            {"try": many(_read_basis), "automated": flag, "says": name},
            required=("channels", "try"),
        )
    ),
    "ages": many(_row(AgeRow, {"age": whole(1, 30)}, required=("age",))),
    "sharing_ages": many(_row(AgeRow, {"age": whole(1, 30)}, required=("age",))),
    "hours": many(
        _row(
            _hours,
            {
                "spans": many(_span, at_least=1),
                "weekdays": many(whole(1, 7), at_least=1),
                "holidays": _holidays,
            },
            required=("channels", "spans"),
        )
    ),
    "caps": many(
        _row(
            CapRow,
            {
                "count": whole(1, 10_000),
                "days": whole(1, 3660),
                "hours": whole(1, 24 * 366),
                "same_subject": flag,
            },
            required=("channels", "count"),
        )
    ),
    "refusals": many(_row(RefusalRow, {"days": whole(1, 3660)}, required=("channels", "days"))),
    "content": many(
        _row(
            ContentRow,
            {"needs": many(one_of("sender_identity", "postal_address", "opt_out"), at_least=1)},
            required=("channels", "needs"),
        )
    ),
    "freshness": many(
        _row(
            FreshnessRow,
            {"months": whole(1, 600), "not_with_contract": flag},
            required=("months",),
        )
    ),
    "lists": many(
        _row(
            ListRow,
            {
                "list": name,
                "purchase_months": LISTED_MONTHS,
                "inquiry_months": LISTED_MONTHS,
                "contract": flag,
            },
            required=("channels", "list"),
        )
    ),
    "records": many(
        _row(
            RecordRow,
            {"kinds": many(one_of(*KINDS_OF_PERSON), at_least=1)},
            required=("channels", "kinds"),
        )
    ),
}
read_number = _row(NumberRow, {"value": whole(0, 10_000)}, required=("value",))
