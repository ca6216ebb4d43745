"""From a tree back to its JSON: `parse(to_json(tree, currency=c), currency=c) == tree`."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

from rules.catalogue import Fact, Type
from rules.language.tree import (
    WITH_LIST,
    Group,
    Measure,
    Multiple,
    Node,
    Op,
    Operand,
    RelativeDay,
    Span,
    Test,
)
from rules.language.values import counted
from tenancy.money import minor_digits


def to_json(node: Node, *, currency: str) -> dict[str, Any]:
    """The JSON of a tree, as `rules.language.parse` describes it. `currency`: the tenant's."""
    if isinstance(node, Group):
        return {node.mode.value: [to_json(child, currency=currency) for child in node.of]}
    if isinstance(node, Test):
        return {"fact": node.fact.key} | _comparison(node.fact, node.operator, node.operand, currency)
    return _measure(node, currency)


def canonical(node: Node, *, currency: str) -> str:
    """The same text for the same condition: to compare and to find again."""
    return json.dumps(to_json(node, currency=currency), sort_keys=True, separators=(",", ":"))


def _measure(measure: Measure, currency: str) -> dict[str, Any]:
    raw: dict[str, Any] = {measure.what.value: measure.relation.key}
    if measure.of is not None:
        raw["of"] = measure.of.key
    if measure.where is not None:
        raw["where"] = to_json(measure.where, currency=currency)
    fact = measure.of or counted(measure.relation)
    return raw | _comparison(fact, measure.operator, measure.operand, currency)


def _comparison(fact: Fact, operator: Op, operand: Operand, currency: str) -> dict[str, Any]:
    found: dict[str, Any] = {"is": operator.value}
    if operand is None:
        return found
    if operator in WITH_LIST or operator is Op.BETWEEN:
        return found | {"value": [value_to_json(fact, one, currency) for one in operand]}
    return found | {"value": value_to_json(fact, operand, currency)}


def value_to_json(fact: Fact, value: Any, currency: str) -> Any:
    """One value of a fact, or what stands for one: a span, a day counted from today, a multiple."""
    if isinstance(value, Span):
        return {value.unit: value.n}
    if isinstance(value, RelativeDay):
        return {"ahead" if value.ahead else "ago": {value.span.unit: value.span.n}}
    if isinstance(value, Multiple):
        return {"times": value.times, "fact": value.fact.key}
    if isinstance(value, date):
        return value.isoformat()
    if fact.type is Type.MONEY:
        return {"amount": f"{Decimal(value).scaleb(-minor_digits(currency)):f}", "currency": currency}
    return value if fact.type in (Type.COUNT, Type.NUMBER, Type.SHARE) else str(value)
