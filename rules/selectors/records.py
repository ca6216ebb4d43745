"""Facts of a few customers, read for the closures: one query for the facts, one for each relation and each set."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from rules.catalogue import Fact, Relation, Type, customers
from rules.language.tree import Group, Measure, Node, facts_of, measures_of
from rules.moment import Setting
from tenancy.access import Access

Record = dict[str, Any]


def read_records(
    nodes: Iterable[Node], customer_ids: Sequence[UUID], setting: Setting, *, access: Access | None = None
) -> dict[UUID, Record]:
    """customer's id -> what `nodes` need to know of them. Who is not there, or out of scope, is left out."""
    nodes = list(nodes)
    wanted = list({fact.key: fact for node in nodes for fact in facts_of(node)}.values())
    records = read_facts(wanted, customer_ids, setting, access=access)
    for relation, facts in _related(nodes).values():
        for customer_id, rows in _rows(relation, facts, list(records), setting).items():
            records[customer_id][relation.rows_key] = rows
    return records


def read_facts(
    facts: Sequence[Fact], customer_ids: Sequence[UUID], setting: Setting, *, access: Access | None = None
) -> dict[UUID, Record]:
    """customer's id -> {fact's key: value}."""
    plain = [fact for fact in facts if fact.type is not Type.SET]
    population = customers()
    rows = population.rows(access).filter(**{f"{population.key}__in": list(customer_ids)})
    values = rows.order_by().values_list(population.key, *(fact.sql(setting) for fact in plain))
    records: dict[UUID, Record] = {
        row[0]: dict(zip((fact.key for fact in plain), row[1:], strict=True)) for row in values
    }
    for fact in (fact for fact in facts if fact.type is Type.SET):
        assert fact.members is not None, f"{fact.key} has no members"
        found = fact.members(list(records))
        for customer_id, record in records.items():
            record[fact.key] = found.get(customer_id, frozenset())
    return records


def _related(nodes: Sequence[Node]) -> dict[str, tuple[Relation, list[Fact]]]:
    """relation's key -> the relation with every fact of it that some measure reads."""
    found: dict[str, tuple[Relation, list[Fact]]] = {}
    for measure in (measure for node in nodes for measure in measures_of(node)):
        _, facts = found.setdefault(measure.relation.key, (measure.relation, []))
        facts += [fact for fact in _facts_of_measure(measure) if fact not in facts]
    return found


def _facts_of_measure(measure: Measure) -> list[Fact]:
    own = [measure.of] if measure.of else []
    return own + (facts_of(measure.where) if isinstance(measure.where, Group) else [])


def _rows(
    relation: Relation, facts: Sequence[Fact], customer_ids: Sequence[UUID], setting: Setting
) -> dict[UUID, list[Record]]:
    rows = relation.rows().filter(**{f"{relation.customer}__in": list(customer_ids)}).order_by()
    found: dict[UUID, list[Record]] = {customer_id: [] for customer_id in customer_ids}
    keys = [fact.key for fact in facts]
    for row in rows.values_list(relation.customer, *(fact.sql(setting) for fact in facts)):
        found[row[0]].append(dict(zip(keys, row[1:], strict=True)))
    return found
