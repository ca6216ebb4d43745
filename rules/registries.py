"""What rooms on the right tell the rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from tenancy.access import Access
from tenancy.registries import Registry


@dataclass(frozen=True)
class RuleScope:
    """Which portfolios a portfolio-level rule set is about. portfolios registers one, under "portfolios"."""

    fact: str
    """Key of the fact that holds a customer's portfolio; its values are UUIDs."""
    portfolios_of: Callable[[Sequence[UUID]], Mapping[UUID, frozenset[UUID]]]
    """Rule sets' ids -> the portfolios they are about; a set without any is left out."""
    put: Callable[[UUID, Sequence[UUID]], None]
    """Rule set's id and the portfolios it is about from now on (replaces)."""
    own: Callable[[Access], list[UUID] | None]
    """Portfolios whose rules somebody with `rules.edit_own` may write; None: all."""
    names: Callable[[Sequence[UUID]], Mapping[UUID, str]]
    """Portfolios' ids -> names."""


# "value" -> key of the fact (MONEY) that dry runs add up beside counting customers; value registers one.
summed_fact: Registry[str] = Registry("summed fact")
rule_scopes: Registry[RuleScope] = Registry("rule scopes")


def rule_scope() -> RuleScope | None:
    """The one scope there is, or None before portfolios registered it."""
    return rule_scopes.get("portfolios")
