"""One line of my day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

LATE, TODAY, LATER = 0, 1, 2
"""Urgency: broken or past its hour; to be answered today; to be known."""


@dataclass(frozen=True)
class Line:
    """One thing to do; see desk/_day.html. `value` in minor units; `urgency` as above; `at` when it is or was due."""

    kind: str
    icon: str
    tone: str
    url: str
    who: str
    why: str
    value: int | None = None
    value_words: str = ""
    due: str = ""
    due_tone: str = ""
    answers: Sequence[dict[str, Any]] = ()
    order_days: Sequence[date] = ()
    overdue: bool = False
    facts: list[dict[str, Any]] = field(default_factory=list)
    urgency: int = TODAY
    at: datetime | None = None
    customer_id: UUID | None = None

    @property
    def at_stake(self) -> int:
        return abs(self.value or 0)
