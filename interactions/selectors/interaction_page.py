"""One contact as people read it: what was told, in words, and what was corrected in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from interactions.models import Correction, Interaction
from interactions.selectors.interactions import corrections_of
from interactions.services.corrections import from_plain

LABELS: Final = {
    "channel": "How", "direction": "Who came to whom", "touchpoint": "In touch with", "initiative": "Why then",
    "occurred_at": "When", "minutes": "Minutes of our time", "outcome": "Outcome", "sentiment": "They were",
    "satisfaction": "Satisfaction", "subject": "Subject", "text": "Text",
}  # fmt: skip
_CHOICES: Final = {
    "channel": Interaction.Channel, "direction": Interaction.Direction, "touchpoint": Interaction.Touchpoint,
    "initiative": Interaction.Initiative, "outcome": Interaction.Outcome, "sentiment": Interaction.Sentiment,
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A correction: who, when, why, and (label, what stood there, whether that is long) for each field."""

    correction: Correction
    before: list[tuple[str, str, bool]]


def in_words(name: str, value: Any) -> str:
    """A field of `Contact` as people read it; "" where there was nothing."""
    if value in (None, ""):
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%-d %b %Y, %H:%M}"
    if name == "minutes":
        return f"{value.normalize():f}"
    if name == "satisfaction":
        return f"{value} of 5"
    choices = _CHOICES.get(name)
    return str(choices(value).label) if choices else str(value)


def pairs_of(interaction: Interaction) -> list[tuple[str, str]]:
    """(label, words) of what was told; subject and text stand elsewhere, what was not said is left out."""
    names = [name for name in LABELS if name not in ("subject", "text")]
    named = [(LABELS[name], in_words(name, getattr(interaction, name))) for name in names]
    return [(label, words) for label, words in named if words]


def shown_corrections(interaction: Interaction) -> list[Shown]:
    """The newest first."""
    return [Shown(row, _before(row.before)) for row in corrections_of(interaction)]


def _before(before: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    told = {name: in_words(name, from_plain(name, before[name])) for name in LABELS if name in before}
    return [(LABELS[name], words, name == "text" and len(words) > 400) for name, words in told.items()]
