"""Rules drawn at random over the catalogue as it is, as JSON: their values are taken from the customers that are there,
so that a test holds for some of them and not for others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from rules.catalogue import Fact, Relation, Type
from rules.language.tree import MEASURE_OPERATORS, OPERATORS, WITH_LIST, WITH_SPAN, WITHOUT_VALUE, Op, What
from rules.language.values import LARGEST, comparable
from rules.moment import Setting

Json = Any
Strategy = st.SearchStrategy[Json]
DEEPEST: Final = 3
_LISTED: Final = {Type.TEXT, Type.CHOICE, Type.SET}
_DAYS: Final = {Type.DATE, Type.MOMENT}


@dataclass(frozen=True)
class Drawer:
    """Draws rules. `pools`: fact's key -> values that customers have."""

    facts: Sequence[Fact]
    relations: Sequence[Relation]
    pools: Mapping[str, Sequence[Any]]
    setting: Setting
    _chosen: dict[str, list[str]] = field(default_factory=dict)

    def rules(self) -> Strategy:
        return self.groups(DEEPEST)

    def groups(self, depth: int, relation: Relation | None = None) -> Strategy:
        modes = st.sampled_from(["all", "any", "none"])
        lines = st.lists(self.lines(depth - 1, relation), min_size=1, max_size=3)
        return st.tuples(modes, lines).map(lambda drawn: {drawn[0]: drawn[1]})

    def lines(self, depth: int, relation: Relation | None) -> Strategy:
        kinds = [self.tests(relation.facts if relation else self.facts)]
        if relation is None:
            kinds.append(self.measures(depth))
        if depth > 0:
            kinds.append(self.groups(depth, relation))
        return st.one_of(kinds)

    def tests(self, facts: Sequence[Fact]) -> Strategy:
        able = [fact for fact in facts if self.operators(fact)]
        return st.sampled_from(able).flatmap(lambda fact: self.test(fact, able))

    def operators(self, fact: Fact) -> list[Op]:
        """Those that can be drawn: a list needs something to choose from."""
        choices = self.choices(fact)
        return [operator for operator in OPERATORS[fact.type] if choices or operator not in WITH_LIST]

    def test(self, fact: Fact, facts: Sequence[Fact]) -> Strategy:
        def of(operator: Op) -> Strategy:
            line = {"fact": fact.key, "is": str(operator)}
            if operator in WITHOUT_VALUE:
                return st.just(line)
            return self.value(fact, operator, facts).map(lambda value: {**line, "value": value})

        return st.sampled_from(self.operators(fact)).flatmap(of)

    def measures(self, depth: int) -> Strategy:
        return st.sampled_from(list(self.relations)).flatmap(lambda relation: self.measure(relation, depth))

    def measure(self, relation: Relation, depth: int) -> Strategy:
        figures = [(What.COUNT, _counted(relation))]
        figures += [(What.SUM, fact) for fact in relation.summable()]
        figures += [(what, fact) for what in (What.LARGEST, What.SMALLEST) for fact in relation.measurable()]
        where = st.none() | self.groups(max(depth, 1), relation)

        def of(drawn: tuple[tuple[What, Fact], Op, Json]) -> Strategy:
            (what, fact), operator, where = drawn
            line = {str(what): relation.key, "is": str(operator)}
            line |= {"of": fact.key} if what is not What.COUNT else {}
            line |= {"where": where} if where else {}
            return self.value(fact, operator, ()).map(lambda value: {**line, "value": value})

        return st.tuples(st.sampled_from(figures), st.sampled_from(MEASURE_OPERATORS), where).flatmap(of)

    def value(self, fact: Fact, operator: Op, facts: Sequence[Fact]) -> Strategy:
        if operator in WITH_SPAN:
            return self.spans()
        if operator in WITH_LIST:
            return st.lists(st.sampled_from(self.choices(fact)), min_size=1, max_size=3)
        if operator is Op.BETWEEN:
            return self.pairs(fact)
        others = [other for other in facts if comparable(fact, other)]
        constants = self.constants(fact).map(lambda value: self.written(fact, value))
        return constants | self.multiples(others) if others else constants

    def multiples(self, others: Sequence[Fact]) -> Strategy:
        times = st.sampled_from(["0.001", "0.5", "1", "1.5", "2", "1000"])
        return st.tuples(st.sampled_from(others), times).map(
            lambda drawn: {"fact": drawn[0].key, "times": drawn[1]}
        )

    def pairs(self, fact: Fact) -> Strategy:
        return st.lists(self.constants(fact), min_size=2, max_size=2).map(
            lambda both: [self.written(fact, value) for value in sorted(both)]
        )

    def choices(self, fact: Fact) -> list[str]:
        """What a list of this fact may hold, values that customers have before all."""
        if fact.key not in self._chosen:
            self._chosen[fact.key] = self._choices(fact)
        return self._chosen[fact.key]

    def _choices(self, fact: Fact) -> list[str]:
        if fact.type not in _LISTED:
            return []
        if fact.options is None:
            return [text for text in self.pool(fact) if text.strip()] or ["words"]
        options = [value for value, _ in fact.options()]
        had = {
            str(one)
            for value in self.pool(fact)
            for one in (value if isinstance(value, frozenset) else [value])
        }
        return [value for value in options if value in had] * 3 + options[:3]

    def pool(self, fact: Fact) -> list[Any]:
        return list(self.pools.get(fact.key, ()))

    def constants(self, fact: Fact) -> Strategy:
        """Values of the fact's type, near those that customers have."""
        had = self.pool(fact)
        if fact.type in _DAYS:
            days = [
                value.astimezone(self.setting.zone).date() if isinstance(value, datetime) else value
                for value in had
            ]
            near = st.tuples(st.sampled_from(days or [self.setting.today]), st.integers(-1, 1))
            return near.map(lambda drawn: drawn[0] + timedelta(days=drawn[1]))
        if fact.type is Type.TEXT:
            return st.sampled_from([text for text in had if text.strip()] or ["words"]).flatmap(_parts)
        if fact.type is Type.SHARE:
            return st.sampled_from([0.0, 0.25, 1.0, *had])
        if fact.type is Type.NUMBER:
            return st.sampled_from([0.0, *had])
        whole = st.tuples(st.sampled_from([0, 1, *had]), st.integers(-1, 1)).map(sum)
        return whole.map(lambda value: max(-LARGEST, min(value, LARGEST)))

    def written(self, fact: Fact, value: Any) -> Json:
        """As it stands in a rule."""
        if fact.type is Type.MONEY:
            return {"amount": str(Decimal(value).scaleb(-2)), "currency": self.setting.currency}
        if isinstance(value, date):
            return self.day(value)
        return repr(value) if isinstance(value, float) else value

    def day(self, value: date) -> Json:
        """Half of them counted from today."""
        back = (self.setting.today - value).days
        if back % 2 and back > 0:
            return {"ago": {"days": back}}
        return {"ahead": {"days": -back}} if back % 2 else value.isoformat()

    def spans(self) -> Strategy:
        days = st.tuples(st.just("days"), st.sampled_from([1, 2, 29, 30, 31, 90, 365]))
        other = st.tuples(st.sampled_from(["weeks", "months", "years"]), st.integers(1, 4))
        return (days | other).map(lambda drawn: {drawn[0]: drawn[1]})


def _counted(relation: Relation) -> Fact:
    return Fact(relation.key, "", Type.COUNT, "", relation.facts[0].personal)


def _parts(text: str) -> Strategy:
    """A word or a part of it, as people search."""
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    return cuts.map(lambda ends: text[min(ends) : max(ends)]).map(lambda part: part if part.strip() else text)
