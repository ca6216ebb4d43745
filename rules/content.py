"""What stands in a rule set: {"rules": [{"id", "name", "when", "then", "binding"}], "otherwise": ...}.

The first rule that holds decides. A draft is read tolerantly: what can be read, and everything that is wrong with the
rest, by place ("rules.0.when.all.1.value").
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from rules.kinds import Outcome, RuleKind
from rules.language.parse import read
from rules.language.problems import Problem, Problems, RuleInvalid
from rules.language.tree import Group, What
from rules.language.values import is_storable
from rules.models import Level
from rules.selectors.graph import reads_in
from tenancy.access import Access

EMPTY: Final[dict[str, Any]] = {"rules": [], "otherwise": None}
MOST_RULES: Final = 100
LONGEST_NAME: Final = 120
LARGEST: Final = 300_000
"""Characters of a rule set as JSON."""
DEEPEST: Final = 60
"""Lists and objects inside each other: more than any form makes, far less than what walks over JSON can take."""


class ContentRefused(ValueError):
    """This cannot even be kept as a draft; the message says why."""


@dataclass(frozen=True)
class Rule:
    """One rule. `node` and `outcome` are None where they cannot be read: it then holds for nobody."""

    id: str
    name: str
    node: Group | None
    outcome: Outcome | None
    binding: bool = False
    about: frozenset[str] | None = None
    """See `RuleKind.about`."""

    @property
    def is_broken(self) -> bool:
        return self.node is None or self.outcome is None


@dataclass(frozen=True)
class Content:
    """A rule set as it was read. `otherwise` None: nothing is decided for who is left."""

    rules: tuple[Rule, ...]
    otherwise: Outcome | None
    problems: tuple[Problem, ...]


def keys_in(raw: Any) -> set[str]:
    """What the conditions of rules read, as nodes of `rules.selectors.graph`: facts, one segment, relations."""
    rules = raw.get("rules") if isinstance(raw, dict) else None
    whens = [rule.get("when") for rule in rules or () if isinstance(rule, dict)]
    return reads_in(whens) | _related_in(whens)


def _related_in(raw: Any) -> set[str]:
    if isinstance(raw, list):
        return {key for child in raw for key in _related_in(child)}
    if not isinstance(raw, dict):
        return set()
    named = {raw[word] for word in (*What, "of") if isinstance(raw.get(word), str)}
    return named.union(*(_related_in(child) for child in raw.values()))


def content_hash(content: Any) -> str:
    """The same for the same rules, whatever the order of keys."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def require_storable(content: Any) -> None:
    """Refuse what is no JSON object, too large, or holds what PostgreSQL cannot keep. Raises ContentRefused."""
    if not isinstance(content, dict):
        raise ContentRefused("The rules are an object with “rules” and “otherwise”.")
    try:
        text = json.dumps(content, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise ContentRefused("The rules cannot be read as JSON.") from None
    if len(text) > LARGEST:
        raise ContentRefused("The rules are too large; save parts of them as segments.")
    if _depth(content) > DEEPEST:
        raise ContentRefused(f"The rules go more than {DEEPEST} levels deep; lift the innermost up.")
    if not is_storable(json.dumps(content, ensure_ascii=False)) or "\\u0000" in text:
        raise ContentRefused("The rules hold a NUL character or half a letter; take it out.")


def _depth(content: Any) -> int:
    """How many lists and objects stand inside each other."""
    depth, level = 0, [content]
    while level:
        depth += 1
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return depth


def read_content(
    kind: RuleKind | None,
    content: Any,
    *,
    currency: str,
    level: str = Level.COMPANY,
    access: Access | None = None,
) -> Content:
    """Read rules. `access`: somebody who may use only the facts they may see; None: whatever is registered."""
    problems = Problems()
    if kind is None:
        problems.add("", "unknown_kind", "Rules of this kind do not exist any more.")
        return Content((), None, tuple(problems.found))
    if not isinstance(content, dict) or not isinstance(content.get("rules"), list):
        problems.add("rules", "shape", "The rules are a list.")
        return Content((), None, tuple(problems.found))
    for key in sorted(set(map(str, content)) - {"rules", "otherwise"}):
        problems.add(key, "unknown_key", f"{key[:40]!r} means nothing here.")
    reader = _Reader(kind, currency, level, access, problems)
    raw = content["rules"]
    if len(raw) > MOST_RULES:
        problems.add("rules", "too_large", f"A rule set has {MOST_RULES} rules at most.")
    rules = tuple(reader.rule(entry, number) for number, entry in enumerate(raw[:MOST_RULES]))
    reader.require_order(rules)
    return Content(rules, reader.otherwise(content.get("otherwise")), tuple(problems.found))


@dataclass
class _Reader:
    """One reading of one rule set."""

    kind: RuleKind
    currency: str
    level: str
    access: Access | None
    problems: Problems

    def rule(self, raw: Any, number: int) -> Rule:
        at = f"rules.{number}"
        if not isinstance(raw, dict):
            self.problems.add(at, "shape", "A rule is an object.")
            return Rule(f"?{number}", "", None, None)
        for key in sorted(set(map(str, raw)) - {"id", "name", "when", "then", "binding"}):
            self.problems.add(f"{at}.{key}", "unknown_key", f"{key[:40]!r} means nothing here.")
        outcome = self.outcome(raw.get("then"), f"{at}.then")
        return Rule(
            id=self.text(raw, "id", at), name=self.text(raw, "name", at), node=self.condition(raw.get("when"), at),
            outcome=outcome, binding=self.binding(raw, at),
            about=self.kind.about(outcome) if self.kind.about and outcome is not None else None,
        )  # fmt: skip

    def text(self, raw: dict[str, Any], key: str, at: str) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            self.problems.add(
                f"{at}.{key}", "missing_value", "Give the rule a name." if key == "name" else "An id."
            )
            return ""
        if len(value) > LONGEST_NAME:
            self.problems.add(f"{at}.{key}", "text", f"{LONGEST_NAME} characters at most.")
        return value[:LONGEST_NAME]

    def condition(self, raw: Any, at: str) -> Group | None:
        node, found = read(raw, currency=self.currency, access=self.access)
        for problem in found:
            place = f"{at}.when.{problem.at}" if problem.at else f"{at}.when"
            self.problems.add(place, problem.code, problem.message)
        return None if found else node

    def outcome(self, raw: Any, at: str) -> Outcome | None:
        try:
            return self.kind.read_outcome(raw)
        except RuleInvalid as invalid:
            for problem in invalid.problems:
                self.problems.add(f"{at}.{problem.at}" if problem.at else at, problem.code, problem.message)
            return None

    def binding(self, raw: dict[str, Any], at: str) -> bool:
        value: object = raw.get("binding", False)
        if not isinstance(value, bool):
            self.problems.add(f"{at}.binding", "flag", "Yes or no.")
            return False
        if value and (self.level != Level.COMPANY or Level.PORTFOLIO not in self.kind.levels):
            self.problems.add(
                f"{at}.binding", "binding", "Only a company's rule above portfolios' rules is binding."
            )
        return value

    def otherwise(self, raw: Any) -> Outcome | None:
        if self.level == Level.PORTFOLIO:
            if raw is not None:
                self.problems.add(
                    "otherwise",
                    "otherwise",
                    "For whom a portfolio's rules say nothing, the company's rules decide.",
                )
            return None
        if raw is None:
            if self.kind.needs_otherwise:
                self.problems.add("otherwise", "missing_value", "Say what holds for everybody else.")
            return None
        return self.outcome(raw, "otherwise")

    def require_order(self, rules: tuple[Rule, ...]) -> None:
        """Ids are unique, and binding rules come first: they are asked before the portfolios' rules."""
        seen: set[str] = set()
        others = False
        for number, rule in enumerate(rules):
            if rule.id and rule.id in seen:
                self.problems.add(f"rules.{number}.id", "twice", "Two rules have this id.")
            if rule.binding and others:
                self.problems.add(f"rules.{number}.binding", "order", "Binding rules come first; move it up.")
            seen.add(rule.id)
            others = others or not rule.binding
