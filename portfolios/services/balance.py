"""Spread customers among portfolios so that number, value or work come out even: pure, and the same every time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Measure(StrEnum):
    """What is to come out even."""

    CUSTOMERS = "customers"
    VALUE = "value"
    """Lifetime value, minor units; who has none weighs nothing."""
    WORKLOAD = "workload"
    """Expected orders a year, or minutes a year: see `portfolios.selectors.balance.workload_unit`."""


@dataclass
class Load:
    """What one portfolio carries."""

    customers: int = 0
    value: float = 0
    workload: float = 0

    def take(self, candidate: "Candidate") -> None:
        self._change(candidate, 1)

    def give(self, candidate: "Candidate") -> None:
        self._change(candidate, -1)

    def _change(self, candidate: "Candidate", sign: int) -> None:
        self.customers += sign
        self.value += sign * candidate.value
        self.workload += sign * candidate.workload

    def of(self, measure: Measure) -> float:
        return self.customers if measure is Measure.CUSTOMERS else getattr(self, measure.value)


Loads = dict[UUID, Load]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may go to one of `choices`; `home` is where they are (None: nowhere yet)."""

    customer_id: UUID
    home: UUID | None
    choices: tuple[UUID, ...]
    value: float = 0
    workload: float = 0

    def weight(self, measure: Measure) -> float:
        return 1 if measure is Measure.CUSTOMERS else getattr(self, measure.value)


def spread(
    candidates: Iterable[Candidate], loads: Loads, *, measure: Measure, limit: int | None = None
) -> dict[UUID, UUID]:
    """customer -> one of their choices: the heaviest first, each to whoever carries least.

    `loads` is what the portfolios carry without the candidates; it is brought up to date. `limit` is how many
    customers a portfolio may have: who finds every choice full stays at home and is left out.
    """
    found: dict[UUID, UUID] = {}
    for candidate in sorted(candidates, key=lambda one: (-one.weight(measure), one.customer_id)):
        chosen = _lightest(candidate.choices, loads, measure, limit)
        if chosen is not None:
            found[candidate.customer_id] = chosen
        goes_to = chosen or candidate.home
        if goes_to is not None:
            loads.setdefault(goes_to, Load()).take(candidate)
    return found


def _lightest(choices: Sequence[UUID], loads: Loads, measure: Measure, limit: int | None) -> UUID | None:
    """The choice that carries least; of equals the one with fewer customers, then the first."""
    best, best_at = None, (0.0, 0)
    for choice in choices:
        load = loads.setdefault(choice, Load())
        if limit is not None and load.customers >= limit:
            continue
        at = (load.of(measure), load.customers)
        if best is None or at < best_at:
            best, best_at = choice, at
    return best
