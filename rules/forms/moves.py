"""What people do to a tree in one press: add, take away, move, choose a fact. Pure: JSON in, JSON out.

A press is `verb:path` or `verb:path:argument`; the path is that of the form's fields, "when-1-w-0".
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from rules.catalogue import find_relation
from rules.forms.fields import Raw, fact_at, tree_from_form
from rules.language.tree import OPERATORS, Mode, Op, What

WHERE: Final = "w"
MODES: Final = tuple(mode.value for mode in Mode)


@dataclass(frozen=True)
class Edit:
    """A tree as the form has it, after the press if there was one."""

    raw: Raw
    focus: str = ""
    """Path of the line or group where the writer goes on; of a line whose value is next with "_value"."""
    pressed: bool = False


def edited(data: QueryDict, prefix: str) -> Edit:
    """The tree of a form with what was pressed done to it. A press that no longer fits changes nothing."""
    raw = tree_from_form(data, prefix)
    verb, _, rest = data.get("do", "").partition(":")
    path, _, argument = rest.partition(":")
    act = VERBS.get(verb)
    if act is None or not (path == prefix or path.startswith(f"{prefix}-")):
        return Edit(raw)
    try:
        place = Place(copy.deepcopy(raw), prefix, path)
        return Edit(place.root, act(place, argument), pressed=True)
    except (LookupError, ValueError, TypeError):
        return Edit(raw, pressed=True)


class Place:
    """Where in a tree a press falls: the node, the list it stands in and its number there."""

    def __init__(self, root: Raw, prefix: str, path: str) -> None:
        self.root, self.prefix = root, prefix
        self.tokens = [token for token in path[len(prefix) :].split("-") if token]
        self.relation: str | None = None
        self.node: Raw = self._walk()

    def _walk(self) -> Raw:
        node = self.root
        for token in self.tokens:
            if token == WHERE:
                self.relation = str(node[measured(node)])
                node = node["where"]
            else:
                node = children(node)[int(token)]
        return node

    @property
    def number(self) -> int:
        return int(self.tokens[-1])

    @property
    def up(self) -> "Place":
        """The group around it."""
        return Place(self.root, self.prefix, path_of(self.prefix, self.tokens[:-1]))

    @property
    def siblings(self) -> list[Raw]:
        return children(self.up.node)

    def path(self, *more: object) -> str:
        return path_of(self.prefix, [*self.tokens, *map(str, more)])

    def beside(self, number: int) -> str:
        return path_of(self.prefix, [*self.tokens[:-1], str(number)])

    def replace(self, node: Raw) -> None:
        self.siblings[self.number] = node


def path_of(prefix: str, tokens: list[str]) -> str:
    return "-".join([prefix, *tokens])


def mode_of(node: Raw) -> str:
    """The mode of a group; "" for a line."""
    return next((mode for mode in MODES if mode in node), "")


def children(node: Raw) -> list[Raw]:
    """The lines of a group, as the list that stands in it. Raises KeyError for a line."""
    found: list[Raw] = node[mode_of(node)]
    return found


def measured(node: Raw) -> str:
    return next((what.value for what in What if what in node), "")


def _add(place: Place, argument: str) -> str:
    children(place.node).append({})
    return place.path(len(children(place.node)) - 1)


def _after(place: Place, argument: str) -> str:
    place.siblings.insert(place.number + 1, {})
    return place.beside(place.number + 1)


def _new_group(around: Raw) -> Raw:
    """A group inside "all" is one of alternatives, and the other way round: what people nest for."""
    return {Mode.ANY.value if mode_of(around) == Mode.ALL else Mode.ALL.value: [{}]}


def _group(place: Place, argument: str) -> str:
    lines = children(place.node)
    lines.append(_new_group(place.node))
    return place.path(len(lines) - 1, 0)


def _group_after(place: Place, argument: str) -> str:
    place.siblings.insert(place.number + 1, _new_group(place.up.node))
    return f"{place.beside(place.number + 1)}-0"


def _remove(place: Place, argument: str) -> str:
    if place.tokens[-1] == WHERE:
        return _unwhere(place.up, "")
    del place.siblings[place.number]
    if place.siblings:
        return place.beside(max(place.number - 1, 0))
    up = place.up
    if not up.tokens:
        return up.path()
    # The last line takes its group with it: an empty group would hold nothing.
    return _unwhere(up.up, "") if up.tokens[-1] == WHERE else _remove(up, "")


def _up(place: Place, argument: str) -> str:
    return _step(place, -1)


def _down(place: Place, argument: str) -> str:
    return _step(place, 1)


def _step(place: Place, way: int) -> str:
    lines, here = place.siblings, place.number
    there = here + way
    if not 0 <= there < len(lines):
        return _leave(place, after=way > 0)
    if mode_of(lines[there]) and not mode_of(place.node):
        return _enter(place, there, at_end=way < 0)
    lines[here], lines[there] = lines[there], lines[here]
    return place.beside(there)


def _enter(place: Place, there: int, *, at_end: bool) -> str:
    """Into the group beside it, at the end that is nearer."""
    lines = place.siblings
    inner, node = children(lines[there]), lines.pop(place.number)
    at = len(inner) if at_end else 0
    inner.insert(at, node)
    group = there - 1 if there > place.number else there
    return f"{place.beside(group)}-{at}"


def _leave(place: Place, *, after: bool) -> str:
    """Out of the group around it, to before or after that group; what is at the top stays."""
    up = place.up
    if not up.tokens or up.tokens[-1] == WHERE:
        return place.path()
    outer = up.siblings
    node = place.siblings.pop(place.number)
    at = up.number + (1 if after else 0)
    outer.insert(at, node)
    emptied = up.number if after else up.number + 1
    if not children(outer[emptied]):
        del outer[emptied]
        at -= 1 if after else 0
    return up.beside(at)


def _in(place: Place, argument: str) -> str:
    """Into the group above it, or into a new one where there is none."""
    lines, here = place.siblings, place.number
    if here and mode_of(lines[here - 1]):
        return _enter(place, here - 1, at_end=True)
    group = _new_group(place.up.node)
    children(group)[:] = [place.node]
    place.replace(group)
    return place.path(0)


def _out(place: Place, argument: str) -> str:
    return _leave(place, after=True)


def _choose_fact(place: Place, key: str) -> str:
    """Another fact in this line; operator and value stay where they still fit."""
    fact = fact_at(key, place.relation)
    if fact is None:
        raise LookupError(key)
    before = fact_at(str(place.node.get("fact", "")), place.relation)
    kept = {name: place.node[name] for name in ("is", "value") if name in place.node}
    same = before is not None and before.type == fact.type and before.options is fact.options
    place.replace({"fact": key} | (kept if same else {"is": OPERATORS[fact.type][0].value}))
    return f"{place.path()}_value"


def _choose_rows(place: Place, key: str) -> str:
    """Count related rows in this line."""
    if find_relation(key) is None or place.relation is not None:
        raise LookupError(key)
    kept = {"where": place.node["where"]} if measured(place.node) == key and "where" in place.node else {}
    place.replace({What.COUNT.value: key, **kept, "is": Op.AT_LEAST.value})
    return f"{place.path()}_value"


def _where(place: Place, argument: str) -> str:
    if not measured(place.node):
        raise LookupError("no measure")
    place.node["where"] = {Mode.ALL.value: [{}]}
    return place.path(WHERE, 0)


def _unwhere(place: Place, argument: str) -> str:
    place.node.pop("where", None)
    return place.path()


def _drop(place: Place, number: str) -> str:
    """One of several values."""
    del place.node["value"][int(number)]
    return f"{place.path()}_value"


def _stay(place: Place, argument: str) -> str:
    """Another operator or unit: the same line, drawn anew."""
    return ""


VERBS: Final[dict[str, Callable[[Place, str], str]]] = {
    "add": _add,
    "after": _after,
    "group": _group,
    "groupafter": _group_after,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "in": _in,
    "out": _out,
    "fact": _choose_fact,
    "rows": _choose_rows,
    "where": _where,
    "unwhere": _unwhere,
    "drop": _drop,
    "draw": _stay,
}
