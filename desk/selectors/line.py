"""One line of my day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Line:
    """One thing to do; see desk/my_day.html."""

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

    @property
    def at_stake(self) -> int:
        return abs(self.value or 0)
