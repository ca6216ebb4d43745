"""The fact catalogue: every named, typed value about a customer that a rule can test.

Rooms register their facts and relations in `AppConfig.ready()` from their `facts.py`. A fact's value is said once, by
its SQL expression over the population's rows; the two back ends of the language only compare.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable

from rules.moment import Setting
from tenancy.access import Access
from tenancy.registries import Registry


class Type(StrEnum):
    """What a fact's value is, as PostgreSQL and Python hold it."""

    COUNT = "count"
    """A whole number (int)."""
    NUMBER = "number"
    """A measured number (double precision, float)."""
    SHARE = "share"
    """0 to 1 (double precision, float); shown as a percentage."""
    MONEY = "money"
    """Minor units of the tenant's currency (bigint, int)."""
    DATE = "date"
    """A day in the tenant's time zone (date)."""
    MOMENT = "moment"
    """A point in time (timestamptz); compared by its day in the tenant's time zone."""
    TEXT = "text"
    """Words (text), compared in their normal form."""
    CHOICE = "choice"
    """One of a list (text or uuid)."""
    FLAG = "flag"
    """Yes or no (bool)."""
    SET = "set"
    """Any number of a list (frozenset): the segments a customer is in."""


class PersonalDataClass(StrEnum):
    """How close to the person a fact is; the register of personal data is made from it."""

    NONE = "none"
    IDENTITY = "identity"
    """Who they are and how they are reached."""
    BEHAVIOUR = "behaviour"
    """What they did: orders, returns, contacts."""
    PROFILE = "profile"
    """What we worked out about them; someone who objected to profiling has none."""


class Cost(StrEnum):
    """What testing the fact for everybody takes."""

    INDEXED = "indexed"
    """An index that leads with the tenant and this column."""
    SCANNED = "scanned"
    """Every row of the population is read."""
    RELATED = "related"
    """Another table is read."""


Option = tuple[str, str]
"""(value as it stands in a rule, label)."""


@dataclass(frozen=True)
class Beside:
    """Another table that holds the value of a fact: read once for everybody, looked up for a few.

    At most one row a customer; of a SET one for each of its values.
    """

    rows: Callable[[], QuerySet[Any]]
    customer: str
    """Path from a row to its customer's id."""
    value: Combinable
    """Over those rows."""


@dataclass(frozen=True)
class Fact:
    """One entry of the catalogue.

    `expression` is over the population's rows (for a relation's fact: over the relation's rows). A SET has `members`,
    and `beside` or `among`, in its place. `among(values)` keeps the rows whose value is one of `values`, where that
    is quicker than `expression IN (...)`.

    `label` stands alone in lists; inside a sentence its first letter is made small ("whose last order is ...").
    """

    key: str
    """`<room>.<name>`; of a relation's fact `<room>.<relation>.<name>`."""
    label: str
    type: Type
    explanation: str
    personal: PersonalDataClass
    expression: str | Combinable | Callable[[Setting], Combinable] | None = None
    unit: str = ""
    """"days", "orders a year"; facts are compared with each other only within a type and unit."""
    cost: Cost = Cost.SCANNED
    permission: str = ""
    """Who lacks it can neither test nor see the fact."""
    options: Callable[[], Sequence[Option]] | None = None
    """For CHOICE and SET: what there is to choose from, in the active tenant."""
    normalise: Callable[[str], str] = field(default=lambda text: text)
    """For TEXT: the normal form in which the value is stored and constants are compared."""
    python: Callable[[str], Any] = str
    """For CHOICE and SET: an option's value as the database returns it (str, UUID)."""
    among: Callable[[Sequence[Any]], Q] | None = None
    is_known: Callable[[], Q] | None = None
    """The rows whose value is known, where that is quicker than `expression IS NOT NULL`."""
    days_since: "Fact | None" = None
    """The DATE from which this COUNT of days is counted up to today: a test is made on that date and its index."""
    beside: "Beside | None" = None
    """The other table in which the value stands; `expression` looks it up there for one customer."""
    members: Callable[[Sequence[UUID]], Mapping[UUID, frozenset[Any]]] | None = None
    """For SET: customers' ids -> their values; who has none is left out."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """operator or "any" -> how `rules.language.reading` says it after the noun: {"one_of": "in {value}"}."""
    rules: Callable[[], Mapping[str, Sequence[str]]] | None = None
    """For a fact made by rules: option's value -> the keys of facts that its rule reads (`rules.selectors.graph`)."""

    def sql(self, setting: Setting) -> Combinable:
        """The expression that yields the value in a query over the population."""
        if isinstance(self.expression, str):
            return F(self.expression)
        if callable(self.expression):
            return self.expression(setting)
        assert self.expression is not None, f"{self.key} has no expression"
        return self.expression

    @property
    def column(self) -> str:
        """The population's column that holds the value, or ''."""
        return self.expression if isinstance(self.expression, str) else ""


@dataclass(frozen=True)
class Relation:
    """Rows of another table that belong to a customer, to be counted and summed: orders, lines, cost events."""

    key: str
    """`<room>.<plural>`: "crm.orders"."""
    label: str
    """Plural, as it reads after a number: "orders"."""
    explanation: str
    rows: Callable[[], QuerySet[Any]]
    """All rows of the active tenant."""
    customer: str
    """Path from a row to its customer's id: "customer_id", "order__customer_id"."""
    facts: tuple[Fact, ...]
    permission: str = ""

    @property
    def rows_key(self) -> str:
        """Where a customer's related rows stand in a record: a fact may have the relation's own key."""
        return f"{self.key}[]"

    def fact(self, key: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.key == key), None)

    def summable(self) -> list[Fact]:
        """Whole numbers only: the sum of measured numbers depends on the order in which they are added."""
        return [fact for fact in self.facts if fact.type in {Type.COUNT, Type.MONEY}]

    def measurable(self) -> list[Fact]:
        """Facts whose largest or smallest can be tested."""
        return [fact for fact in self.facts if fact.type in {Type.COUNT, Type.MONEY, Type.NUMBER}]


@dataclass(frozen=True)
class Population:
    """Whom rules are about. crm registers "customers"."""

    rows: Callable[[Access | None], QuerySet[Any]]
    """Rows in an access's scope (None: everybody of the tenant), the trash left out."""
    key: str
    """Column of the rows that holds the customer's id."""
    lines: Callable[[Access, Sequence[UUID]], list["Line"]]
    """Customers' names and addresses for lists of examples, those in scope only, in the order of the ids."""
    ranges: Callable[[int], list[tuple[UUID, UUID]]]
    """The population cut into ranges [first, last] of about so many customers, for jobs and patient counts."""
    find: Callable[[Access, str], list[UUID]]
    """Customers in scope by the beginning of a name, a number or an address; a few, the best first."""
    permission: str
    """Who lacks it may not be shown a customer by name."""


@dataclass(frozen=True)
class Line:
    """One customer in a list of examples. `value` in minor units."""

    id: UUID
    name: str
    url: str
    value: int | None
    portfolio_id: UUID | None


facts: Registry[Fact] = Registry("facts")
relations: Registry[Relation] = Registry("relations")
populations: Registry[Population] = Registry("populations")


def register_facts(*entries: Fact) -> None:
    for entry in entries:
        assert entry.key not in facts, f"{entry.key} is registered twice"
        facts.register(entry.key, entry)


def register_relations(*entries: Relation) -> None:
    for entry in entries:
        assert entry.key not in relations, f"{entry.key} is registered twice"
        relations.register(entry.key, entry)


def customers() -> Population:
    """The one population there is."""
    return populations["customers"]


def find_fact(key: str) -> Fact | None:
    return facts.get(key)


def find_relation(key: str) -> Relation | None:
    return relations.get(key)


def usable_facts(access: Access) -> list[Fact]:
    """Facts that somebody may test and see, in the order in which the rooms registered them."""
    return [fact for fact in facts if not fact.permission or access.may(fact.permission)]


def usable_relations(access: Access) -> list[Relation]:
    return [entry for entry in relations if not entry.permission or access.may(entry.permission)]
