"""A tree as the templates draw it: groups, lines and their inputs, each with its problems and its field names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rules.catalogue import Fact, Relation, find_relation
from rules.forms.fields import Raw, compact, counted, fact_at
from rules.forms.inputs import Choice, Input, inputs_of, operator_choices
from rules.forms.moves import MODES, WHERE, children, measured, mode_of
from rules.language.problems import Problem
from rules.language.tree import MEASURE_OPERATORS, OPERATORS, What
from tenancy.access import Access

MODE_WORDS: Final = {
    "all": ("All of", "every line must hold"),
    "any": ("Any of", "one line is enough"),
    "none": ("None of", "no line may hold"),
}
CHOOSE: Final = "Choose what to compare"
WHAT_WORDS: Final = {
    What.COUNT: "how many", What.SUM: "sum of", What.LARGEST: "largest", What.SMALLEST: "smallest",
}  # fmt: skip
MOVES: Final = (
    {"verb": "after", "label": "Add a condition below", "icon": "plus", "keys": "Enter"},
    {"verb": "groupafter", "label": "Add a group below", "icon": "brackets-contain", "keys": "Shift Enter"},
    {"verb": "up", "label": "Move up", "icon": "arrow-up", "keys": "Alt ↑"},
    {"verb": "down", "label": "Move down", "icon": "arrow-down", "keys": "Alt ↓"},
    {"verb": "in", "label": "Into a group", "icon": "indent-increase", "keys": "Alt →"},
    {"verb": "out", "label": "Out of the group", "icon": "indent-decrease", "keys": "Alt ←"},
    {"verb": "remove", "label": "Remove", "icon": "trash", "keys": "Alt Del"},
)
CALM: Final = frozenset({"missing_value", "shape", "empty_group", "value", "found"})
"""Codes of what is only unfinished, or was found to be useless: said, but not as a mistake."""


@dataclass
class LineView:
    """One line. `kind`: test, measure, blank, or kept for what cannot be shown as fields."""

    path: str
    at: str
    """Its place in the JSON, where problems point."""
    kind: str
    label: str = CHOOSE
    key: str = ""
    relation: str = ""
    """Inside which related rows it stands: whose facts may be chosen."""
    explanation: str = ""
    operators: list[Choice] = field(default_factory=list)
    whats: list[Choice] = field(default_factory=list)
    ofs: list[Choice] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    where: "GroupView | None" = None
    json: str = ""
    problems: list[Problem] = field(default_factory=list)

    is_group = False

    @property
    def is_wrong(self) -> bool:
        return any(problem.code not in CALM for problem in self.problems)


@dataclass
class GroupView:
    """One group with its lines."""

    path: str
    at: str
    modes: list[Choice]
    sentence: str
    children: list["LineView | GroupView"]
    relation: str = ""
    problems: list[Problem] = field(default_factory=list)

    is_group = True

    @property
    def is_wrong(self) -> bool:
        return any(problem.code not in CALM for problem in self.problems)

    @property
    def in_measure(self) -> bool:
        return self.path.endswith(f"-{WHERE}")


@dataclass(frozen=True)
class _Drawer:
    access: Access
    currency: str

    def node(self, raw: Any, path: str, at: str, relation: str) -> LineView | GroupView:
        if isinstance(raw, dict) and mode_of(raw) and isinstance(raw[mode_of(raw)], list):
            return self.group(raw, path, at, relation)
        if not raw:
            return LineView(path, at, "blank", relation=relation)
        if isinstance(raw, dict) and measured(raw):
            return self.measure(raw, path, at)
        return self.test(raw, path, at, relation)

    def group(self, raw: Raw, path: str, at: str, relation: str) -> GroupView:
        mode = mode_of(raw)
        at = f"{at}.{mode}" if at else mode
        modes = [Choice(key, MODE_WORDS[key][0], key == mode) for key in MODES]
        inner = [
            self.node(child, f"{path}-{n}", f"{at}.{n}", relation) for n, child in enumerate(children(raw))
        ]
        return GroupView(path, at, modes, MODE_WORDS[mode][1], inner, relation)

    def test(self, raw: Any, path: str, at: str, relation: str) -> LineView:
        key = str(raw.get("fact", "")) if isinstance(raw, dict) else ""
        fact = fact_at(key, relation or None)
        if fact is None or not self.may_use(fact):
            return self.kept(raw, path, at, relation, key)
        line = LineView(path, at, "test", fact.label, key, relation, fact.explanation)
        self.compare(line, fact, raw, OPERATORS[fact.type])
        return line

    def kept(self, raw: Any, path: str, at: str, relation: str, key: str) -> LineView:
        """What is not known here any more stays as it is, until somebody chooses another fact or takes it away."""
        label = key or "Something that cannot be read"
        return LineView(path, at, "kept", label, key, relation, json=compact(raw))

    def measure(self, raw: Raw, path: str, at: str) -> LineView:
        what = What(measured(raw))
        relation = find_relation(str(raw[what]))
        if relation is None or not self.may_use(relation):
            return self.kept(raw, path, at, "", str(raw[what]))
        line = LineView(path, at, "measure", relation.label.capitalize(), relation.key)
        line.explanation = relation.explanation
        line.whats = [Choice(one.value, WHAT_WORDS[one], one is what) for one in _whats(relation)]
        of = _of(relation, what, raw.get("of"))
        if what is not What.COUNT:
            line.ofs = [Choice(one.key, one.label, one is of) for one in _allowed(relation, what)]
        self.compare(line, of or counted(relation.label), raw, MEASURE_OPERATORS)
        if isinstance(raw.get("where"), dict) and mode_of(raw["where"]):
            line.where = self.group(raw["where"], f"{path}-{WHERE}", f"{at}.where", relation.key)
        return line

    def compare(self, line: LineView, fact: Fact, raw: Raw, allowed: Sequence[Any]) -> None:
        operator = next((op for op in allowed if op == raw.get("is")), allowed[0])
        line.operators = operator_choices(fact, allowed, operator)
        relation = line.relation if line.kind == "test" else None
        line.inputs = inputs_of(
            fact, operator, raw.get("value"), line.path, self.access, self.currency, relation=relation
        )

    def may_use(self, entry: Fact | Relation) -> bool:
        return not entry.permission or self.access.may(entry.permission)


def _whats(relation: Relation) -> list[What]:
    return [What.COUNT, *(what for what in WHAT_WORDS if what is not What.COUNT and _allowed(relation, what))]


def _allowed(relation: Relation, what: What) -> list[Fact]:
    return relation.summable() if what is What.SUM else relation.measurable()


def _of(relation: Relation, what: What, key: Any) -> Fact | None:
    if what is What.COUNT:
        return None
    allowed = _allowed(relation, what)
    return next((fact for fact in allowed if fact.key == key), allowed[0] if allowed else None)


def component(
    raw: Any,
    problems: Sequence[Problem],
    *,
    prefix: str,
    access: Access,
    post_url: str = "",
    focus: str = "",
    readonly: bool = False,
    counts: bool = False,
) -> dict[str, Any]:
    """Context of desk/rules/_condition.html.

    `raw` is the JSON as stored, whole or unfinished; `problems` as `read` or `RuleInvalid` name them, with places
    inside it. `focus` is the path where the writer goes on (`Edit.focus`).
    """
    drawer = _Drawer(access, access.profile.currency)
    raw = as_group(raw)
    root = drawer.group(raw, prefix, "", "")
    _place_problems(root, problems)
    slug = access.tenant.slug
    return {
        "prefix": prefix,
        "root": root,
        "json": compact(raw),
        "post_url": post_url or f"/t/{slug}/rules/condition/",
        "facts_url": f"/t/{slug}/rules/facts/choose/",
        "options_url": f"/t/{slug}/rules/facts/options/",
        "focus": focus,
        "value_focus": focus.removesuffix("_value") if focus.endswith("_value") else "",
        "moves": MOVES,
        "readonly": readonly,
        "counts": counts,
        "lines": lines_of(root),
        "places": places(root),
        "wrong": sum(place.is_wrong for place in places(root)),
        "unfinished": sum(bool(place.problems) and not place.is_wrong for place in places(root)),
    }


def as_group(raw: Any) -> Raw:
    """What stands in a draft as a group: a lone line gets one around it, nothing becomes an empty one."""
    if isinstance(raw, dict) and mode_of(raw) and isinstance(raw[mode_of(raw)], list):
        return raw
    return {"all": [raw] if raw else []}


def places(node: LineView | GroupView) -> list[LineView | GroupView]:
    """Every group and line of a tree, from top to bottom."""
    if isinstance(node, LineView):
        return [node, *(places(node.where) if node.where else [])]
    return [node, *(place for child in node.children for place in places(child))]


def lines_of(node: LineView | GroupView) -> list[LineView]:
    return [place for place in places(node) if isinstance(place, LineView)]


def _place_problems(root: GroupView, problems: Sequence[Problem]) -> None:
    """Each problem at the innermost group or line in which it lies."""
    every = places(root)
    for problem in problems:
        around = [place for place in every if _is_inside(problem.at, place.at)]
        place = max(around, key=lambda place: len(place.at), default=root)
        if isinstance(place, LineView) and place.kind == "blank":
            problem = Problem(problem.at, problem.code, "")  # the button says what to do
        place.problems.append(problem)


def _is_inside(at: str, place: str) -> bool:
    return at == place or at.startswith(f"{place}.")
