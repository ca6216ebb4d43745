"""A regime as it is asked: a country's rules with those of the state or member state in front of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from privacy.policy.facts import CHANNELS
from privacy.policy.rows import (
    PROFILING,
    AgeRow,
    BasisRow,
    CapRow,
    ContentRow,
    FreshnessRow,
    HoursRow,
    ListRow,
    RecordRow,
    RefusalRow,
    Row,
)

Kind = TypeVar("Kind", bound=Row)
PLACES = (*CHANNELS, PROFILING)
ByChannel = Mapping[str, tuple[Kind, ...]]


class Source(Protocol):
    """A regime, as `privacy.policy.regimes` reads it."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def rank(self) -> int: ...
    @property
    def rows(self) -> Mapping[str, tuple[Row, ...]]: ...


@dataclass(frozen=True, slots=True)
class Applying:
    """Rows by channel, ready to ask. `beside`: only demands more, another regime answers for the basis."""

    code: str
    name: str
    rank: int
    beside: bool
    bases: ByChannel[BasisRow]
    hours: ByChannel[HoursRow]
    caps: ByChannel[CapRow]
    refusals: ByChannel[RefusalRow]
    content: ByChannel[ContentRow]
    lists: ByChannel[ListRow]
    records: ByChannel[RecordRow]
    ages: tuple[AgeRow, ...]
    sharing_ages: tuple[AgeRow, ...]
    freshness: tuple[FreshnessRow, ...]

    def basis_row(self, channel: str, automated: bool, today: date) -> BasisRow | None:
        for row in self.bases.get(channel, ()):
            if row.automated in (None, automated) and row.in_force(today):
                return row
        return None

    def needs_record(self, kind: str, today: date) -> bool:
        """Whether a consent to calls by such a person needs a documentation record beside its evidence."""
        return any(kind in row.kinds and row.in_force(today) for row in self.records["phone"])

    def age_of_consent(self, today: date) -> int:
        return next((row.age for row in self.ages if row.in_force(today)), 0)


def combine(
    first: Source | None,
    second: Source | None = None,
    *,
    code: str = "",
    member: AgeRow | None = None,
    beside: bool = False,
    fallback: Source | None = None,
) -> Applying:
    """The rules of `first` in front of those of `second`, the country it belongs to. A basis or an age is
    the first that is in force; hours, caps, content and the rest add up."""
    parts = [part for part in (first, second) if part is not None]
    ages = [row for part in parts[:-1] for row in part.rows["ages"]]
    ages += [*([member] if member else ()), *parts[-1].rows["ages"]]
    if fallback is not None and not beside:
        ages += fallback.rows["ages"]

    def rows(kind: str) -> list[Row]:
        return [row for part in parts for row in part.rows[kind]]

    def by_channel(kind: str) -> dict[str, tuple[Row, ...]]:
        found = rows(kind)
        return {place: tuple(row for row in found if place in row.channels) for place in PLACES}

    return Applying(
        code=code or parts[0].code,
        name=parts[0].name,
        rank=parts[-1].rank,
        beside=beside,
        ages=tuple(ages),  # type: ignore[arg-type]  # each kind was read by its own reader
        sharing_ages=tuple(rows("sharing_ages")),  # type: ignore[arg-type]
        freshness=tuple(rows("freshness")),  # type: ignore[arg-type]
        **{
            kind: by_channel(kind)  # type: ignore[arg-type]
            for kind in ("bases", "hours", "caps", "refusals", "content", "lists", "records")
        },
    )
