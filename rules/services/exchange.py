"""Rules out as JSON and in again, from one company to another: a draft, with what does not fit here marked."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from rules.language.problems import Problem
from rules.models import RuleSet
from rules.selectors.rulesets import read_draft
from rules.services.rule_sets import RulesRefused, create_rule_set
from tenancy.access import Access

FORMAT: Final = "cornershop.rules/1"


def import_rule_set(
    *, access: Access, exported: dict[str, Any], name: str = "", portfolios: Sequence[UUID] = ()
) -> tuple[RuleSet, list[Problem]]:
    """A rule set with the draft of an export, and what of it does not fit here: other ids, another currency.

    `name` in place of the exported one. Nothing comes into force.
    Raises RulesRefused, ContentRefused and PermissionDenied.
    """
    if exported.get("format") != FORMAT:
        raise RulesRefused(f"This is no export of rules: its format is not {FORMAT}.")
    texts = {key: exported.get(key, "") for key in ("kind", "name", "description", "level")}
    if not all(isinstance(text, str) and "\x00" not in text for text in texts.values()):
        raise RulesRefused("This export cannot be read: kind, name, description and level are texts.")
    if name:
        texts["name"] = name
    content = exported.get("content")
    rule_set = create_rule_set(
        access=access, portfolios=portfolios, content={} if content is None else content, **texts
    )
    return rule_set, list(read_draft(access, rule_set).problems)
