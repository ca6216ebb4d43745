"""What is wrong with a rule, and where."""

from dataclasses import dataclass, field


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
        self.found.append(Problem(at, code, message))
