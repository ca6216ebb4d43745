"""Segments in words and pictures, for their pages."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from crm.models import Segment
from crm.selectors.segment_numbers import Point
from crm.selectors.segments import may_read, uses_of
from rules.language.comparing import Words
from rules.language.parse import read
from rules.language.problems import Problem
from rules.language.reading import reading
from rules.language.words import Vocabulary
from rules.moment import setting_of
from tenancy.access import Access


@dataclass(frozen=True)
class Said:
    """A condition in words. `problems` say what cannot be read of it any more; `hidden` what may not be seen."""

    words: list[Words]
    problems: list[Problem]
    hidden: bool = False

    @property
    def text(self) -> str:
        text = "".join(part.text for part in self.words)
        return text[:1].upper() + text[1:]


class Reading:
    """Readings of several segments for one page."""

    def __init__(self, access: Access) -> None:
        self.access, self.words = access, Vocabulary(setting_of(access.profile))

    def of(self, segment: Segment) -> Said:
        currency = self.access.profile.currency
        node, problems = read(segment.condition, currency=currency)
        if problems:
            return Said([], problems)
        if not may_read(self.access, segment):
            return Said([], [], hidden=True)
        return Said(reading(node, self.words.setting, words=self.words), [])


def reading_of(access: Access, segment: Segment) -> Said:
    return Reading(access).of(segment)


def use_rows(access: Access, segment: Segment) -> list[tuple[str, str]]:
    """Where a segment is used: words, and the address for whoever may open it."""
    slug = access.tenant.slug
    rows = []
    for use in uses_of(segment):
        may = use.is_segment or access.may("rules.view")
        name = "segment" if use.is_segment else "rule_set"
        rows.append((use.words, reverse(name, args=[slug, use.id]) if may else ""))
    return rows


def picture(points: list[Point]) -> dict[str, Any]:
    """Size by day for the chart; {} for less than two days."""
    if len(points) < 2:
        return {}
    labels = [f"{point.day.day} {point.day:%b}" for point in points]
    line = {"label": "customers", "values": [point.customers for point in points], "look": "happened"}
    return {"labels": labels, "lines": [line], "end_words": True}
