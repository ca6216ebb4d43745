"""Can this number be trusted? The answer first, then the reasons, in sentences with numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from value.engine import MODELS, Evidence, FittedModel
from value.engine.evidence import FrequencyGroup
from value.models import ModelFit

CLOSE: Final = 0.10
ROUGH: Final = 0.25
FEW: Final = 30
NO_BREAK: Final = "\N{NO-BREAK SPACE}"

NAIVE: Final = {
    "same_again": "The weeks before, again",
    "average": "The same for everybody",
    "recency_rule": "Own pace, if seen lately",
}

Tone = Literal["good", "warn", "bad"]


@dataclass(frozen=True)
class Reason:
    """One reason to believe (ok) or to doubt."""

    ok: bool
    title: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """tone: for the mark beside it; words: one sentence for other pages; answer: the head of the evidence page."""

    tone: Tone
    words: str
    answer: str


def verdict(evidence: Evidence, fitted: FittedModel) -> Verdict:
    """Judge a fit by its test on the hidden weeks."""
    miss = margin_miss(evidence)
    off = max(abs(orders_miss(evidence)), abs(miss))
    if no_dropout(fitted):
        return Verdict(
            "bad",
            "On this data dropout cannot be identified: nobody's chance of being alive is shown, and values are rough.",
            "Not on this data. Dropout cannot be identified: who has left looks like who pauses. What it said of the "
            f"hidden weeks’ margin was {_side(miss)}.",
        )
    if off <= CLOSE and beats_guesses(evidence):
        return Verdict(
            "good",
            f"Tested on weeks it had not seen, the sum was {share(off)} off: good for the whole and for groups; for "
            "one customer trust the range.",
            "Mostly. For the whole company and for groups of customers, yes. For one customer, trust the range, "
            "not the figure.",
        )
    if off <= ROUGH:
        return Verdict(
            "warn",
            f"Tested on weeks it had not seen, the sum was {share(off)} off: good for ranking, too rough for a budget.",
            f"Roughly. It ranks customers, but on the hidden weeks it was {share(off)} off: too rough for a budget.",
        )
    return Verdict(
        "bad",
        f"Tested on weeks it had not seen, the sum was {share(off)} off: do not decide by it alone.",
        f"Not on this data. On the hidden weeks it was {share(off)} off.",
    )


def reasons(evidence: Evidence, fitted: FittedModel) -> list[Reason]:
    """Those first that carry the verdict: reasons to believe, or reasons not to."""
    found = [
        *_about_dropout(fitted),
        _hidden_weeks(evidence),
        _margin(evidence),
        _guesses(evidence),
        _interval(evidence),
        *_silence(evidence),
        *_worst_group(evidence),
        *_few(evidence),
        _blind(evidence),
    ]
    doubt_first = verdict(evidence, fitted).tone == "bad"
    return sorted(found, key=lambda reason: reason.ok == doubt_first)


def no_dropout(fitted: FittedModel) -> bool:
    """Whether the data do not show that anybody ever stops; then no chance of being alive is a finding."""
    return not fitted.frequency.model.dropout_parameters


def orders_miss(evidence: Evidence) -> float:
    """(said - happened) / happened, repeat orders of the hidden weeks."""
    return evidence.models[evidence.chosen].holdout.cumulative_error


def margin_miss(evidence: Evidence) -> float:
    """(said - happened) / happened, margin of the hidden weeks."""
    check = evidence.value
    return (check.expected - check.actual) / abs(check.actual) if check.actual else 0.0


def beats_guesses(evidence: Evidence) -> bool:
    ours = evidence.models[evidence.chosen].holdout.mae
    return all(ours < guess.mae for guess in evidence.naive.values())


def model_words(fit: ModelFit) -> str:
    """What the chosen model is called: "mbg_nbd" -> "MBG/NBD"."""
    return MODELS[fit.chosen].label if fit.chosen in MODELS else fit.chosen


def typeset(text: str) -> str:
    """The engine's plain text as pages write it: -12429.0 -> −12,429.0, 3.4% -> 3.4 %."""
    text = _MINUS.sub("\N{MINUS SIGN}", text)
    text = _LONG.sub(lambda found: f"{int(found[0]):,}", text)
    return _PERCENT.sub(NO_BREAK, text)


# A minus stands before a number, a hyphen between words or the parts of a date.
_MINUS: Final = re.compile(r"(?<![\w.,-])-(?=\d)")
_LONG: Final = re.compile(r"(?<![\d.])\d{4,}(?=\.\d)")
_PERCENT: Final = re.compile(r"(?<=\d)(?=%)")


def weeks_hidden(evidence: Evidence) -> int:
    start, end = date.fromisoformat(evidence.calibration_end), date.fromisoformat(evidence.observation_end)
    return round((end - start).days / 7)


def share(fraction: float) -> str:
    """A share without its sign, one decimal below ten per cent; the space does not break."""
    size = abs(fraction) * 100
    return f"{size:.1f}{NO_BREAK}%" if size < 10 else f"{size:.0f}{NO_BREAK}%"


def _side(fraction: float) -> str:
    return f"{share(fraction)} too {'low' if fraction < 0 else 'high'}"


def _about_dropout(fitted: FittedModel) -> Iterator[Reason]:
    if no_dropout(fitted):
        yield Reason(
            False,
            "On this data dropout cannot be identified.",
            "Nothing in these orders tells a customer who has left from one who pauses. Every model with dropout "
            "collapses to one in which nobody ever stops, so no chance of being alive is shown for anybody, and value "
            "counts three years at most.",
        )
    elif fitted.frequency.weak_prior:
        yield Reason(
            False,
            "Customers do leave, but not how differently.",
            "The data show that customers stop, not how much they differ in it; a cautious assumption stands in.",
        )


def _hidden_weeks(evidence: Evidence) -> Reason:
    weeks, miss = weeks_hidden(evidence), orders_miss(evidence)
    said = evidence.models[evidence.chosen].holdout.expected_repeats
    text = (
        f"We hid the last {weeks} weeks. Customers placed {evidence.holdout_repeats:,} repeat orders in them; the "
        f"model had said {said:,.0f}, {_side(miss)}. Over all weeks it was {_side(_whole_miss(evidence))}."
    )
    if abs(miss) <= CLOSE:
        return Reason(True, "We tested it on weeks it had not seen.", text)
    return Reason(False, "It missed the weeks it had not seen.", text)


def _whole_miss(evidence: Evidence) -> float:
    """The same from the first week on, as the tracking chart shows it."""
    tracking = evidence.tracking
    happened = tracking.cumulative_actual[-1]
    return tracking.cumulative_expected[evidence.chosen][-1] / happened - 1 if happened else 0.0


def _margin(evidence: Evidence) -> Reason:
    miss = margin_miss(evidence)
    if abs(miss) <= CLOSE:
        return Reason(
            True, "Its sum of margin held.", f"The margin of the hidden weeks was said {_side(miss)}."
        )
    return Reason(
        False,
        f"It runs {'low' if miss < 0 else 'high'} on margin.",
        f"The margin of the hidden weeks was said {_side(miss)}; the range of every sum here is as wide as that.",
    )


def _guesses(evidence: Evidence) -> Reason:
    ours = evidence.models[evidence.chosen].holdout.mae
    name, best = min(evidence.naive.items(), key=lambda pair: pair[1].mae)
    text = (
        f"“{NAIVE[name]}” misses a customer’s orders by {best.mae:.2f} on average, the model by {ours:.2f}."
    )
    if ours < best.mae:
        return Reason(True, "It beats the simple guesses.", text)
    return Reason(False, "A simple guess does as well.", text)


def _interval(evidence: Evidence) -> Reason:
    inside = round(evidence.value.coverage_repeaters * 100)
    text = f"Of 100 customers who had come back, {inside} ended inside their 80 % range."
    if inside >= 75:
        return Reason(True, "When it says a range, the range holds.", text)
    return Reason(False, "Its ranges are too narrow.", text)


def _silence(evidence: Evidence) -> Iterator[Reason]:
    check = evidence.silence
    if evidence.recalibration is None or abs(check.repeat_said - check.repeat_happened) < 0.02:
        return
    said, came = (f"{part * 100:.0f}{NO_BREAK}%" for part in (check.repeat_said, check.repeat_happened))
    yield Reason(
        True,
        "Its percentages are corrected.",
        f"Left alone it said that {said} of those who had come back would not order for {check.horizon_days} days; "
        f"{came} did not. What is shown is put right by that.",
    )


def _worst_group(evidence: Evidence) -> Iterator[Reason]:
    groups = [g for g in evidence.groups if g.customers >= FEW and abs(group_miss(g, evidence)) > CLOSE]
    if not groups:
        return
    said = {g.label: g.expected_mean[evidence.chosen] for g in groups}
    worst = max(groups, key=lambda g: g.customers * abs(said[g.label] - g.actual_mean))
    high = said[worst.label] > worst.actual_mean
    times = {"0": "no repeat", "1": "one repeat"}.get(worst.label, f"{worst.label} repeats")
    yield Reason(
        False,
        f"It runs {'high' if high else 'low'} for customers with {times}.",
        f"They came back {worst.actual_mean:.2f} times each, said were {said[worst.label]:.2f}. Do not "
        f"{'count on' if high else 'drop'} one of them because of this number alone.",
    )


def group_miss(group: FrequencyGroup, evidence: Evidence) -> float:
    return group.expected_mean[evidence.chosen] / group.actual_mean - 1 if group.actual_mean else 0.0


def _few(evidence: Evidence) -> Iterator[Reason]:
    for warning in evidence.warnings:
        if warning.startswith(("Only ", "The history covers")):
            yield Reason(False, "There is little to learn from.", warning)
        elif warning.startswith(("No spend model", "Spend: ")):
            yield Reason(False, "Spend is hard to tell.", warning.removeprefix("Spend: ").capitalize())


def _blind(evidence: Evidence) -> Reason:
    once = evidence.customers - evidence.repeaters
    return Reason(
        False,
        "It cannot see what has not happened.",
        f"A new shop, a strike, a price change: it knows orders, not news. The {once:,} people with one order get no "
        "chance of being alive.",
    )
