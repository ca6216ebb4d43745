"""The company's contact policy as rules: how often, at what hours, and whom to leave in peace.

What the law says on caps and hours stands in the policy data and holds whatever a rule says: rules can only add.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final

from privacy.policy.facts import Cap, Hours
from rules.catalogue import Option
from rules.kinds import FieldType, Outcome, OutcomeField, RuleKind
from rules.language.problems import Problem, RuleInvalid

KIND: Final = "privacy.contact_policy"
CHANNELS: Final[Mapping[str, str]] = {
    "email": "e-mails", "sms": "text messages", "phone": "calls", "post": "letters", "push": "push messages",
}  # fmt: skip
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST, LONGEST, USUAL_DAYS = 1000, 366, 30
ALL_DAY: Final = ("00:00", "24:00")


@dataclass(frozen=True)
class ContactPolicy:
    """What the deciding rule says, as the policy reads it. `caps` are those of important purposes."""

    caps: tuple[Cap, ...] = ()
    kept: int = 0
    hours: Hours | None = None
    paused: bool = False
    rule: str = ""
    """What the rule is called that says so."""

    def caps_for(self, *, important: bool) -> tuple[Cap, ...]:
        """An unimportant message leaves the part of each cap alone that is kept for important ones."""
        if important or not self.kept:
            return self.caps
        return tuple(Cap(cap.channel, max(cap.count - self.kept, 0), cap.days) for cap in self.caps)


def read_outcome(outcome: Outcome) -> ContactPolicy:
    """An outcome that was validated. Raises ValueError or TypeError for one that was not."""
    caps = [_cap("*", outcome, "all"), *(_cap(channel, outcome, channel) for channel in CHANNELS)]
    return ContactPolicy(
        caps=tuple(cap for cap in caps if cap),
        kept=int(outcome.get("kept_for_important", 0)),
        hours=_hours(outcome),
        paused=bool(outcome.get("paused", False)),
    )


def _cap(channel: str, outcome: Outcome, name: str) -> Cap | None:
    count = outcome.get(f"{name}_most")
    return None if count is None else Cap(channel, int(count), int(outcome.get(f"{name}_days", USUAL_DAYS)))


def _hours(outcome: Outcome) -> Hours | None:
    if not {"from", "to", "weekdays"} & set(outcome):
        return None
    opens, closes = (
        _time(outcome.get(key, usual)) for key, usual in zip(("from", "to"), ALL_DAY, strict=True)
    )
    days = outcome.get("weekdays")
    return Hours(opens, closes, tuple(sorted(int(day) for day in days)) if days else (1, 2, 3, 4, 5, 6, 7))


def _time(text: str) -> time:
    return time(0) if text == "24:00" else time.fromisoformat(text)


def outcome_meaning(outcome: Outcome) -> str:
    """The same for outcomes between which nobody feels a difference: what is left empty is what it stands for."""
    policy = read_outcome(outcome)
    if policy.paused:
        return "paused"
    hours = None if policy.hours == Hours(time(0), time(0)) else policy.hours
    return json.dumps(
        {
            "caps": [[cap.channel, cap.count, cap.days] for cap in policy.caps],
            "kept": policy.kept,
            "hours": hours and [str(hours.opens), str(hours.closes), hours.weekdays],
        }
    )


def outcome_words(outcome: Outcome) -> str:
    """ "at most 4 contacts in 30 days, 2 of them e-mails in 7 days; 09:00 to 20:00 on Monday to Friday"."""
    if outcome.get("paused"):
        return "no marketing"
    parts = [_cap_words("all", "contacts", outcome)]
    parts += [_cap_words(channel, words, outcome) for channel, words in CHANNELS.items()]
    caps = ", ".join(part for part in parts if part)
    kept = outcome.get("kept_for_important")
    if caps and kept:
        caps += f", the last {kept} for what is important"
    return "; ".join(part for part in (caps, _hours_words(outcome)) if part) or "no limits beyond the law"


def _cap_words(name: str, words: str, outcome: Outcome) -> str:
    count = outcome.get(f"{name}_most")
    return (
        f"at most {count} {words} in {outcome.get(f'{name}_days', USUAL_DAYS)} days"
        if count is not None
        else ""
    )


def _hours_words(outcome: Outcome) -> str:
    if not {"from", "to", "weekdays"} & set(outcome):
        return ""
    hours = f"{outcome.get('from', ALL_DAY[0])} to {outcome.get('to', ALL_DAY[1])}"
    named = [DAYS[int(day) - 1] for day in outcome.get("weekdays", ()) if str(day) in "1234567"]
    return f"{hours} on {', '.join(named)}" if named else hours


def _check(outcome: Outcome) -> None:
    problems = [
        *_caps_problems(outcome), *_hours_problems(outcome),
    ]  # fmt: skip
    if not outcome:
        problems.append(Problem("all_most", "outcome", "Say a limit, hours, or that there is no marketing."))
    if problems:
        raise RuleInvalid(problems)


def _caps_problems(outcome: Outcome) -> list[Problem]:
    problems = []
    for name in ("all", *CHANNELS):
        problems += _whole(outcome, f"{name}_most", 1, MOST)
        problems += _whole(outcome, f"{name}_days", 1, LONGEST)
        if f"{name}_days" in outcome and f"{name}_most" not in outcome:
            problems.append(Problem(f"{name}_most", "outcome", "Say how many in so many days."))
    problems += _whole(outcome, "kept_for_important", 0, MOST)
    counts = [value for name in ("all", *CHANNELS) if isinstance(value := outcome.get(f"{name}_most"), int)]
    kept = outcome.get("kept_for_important", 0)
    if kept and not counts:
        problems.append(
            Problem("kept_for_important", "outcome", "There is no limit of which to keep a part.")
        )
    elif isinstance(kept, int) and counts and kept > min(counts):
        problems.append(
            Problem("kept_for_important", "outcome", "More than the smallest limit cannot be kept.")
        )
    return problems


def _whole(outcome: Outcome, name: str, least: int, most: int) -> list[Problem]:
    value = outcome.get(name, least)
    if isinstance(value, int) and least <= value <= most:
        return []
    return [Problem(name, "outcome", f"A whole number from {least} to {most:,}.")]


def _hours_problems(outcome: Outcome) -> list[Problem]:
    problems = [
        Problem(name, "outcome", "A time as 09:30; the end of the day is 24:00.")
        for name in ("from", "to")
        if name in outcome
        and not _CLOCK.fullmatch(outcome[name])
        and (name, outcome[name]) != ("to", "24:00")
    ]
    begins, ends = outcome.get("from", ALL_DAY[0]), outcome.get("to", ALL_DAY[1])
    if not problems and begins >= ends:
        problems.append(Problem("to", "outcome", "Later than the beginning of the hours."))
    return problems


def _weekdays() -> list[Option]:
    return [(str(number), day) for number, day in enumerate(DAYS, start=1)]


def _cap_fields() -> list[OutcomeField]:
    fields = [
        OutcomeField(
            "all_most", "Contacts at most", FieldType.NUMBER, required=False,
            help="Marketing on all channels together, in a rolling window.",
        ),
        OutcomeField("all_days", "in so many days", FieldType.NUMBER, required=False, help="Empty: 30."),
    ]  # fmt: skip
    for channel, words in CHANNELS.items():
        fields.append(
            OutcomeField(f"{channel}_most", f"{words.capitalize()} at most", FieldType.NUMBER, required=False)
        )
        fields.append(
            OutcomeField(
                f"{channel}_days", "in so many days", FieldType.NUMBER, required=False, help="Empty: 30."
            )
        )
    return fields


CONTACT_POLICY: Final = RuleKind(
    key=KIND,
    label="Contact policy",
    explanation="How often and at what hours people hear from us, and whom we leave in peace. For marketing only: what "
    "the law or a contract demands is always said. Limits and hours of the law hold beside these; rules can only add.",
    fields=(
        *_cap_fields(),
        OutcomeField(
            "kept_for_important", "Kept for what is important", FieldType.NUMBER, required=False,
            help="So many of each limit are left for purposes that are marked as important.",
        ),
        OutcomeField("from", "From", FieldType.TEXT, required=False, help="As 09:30, on the clock of the customer."),
        OutcomeField("to", "To", FieldType.TEXT, required=False, help="As 20:00; the end of the day is 24:00."),
        OutcomeField(
            "weekdays", "On", FieldType.CHOICES, _weekdays, required=False, help="None chosen: every day.",
        ),
        OutcomeField(
            "paused", "No marketing", FieldType.FLAG, required=False,
            help="As long as this rule holds for the customer: while a complaint is open, say.",
        ),
    ),
    words=outcome_words,
    compare=outcome_meaning,
    check=_check,
)  # fmt: skip
