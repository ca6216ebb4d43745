"""The scales of surveys, and what answers say about everybody who was asked. Pure: no database, no clock.

Every figure comes with its interval at 95 %. Below ten answers there is no figure: an interval would cover nearly the
whole scale, and readers would take its middle for the truth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.special import stdtrit

Scores = Mapping[int, int]
"""score -> how many answered it"""

ENOUGH: Final = 10
Z: Final = 1.959963984540054
SCALES: Final[Mapping[str, tuple[int, int]]] = {"csat": (1, 5), "nps": (0, 10), "effort": (1, 7)}
"""kind -> lowest and highest score"""


@dataclass(frozen=True)
class Estimate:
    """`value` with the ends of its interval, in the unit of its kind."""

    value: float
    low: float
    high: float


def scores_of(kind: str) -> range:
    low, high = SCALES[kind]
    return range(low, high + 1)


def estimate(kind: str, scores: Scores) -> Estimate | None:
    """What the answers of one survey say; None below `ENOUGH` of them."""
    if sum(scores.values()) < ENOUGH:
        return None
    return {"csat": satisfied, "nps": recommending, "effort": ease}[kind](scores)


def satisfied(scores: Scores) -> Estimate:
    """The share of 4 and 5 in percent, with the score interval of Wilson (1927), JASA 22:209."""
    n = sum(scores.values())
    share = (scores.get(4, 0) + scores.get(5, 0)) / n
    wide = 1 + Z * Z / n
    middle = (share + Z * Z / (2 * n)) / wide
    half = Z / wide * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return Estimate(100 * share, 100 * max(0.0, middle - half), 100 * min(1.0, middle + half))


def recommending(scores: Scores) -> Estimate:
    """Share of 9 and 10 less share of 0 to 6, in points from -100 to 100.

    Both shares are of one multinomial: the variance of their difference is (p + d - (p - d)^2) / n.
    """
    n = sum(scores.values())
    promoters = sum(count for score, count in scores.items() if score >= 9) / n
    detractors = sum(count for score, count in scores.items() if score <= 6) / n
    value = promoters - detractors
    half = Z * sqrt((promoters + detractors - value * value) / n)
    return Estimate(100 * value, 100 * max(-1.0, value - half), 100 * min(1.0, value + half))


def ease(scores: Scores) -> Estimate:
    """The mean, with the interval of Student's t for an unknown spread."""
    n = sum(scores.values())
    mean = sum(score * count for score, count in scores.items()) / n
    spread = sum(count * (score - mean) ** 2 for score, count in scores.items()) / (n - 1)
    half = float(stdtrit(n - 1, 0.975)) * sqrt(spread / n)
    low, high = SCALES["effort"]
    return Estimate(mean, max(float(low), mean - half), min(float(high), mean + half))
