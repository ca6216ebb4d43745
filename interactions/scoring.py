"""How urgent a case is, by a formula that everybody may read. Knows no Django.

The score, 0 to 100, is the sum of five parts:

    severity     0 to 20   as whoever opened it judged: 0, 7, 13 or 20
    kind         0 to 40   the weight of its kind, which the company states
    value        0 to 20   what the customer is worth against the company's average customer
    waiting      0 to 10   5 for each time it was opened again, 5 once a limit has passed
    promises     0 to 10   5 for each promise that is open to them

65 or more is priority 1, 45 or more 2, 25 or more 3, anything else 4. Of whom no value is known, or no profile may be
made, the value part is that of an average customer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

SEVERITY_POINTS: Final = (0, 7, 13, 20)
SEVERITY_WORDS: Final = (
    "a nuisance",
    "something does not work as it should",
    "something important fails",
    "harm",
)
VALUE_BANDS: Final = ((4.0, 20), (2.0, 15), (0.5, 10), (0.1, 5))
"""At least so many times the average customer -> points; below the last, none."""
NEUTRAL: Final = 10
THRESHOLDS: Final = ((1, 65), (2, 45), (3, 25), (4, 0))
"""Priority -> the least score."""
MOST_WAITING: Final = 10
MOST_PROMISES: Final = 10
EACH: Final = 5


@dataclass(frozen=True)
class Standing:
    """What the formula looks at. `times_average` None: not known, or not to be used; `why_no_value` says why."""

    severity: int
    kind: str
    weight: int
    times_average: float | None
    why_no_value: str = ""
    reopened: int = 0
    is_late: bool = False
    open_promises: int = 0


@dataclass(frozen=True)
class Part:
    """One part of a score: `key` for machines, `words` and `points` for people."""

    key: str
    words: str
    points: int

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "words": self.words, "points": self.points}


def parts_of(standing: Standing) -> tuple[Part, ...]:
    """The five parts, in the order in which they are shown."""
    return (
        Part(
            "severity", f"Severity: {SEVERITY_WORDS[standing.severity]}", SEVERITY_POINTS[standing.severity]
        ),
        Part("kind", f"Kind: {standing.kind}", standing.weight),
        _value(standing),
        _waiting(standing),
        _promises(standing.open_promises),
    )


def score_of(parts: Sequence[Part]) -> int:
    return min(sum(part.points for part in parts), 100)


def priority_of(score: int) -> int:
    return next(priority for priority, least in THRESHOLDS if score >= least)


def _value(standing: Standing) -> Part:
    times = standing.times_average
    if times is None:
        why = standing.why_no_value or "not known yet"
        return Part("value", f"Value of the customer: {why}, so it counts as average", NEUTRAL)
    points = next((points for least, points in VALUE_BANDS if times >= least), 0)
    return Part("value", f"Value of the customer: {_times(times)}", points)


def _times(times: float) -> str:
    if times >= 2:
        return f"{min(times, 999):.0f} times that of an average customer"
    return f"{max(times, 0):.0%} of that of an average customer"


def _waiting(standing: Standing) -> Part:
    said = []
    if standing.reopened:
        again = "once" if standing.reopened == 1 else f"{standing.reopened} times"
        said.append(f"opened again {again}")
    if standing.is_late:
        said.append("a limit has passed")
    points = min(EACH * standing.reopened + EACH * standing.is_late, MOST_WAITING)
    return Part(
        "waiting", f"Waiting: {' and '.join(said) or 'no limit has passed, not opened again'}", points
    )


def _promises(count: int) -> Part:
    promises = {0: "none open", 1: "1 open"}.get(count, f"{count} open")
    return Part("promises", f"Promises to them: {promises}", min(EACH * count, MOST_PROMISES))
