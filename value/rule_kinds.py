"""The rules by which the company sorts its customers into kinds; each kind is treated in its own way."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import F
from django.utils import timezone

from crm.models import CustomerSummary
from rules.kinds import FieldType, Outcome, OutcomeField, RuleKind
from rules.selectors.findings import read_from

KIND: Final = "value.kind"
WORDS: Final[dict[str, str]] = {value: str(label) for value, label in CustomerSummary.Kind.choices}


def kind_words(outcome: Outcome) -> str:
    """ "most valuable"; what does not exist any more as it stands."""
    return WORDS.get(outcome.get("kind", ""), str(outcome.get("kind", "")))


def facts_read() -> Mapping[str, Sequence[str]]:
    """Kind -> what the rules look at that are in force, or will be."""
    reads = sorted(set[str]().union(*read_from(KIND, at=timezone.now())))
    return dict.fromkeys(WORDS, reads)


KIND_OF_CUSTOMER: Final = RuleKind(
    key=KIND,
    label="Kind of customer",
    explanation="What kind of customer somebody is: most valuable to keep, most growable to win more of, below zero to "
    "reprice. Lists, segments and other rules can ask for it.",
    fields=(
        OutcomeField("kind", "Kind", FieldType.CHOICE, lambda: list(CustomerSummary.Kind.choices)),
    ),
    words=kind_words,
    makes_fact=KIND,
    compare=lambda outcome: str(outcome["kind"]),
    current=lambda setting: F("customer_kind"),
)  # fmt: skip
