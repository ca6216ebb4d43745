"""What is wrong with rules that can be read: they hold for nobody or for everybody, never get their turn, disagree, or
come to read what they decide."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rules.content import Content, keys_in
from rules.kinds import find_kind
from rules.language.analysis import Checked, Finding, Severity, problems_of_rules
from rules.models import Activation, RuleSet
from rules.moment import Setting
from rules.selectors.graph import cycle_words, find_cycle


def findings_of(content: Content, setting: Setting) -> list[Finding]:
    """Of rules each by itself and in their order; those that cannot be read are left out of it."""
    places = [place for place, rule in enumerate(content.rules) if not rule.is_broken]
    readable = [content.rules[place] for place in places]
    checked = [
        Checked(rule.name, rule.node, rule.outcome, rule.about) for rule in readable if rule.node is not None
    ]
    return [
        Finding(_placed(found.at, places), found.code, found.severity, found.message)
        for found in problems_of_rules(checked, setting)
    ]


def _placed(at: str, places: list[int]) -> str:
    """A place among the readable rules, among all of them."""
    head, number, *rest = at.split(".") if at.startswith("rules.") else ("", "", at)
    return ".".join([head, str(places[int(number)]), *rest]) if head else at


def circle_of(rule_set: RuleSet, raw: Any, *, at: datetime) -> str:
    """ "Kind of customer reads segment “A”, which reads ..."; "" where the rules do not come to read what they decide.

    Counted with them: every other version of the kind that is in force after `at`, or will be.
    """
    kind = find_kind(rule_set.kind)
    if kind is None or not kind.makes_fact:
        return ""
    reads = keys_in(raw).union(*read_from(rule_set.kind, at=at, without=rule_set))
    circle = find_cycle({kind.makes_fact: reads})
    return cycle_words(circle) if circle else ""


def read_from(kind: str, *, at: datetime, without: RuleSet | None = None) -> Iterable[set[str]]:
    """What the versions of a kind read that are in force at a moment or come into force after it."""
    rows = Activation.objects.select_related("version").filter(
        rule_set__kind=kind, state=Activation.State.AGREED
    )
    if without is not None:
        rows = rows.exclude(rule_set_id=without.id)
    return [set(row.version.reads) for row in rows if row.ends is None or row.ends > at]


def refusals(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep rules from coming into force."""
    return [found for found in findings if found.severity is Severity.REFUSE]
