"""What is wrong with a rule, and where."""

from dataclasses import dataclass, field
from typing import Any, Final

MOST: Final = 100
"""Problems that are said at once."""
LONGEST: Final = 40
"""Characters of what somebody sent that a message repeats."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `at` is the place in the JSON: "all.0.any.1.value"."""

    at: str
    code: str
    message: str


class RuleInvalid(ValueError):
    """The rule cannot be read. `problems` says why, line by line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass
class Problems:
    """A list that grows while a tree is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, at: str, code: str, message: str) -> None:
        if len(self.found) < MOST:
            self.found.append(Problem(at, code, message))


def shown(value: Any) -> str:
    """What somebody sent, as a message may repeat it: short, printable, in quotes."""
    if not isinstance(value, str):
        return "something that is not a word"
    return f"“{printable(value)}”"


def printable(text: str) -> str:
    """A text cut short, with a mark for every letter that cannot be printed or stored."""
    cut = text[:LONGEST] + ("…" if len(text) > LONGEST else "")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)
