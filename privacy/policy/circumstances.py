"""Where and when: the regimes that apply, and what they say at one moment in every zone the person may be in.

Nothing of this depends on the person beyond where they live, so a batch works it out once for all who live there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, TypeVar

from privacy.policy.applying import Applying
from privacy.policy.dates import months_before, offset_of, zone_named
from privacy.policy.facts import Facts, as_utc
from privacy.policy.regimes import Policy
from privacy.policy.rows import AgeRow, BasisRow, CapRow, FreshnessRow, ListRow, RefusalRow
from privacy.policy.windows import Window

Found = TypeVar("Found")
Bases = tuple[tuple[Applying, tuple[tuple["Clock", BasisRow | None], ...]], ...]
"""For each regime, and each clock: the row that says on what a message may stand, or None."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in one plausible zone of the recipient."""

    zone: tzinfo
    local: datetime
    today: date

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


class Circumstances:
    """What holds for one place and moment. Each question is worked out when it is first asked."""

    __slots__ = ("_known", "clocks", "policy", "regimes")

    def __init__(self, policy: Policy, regimes: tuple[Applying, ...], clocks: tuple[Clock, ...]) -> None:
        self.policy, self.regimes, self.clocks = policy, regimes, clocks
        self._known: dict[Any, Any] = {}

    def _once(self, make: Callable[..., Found], *asked: Any) -> Found:
        key = (make.__name__, *asked)
        found: Found | None = self._known.get(key)
        if found is None:
            found = self._known[key] = make(*asked)
        return found

    def bases(self, place: str, automated: bool) -> Bases:
        return self._once(self._bases, place, automated)

    def _bases(self, place: str, automated: bool) -> Bases:
        return tuple(
            (regime, tuple((clock, regime.basis_row(place, automated, clock.today)) for clock in self.clocks))
            for regime in self.regimes
        )

    def caps(self, channel: str) -> tuple[tuple[CapRow, Clock], ...]:
        return self._once(self._in_force, "caps", channel)

    def lists(self, channel: str) -> tuple[tuple[ListRow, Clock], ...]:
        return self._once(self._in_force, "lists", channel)

    def refusals(self, channel: str) -> tuple[tuple[RefusalRow, Clock], ...]:
        return self._once(self._in_force, "refusals", channel)

    def _in_force(self, kind: str, channel: str) -> tuple[tuple[Any, Clock], ...]:
        """Each row with each clock on whose day it is in force."""
        return tuple(
            (row, clock)
            for regime in self.regimes
            for row in getattr(regime, kind)[channel]
            for clock in self.clocks
            if row.in_force(clock.today)
        )

    def needs_record(self, kind: str) -> bool:
        """Whether a consent to calls by such a person needs a documentation record."""
        return self._once(self._needs_record, kind)

    def _needs_record(self, kind: str) -> bool:
        return any(r.needs_record(kind, clock.today) for r in self.regimes for clock in self.clocks)

    def needs(self, channel: str) -> tuple[str, ...]:
        """What house and law want a message to carry, in the order of the alphabet."""
        return self._once(self._needs, channel)

    def _needs(self, channel: str) -> tuple[str, ...]:
        house = [row for row in self.policy.house.content if channel in row.channels]
        ours = {
            need for row in house for need in row.needs if any(row.in_force(c.today) for c in self.clocks)
        }
        law = {need for row, _ in self._in_force("content", channel) for need in row.needs}
        return tuple(sorted(ours | law))

    def age_of_consent(self) -> int:
        """The highest of the applying regimes."""
        return self._once(self._age_of_consent)

    def _age_of_consent(self) -> int:
        return max((r.age_of_consent(clock.today) for r in self.regimes for clock in self.clocks), default=0)

    def age_of_sharing(self) -> int:
        return self._once(self._age_of_sharing)

    def _age_of_sharing(self) -> int:
        rows: list[AgeRow] = [row for regime in self.regimes for row in regime.sharing_ages]
        return max((r.age for r in rows for clock in self.clocks if r.in_force(clock.today)), default=0)

    def freshness(self) -> tuple[tuple[str, FreshnessRow, Clock, date], ...]:
        """Code of the regime, row, clock, and the first day that is not too long ago."""
        return self._once(self._freshness)

    def _freshness(self) -> tuple[tuple[str, FreshnessRow, Clock, date], ...]:
        return tuple(
            (regime.code, row, clock, months_before(clock.today, row.months))
            for regime in self.regimes
            for row in regime.freshness
            for clock in self.clocks
            if row.in_force(clock.today)
        )

    def hours(self, channel: str) -> tuple[Window, ...]:
        return self._once(self._hours, channel)

    def _hours(self, channel: str) -> tuple[Window, ...]:
        return tuple(Window(row=row) for regime in self.regimes for row in regime.hours[channel])

    def inside(self, channel: str) -> tuple[bool, ...]:
        """For each clock: is it within all lawful hours there?"""
        return self._once(self._inside, channel)

    def _inside(self, channel: str) -> tuple[bool, ...]:
        windows = self.hours(channel)
        return tuple(all(window.holds(clock.local) for window in windows) for clock in self.clocks)


class Atlas:
    """The circumstances of one policy that were worked out so far: for a batch, then to be let go."""

    __slots__ = ("_known", "_policy")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._known: dict[tuple[Any, ...], Circumstances] = {}

    def circumstances(self, facts: Facts) -> Circumstances:
        """ValueError for an unknown zone. Moments that are equal may differ in their offset, and so in their day."""
        person, country = facts.person, facts.sender.country
        key = (facts.now, facts.now.utcoffset(), person.time_zones, person.residences, country)
        found = self._known.get(key)
        if found is None:
            regimes = self._policy.applying(person.residences, country)
            found = self._known[key] = Circumstances(self._policy, regimes, _clocks(facts))
        return found


def _clocks(facts: Facts) -> tuple[Clock, ...]:
    """One for each plausible zone; the offset of `now` where none is known."""
    zones: list[tzinfo] = [zone_named(name) for name in sorted(set(facts.person.time_zones))]
    return tuple(_clock(zone, as_utc(facts.now)) for zone in zones or [offset_of(facts.now)])


def _clock(zone: tzinfo, now: datetime) -> Clock:
    local = now.astimezone(zone)
    return Clock(zone, local, local.date())
