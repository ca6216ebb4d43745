"""In which order my day stands, in words and as it is sorted; and how long it takes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from desk.selectors.line import Line

KINDS: Final = {
    "promise": "Promises", "case": "Cases", "grant": "Grants", "task": "Tasks", "hand_over": "Hand-overs",
    "message": "Messages", "overdue": "Overdue", "change": "Changes", "new": "New with you", "work": "To look after",
}  # fmt: skip
MINUTES: Final = {
    "promise": 5, "case": 10, "grant": 2, "task": 5, "hand_over": 3, "message": 3, "overdue": 5, "change": 3,
    "new": 2, "work": 5,
}  # fmt: skip
"""What one line of a kind takes, as we estimate it; said on the page."""
RULE: Final = (
    "First what is broken or past its hour: promises, cases, tasks, and work that failed.",
    "Then what wants an answer today, together with customers who fell silent or changed.",
    "Last what is only to be known: who is new with you, what could not be sent.",
    "Within each, the highest value at stake first: the customer’s value times the chance that they do not order "
    "again in 90 days; where no chance is known, the whole value.",
    "Where no value is known, or there is no customer, after those, what is due first on top.",
)  # fmt: skip
_FAR: Final = datetime.max.replace(tzinfo=UTC)


def ranked(lines: Sequence[Line]) -> list[Line]:
    return sorted(
        lines, key=lambda line: (line.urgency, -line.at_stake, line.at or _FAR, line.kind, line.who)
    )


def at_stake(lines: Sequence[Line]) -> int:
    """Each customer once, at the most that one of their lines says; changes and newcomers put nothing at stake."""
    most: dict[object, int] = {}
    for line in lines:
        if line.kind not in ("change", "new") and line.value:
            key = line.customer_id or line.url
            most[key] = max(most.get(key, 0), line.at_stake)
    return sum(most.values())


def minutes(lines: Sequence[Line]) -> int:
    """To the next five."""
    return -(-sum(MINUTES[line.kind] for line in lines) // 5) * 5


def minutes_words() -> str:
    """What the minutes are made of."""
    parts = [f"{label.lower()} {MINUTES[kind]}" for kind, label in KINDS.items()]
    return f"Minutes are an estimate for one line: {', '.join(parts)}."
