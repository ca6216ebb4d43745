"""From the fields of a form to the JSON of a tree. What makes no sense stays as it was typed: reading it says why."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict

from rules.catalogue import Fact, PersonalDataClass, Type, find_fact, find_relation
from rules.language.parse import MOST_LINES
from rules.language.tree import OPERATORS, WITH_LIST, WITH_SPAN, WITHOUT_VALUE, Mode, Op, What
from rules.language.values import UNITS
from tenancy.requests import whole_number

Raw = dict[str, Any]
DEEPEST_FORM: Final = 20
"""Deeper than any rule may be, so that what is too deep can still be shown and lifted."""
MOST_DIGITS: Final = 40
"""Of a share that is written out: "1e999999" would be a megabyte of noughts."""
_THOUSANDS: Final = re.compile(r"(?<=\d)[,\u202f\u00a0 '](?=\d{3}(\D|$))")
_NOT_A_NUMBER: Final = re.compile(r"^[^\d\u2212+.-]+|[^\d.]+$")


def tree_from_form(data: QueryDict, prefix: str) -> Raw:
    """The tree whose fields start with `prefix`; an empty one where there are none."""
    return _group(data, prefix, None, 0)


def _group(data: QueryDict, path: str, relation: str | None, depth: int) -> Raw:
    mode = data.get(f"{path}_mode", "")
    count = _small(data.get(f"{path}_n", ""), 2 * MOST_LINES)
    if depth > DEEPEST_FORM:
        count = 0
    children = [_node(data, f"{path}-{n}", relation, depth + 1) for n in range(count)]
    return {mode if mode in set(Mode) else Mode.ALL: [child for child in children if child is not None]}


def _node(data: QueryDict, path: str, relation: str | None, depth: int) -> Raw | None:
    match data.get(f"{path}_kind"):
        case "group":
            return _group(data, path, relation, depth)
        case "test":
            return _test(data, path, relation)
        case "measure":
            return _measure(data, path, depth)
        case "kept":
            return _kept(data.get(f"{path}_json", ""))
        case "blank":
            return {}
    return None


def _kept(text: str) -> Raw:
    """A line that cannot be shown as fields goes through the page unchanged."""
    try:
        found = json.loads(text)
        compact(found).encode()  # half a surrogate pair cannot be shown again
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _test(data: QueryDict, path: str, relation: str | None) -> Raw:
    key, operator = data.get(f"{path}_fact", ""), data.get(f"{path}_is", "")
    fact = fact_at(key, relation)
    if fact is None:
        return {"fact": key, "is": operator}
    return line(fact, {"fact": key}, operator, OPERATORS[fact.type], data, path)


def _measure(data: QueryDict, path: str, depth: int) -> Raw:
    key, what, of = (data.get(f"{path}_{name}", "") for name in ("rows", "what", "of"))
    relation = find_relation(key)
    what = what if what in set(What) else What.COUNT
    raw: Raw = {what: key}
    if relation is None:
        return raw | {"is": data.get(f"{path}_is", "")}
    measured = None
    if what != What.COUNT:
        allowed = relation.summable() if what == What.SUM else relation.measurable()
        measured = next((fact for fact in allowed if fact.key == of), allowed[0] if allowed else None)
        raw["of"] = measured.key if measured else of
    if data.get(f"{path}_where"):
        raw["where"] = _group(data, f"{path}-w", key, depth + 1)
    fact = measured or counted(relation.label)
    return line(fact, raw, data.get(f"{path}_is", ""), OPERATORS[fact.type][:7], data, path)


def counted(label: str) -> Fact:
    """The number of related rows, as if it were a fact."""
    return Fact("", f"the number of {label}", Type.COUNT, "", PersonalDataClass.BEHAVIOUR)


def line(fact: Fact, raw: Raw, operator: str, allowed: tuple[Op, ...], data: QueryDict, path: str) -> Raw:
    """`raw` with the operator and, where one is given, the value."""
    op = next((one for one in allowed if one == operator), allowed[0])
    value = _operand(fact, op, data, path)
    return raw | {"is": op.value} | ({} if value is None else {"value": value})


def _operand(fact: Fact, op: Op, data: QueryDict, path: str) -> Any:
    if op in WITHOUT_VALUE:
        return None
    if op in WITH_LIST:
        return _several(data, path)
    if op in WITH_SPAN:
        typed, unit = data.get(f"{path}_value", "").strip(), data.get(f"{path}_unit", "").split("_")[0]
        return {unit if unit in UNITS else UNITS[0]: number(typed)} if typed else None
    if op is Op.BETWEEN:
        two = [_one(fact, data, path, n) for n in ("", "2")]
        return None if two == [None, None] else ["" if value is None else value for value in two]
    other = data.get(f"{path}_times", "")
    if other:
        return {"times": number(data.get(f"{path}_value", "").strip() or "1"), "fact": other}
    return _one(fact, data, path, "")


def _several(data: QueryDict, path: str) -> list[str] | None:
    typed = data.get(f"{path}_add", "").strip()
    values = [*data.getlist(f"{path}_values"), *([typed] if typed else [])]
    return list(dict.fromkeys(values)) or None


def _one(fact: Fact, data: QueryDict, path: str, n: str) -> Any:
    typed = data.get(f"{path}_value{n}", "").strip()
    if not typed:
        return None
    match fact.type:
        case Type.DATE | Type.MOMENT:
            return _day(typed, data.get(f"{path}_unit{n}", ""))
        case Type.MONEY:
            return {"amount": number(typed), "currency": data.get(f"{path}_currency", "")}
        case Type.SHARE:
            return _fraction(number(typed))
        case Type.TEXT:
            return typed
    return number(typed)


def _day(typed: str, unit: str) -> Any:
    span, _, direction = unit.partition("_")
    if span not in UNITS:
        return typed
    # "30" that was typed as a length of time stays one; a day that stood there before means nothing here.
    return {direction if direction in ("ago", "ahead") else "ago": {span: number(typed)}}


def number(typed: str) -> str:
    """A number as people type it: "1,200", "$12.50", "2,5", "25 %" and "−3"; anything else as it is."""
    bare = _NOT_A_NUMBER.sub("", _THOUSANDS.sub("", typed)).replace("\N{MINUS SIGN}", "-").replace(",", ".")
    try:
        Decimal(bare)
    except InvalidOperation:
        return typed
    return bare


def _fraction(percent: str) -> str:
    try:
        found = Decimal(percent)
        return f"{found.scaleb(-2).normalize():f}" if abs(found.adjusted()) <= MOST_DIGITS else percent
    except ArithmeticError:
        return percent


def fact_at(key: str, relation: str | None) -> Fact | None:
    """A fact of the population, or of the related rows inside which the line stands."""
    if relation is None:
        return find_fact(key)
    found = find_relation(relation)
    return found.fact(key) if found else None


def _small(text: str, most: int) -> int:
    return min(whole_number(text[:8]) or 0, most)


def compact(raw: Mapping[str, Any]) -> str:
    """JSON for an address or a hidden field."""
    return json.dumps(raw, separators=(",", ":"), ensure_ascii=False)
