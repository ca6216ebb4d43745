"""From JSON to a tree: everything that is wrong is said at once, each with the place where it stands.

group    {"all": [...]}, {"any": [...]}, {"none": [...]}
test     {"fact": "crm.orders", "is": "at_least", "value": 4}
measure  {"count": "crm.orders", "where": group, "is": "at_least", "value": 4}
         {"sum": "crm.orders", "of": "crm.orders.net", ...}, also "largest", "smallest"
value    4, "0.25", "words", ["GB", "DE"], {"amount": "12.50", "currency": "GBP"}, "2026-03-01",
         {"ago": {"days": 30}}, {"ahead": {"months": 1}}, {"days": 30} (of within_last, longer_ago, within_next),
         {"times": "2.5", "fact": "value.usual_gap"}; two of them in a list for "between"
"""

from dataclasses import dataclass, field
from typing import Any, Final

from rules.catalogue import Cost, Fact, Relation, find_fact, find_relation
from rules.language.problems import Problem, Problems, RuleInvalid, printable, shown
from rules.language.tree import (
    MEASURE_OPERATORS,
    OPERATORS,
    Group,
    Measure,
    Mode,
    Node,
    Op,
    Test,
    What,
)
from rules.language.values import Options, Refused, counted, read_operand
from tenancy.access import Access

DEEPEST: Final = 6
MOST_LINES: Final = 100
DEAREST: Final = 100
"""Of related tables a tree may read ten."""
_PRICE: Final = {Cost.INDEXED: 1, Cost.SCANNED: 1, Cost.RELATED: 10}


@dataclass
class _Reader:
    """One reading of one tree."""

    currency: str
    access: Access | None
    problems: Problems
    lines: int = 0
    price: int = 0
    options: Options = field(default_factory=Options)

    def node(self, raw: Any, at: str, depth: int, relation: Relation | None) -> Node | None:
        if not isinstance(raw, dict):
            self.problems.add(at, "shape", "A line is an object: a group, a test or a measure.")
            return None
        self.lines += 1
        if self.lines > MOST_LINES:
            return None
        modes = [mode for mode in Mode if mode in raw]
        if modes:
            return self.group(raw, modes[0], at, depth, relation)
        if "fact" in raw:
            return self.test(raw, at, relation)
        measured = [what for what in What if what in raw]
        if measured and relation is None:
            return self.measure(raw, measured[0], at, depth)
        self.problems.add(at, "shape", "Neither a group nor a test: choose what to compare.")
        return None

    def group(self, raw: Any, mode: Mode, at: str, depth: int, relation: Relation | None) -> Group | None:
        self.only(raw, {mode}, at)
        children, at = raw[mode], _inside(at, mode)
        if depth > DEEPEST:
            self.problems.add(at, "too_deep", f"Groups go {DEEPEST} deep; lift this one up.")
            return None
        if not isinstance(children, list):
            self.problems.add(at, "shape", "A group holds a list of lines.")
            return None
        if not children and depth > 1:
            self.problems.add(at, "empty_group", "This group is empty: add a condition or take it away.")
        found = [self.node(child, f"{at}.{i}", depth + 1, relation) for i, child in enumerate(children)]
        return Group(mode, tuple(child for child in found if child is not None))

    def test(self, raw: Any, at: str, relation: Relation | None) -> Test | None:
        self.only(raw, {"fact", "is", "value"}, at)
        fact = self.fact(raw["fact"], _inside(at, "fact"), relation)
        if fact is None:
            return None
        self.price += _PRICE[fact.cost]
        operator = self.operator(raw, OPERATORS[fact.type], fact.label, at)
        if operator is None:
            return None
        other = self.other_fact(raw.get("value"), relation)
        try:
            operand = read_operand(
                fact, operator, raw, currency=self.currency, other=other, options=self.options
            )
        except Refused as refused:
            self.refuse(_inside(at, "value"), refused)
            return None
        return Test(fact, operator, operand)

    def refuse(self, at: str, refused: Refused) -> None:
        self.problems.add(_inside(at, refused.at) if refused.at else at, refused.code, str(refused))

    def other_fact(self, value: Any, relation: Relation | None) -> Fact | None:
        """The fact that a value names to be compared with, if it names one that may be used here."""
        if not isinstance(value, dict) or not isinstance(value.get("fact"), str):
            return None
        found = relation.fact(value["fact"]) if relation else find_fact(value["fact"])
        if found is None or not self.may_use(found):
            return None
        self.price += _PRICE[found.cost]
        return found

    def measure(self, raw: Any, what: What, at: str, depth: int) -> Measure | None:
        self.only(raw, {what, "where", "is", "value"} | (set() if what is What.COUNT else {"of"}), at)
        relation = find_relation(raw[what]) if isinstance(raw[what], str) else None
        if relation is None or not self.may_use(relation):
            self.problems.add(
                _inside(at, what), "unknown_relation", f"Nothing called {shown(raw[what])} here."
            )
            return None
        self.price += _PRICE[Cost.RELATED]
        of = self.measured(raw, what, relation, at)
        where = self.where(raw.get("where"), _inside(at, "where"), depth, relation)
        operator = self.operator(raw, MEASURE_OPERATORS, relation.label, at)
        if operator is None or (of is None and what is not What.COUNT):
            return None
        if isinstance(raw.get("value"), dict) and "fact" in raw["value"]:
            message = "A count or a sum is compared with a number, not with another fact."
            self.problems.add(_inside(at, "value"), "value", message)
            return None
        try:
            operand = read_operand(of or counted(relation), operator, raw, currency=self.currency)
        except Refused as refused:
            self.refuse(_inside(at, "value"), refused)
            return None
        return Measure(relation, what, of, where, operator, operand)

    def where(self, raw: Any, at: str, depth: int, relation: Relation) -> Group | None:
        """The condition on the related rows; an empty one is none."""
        if raw is None or raw == {} or raw == {Mode.ALL: []}:
            return None
        where = self.node(raw, at, depth + 1, relation)
        return Group(Mode.ALL, (where,)) if isinstance(where, Test) else where  # type: ignore[return-value]

    def measured(self, raw: Any, what: What, relation: Relation, at: str) -> Fact | None:
        if what is What.COUNT:
            return None
        allowed = relation.summable() if what is What.SUM else relation.measurable()
        fact = next((fact for fact in allowed if fact.key == raw.get("of")), None)
        if fact is None or not self.may_use(fact):
            self.problems.add(_inside(at, "of"), "unknown_fact", f"Say which figure of the {relation.label}.")
            return None
        return fact

    def fact(self, key: Any, at: str, relation: Relation | None) -> Fact | None:
        """A fact that may be used here. What somebody may not see is as unknown to them as what is not there."""
        found = None
        if isinstance(key, str):
            found = relation.fact(key) if relation else find_fact(key)
        if key in (None, ""):
            self.problems.add(at, "missing_value", "Choose what to compare.")
            return None
        if found is None or not self.may_use(found):
            self.problems.add(at, "unknown_fact", f"There is no fact {shown(key)} any more; choose another.")
            return None
        return found

    def may_use(self, entry: Fact | Relation) -> bool:
        return not entry.permission or self.access is None or self.access.may(entry.permission)

    def operator(self, raw: Any, allowed: tuple[Op, ...], label: str, at: str) -> Op | None:
        found = next((operator for operator in allowed if operator == raw.get("is")), None)
        if found is None:
            words = ", ".join(allowed)
            self.problems.add(_inside(at, "is"), "operator", f"{label} can be compared by: {words}.")
        return found

    def only(self, raw: Any, known: set[Any], at: str) -> None:
        for key in sorted(printable(str(key)) for key in set(raw) - {str(name) for name in known}):
            self.problems.add(_inside(at, key), "unknown_key", f"“{key}” means nothing here.")


def _inside(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def parse(raw: Any, *, currency: str, access: Access | None = None) -> Group:
    """Read a tree. `access` None: whatever is registered may be used. Raises RuleInvalid with every problem."""
    node, problems = read(raw, currency=currency, access=access)
    if problems:
        raise RuleInvalid(problems)
    return node


def read(raw: Any, *, currency: str, access: Access | None = None) -> tuple[Group, list[Problem]]:
    """Read what can be read of a tree, and say what is wrong with the rest: for somebody who is still writing."""
    reader = _Reader(currency, access, Problems())
    node = reader.node(raw, "", 1, None)
    if reader.lines > MOST_LINES:
        reader.problems.add(
            "", "too_large", f"A rule has {MOST_LINES} lines at most; save a part as a segment."
        )
    if reader.price > DEAREST:
        reader.problems.add("", "too_expensive", "This reads too many tables; save a part as a segment.")
    if node is not None and not isinstance(node, Group):
        node = Group(Mode.ALL, (node,))
    return node or Group(Mode.ALL), reader.problems.found
