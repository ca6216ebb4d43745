"""Surveys: what is asked after which contacts, how often, and how soon."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from interactions.models import Interaction, Survey
from interactions.services.refusals import Refused, require_text

LONGEST_WAIT = 14 * 24 * 60
LONGEST_REST = 3650


class SurveyRefused(Refused):
    """The survey cannot be so, or not be answered so."""


@dataclass(frozen=True)
class Terms:
    """All that a survey says. `channels` empty: after contacts on any. `share`: of 100 contacts."""

    name: str
    kind: str
    question: str
    channels: Sequence[str] = ()
    wait_minutes: int = 60
    share: int = 100
    rest_days: int = 90
    is_active: bool = False


def save_survey(*, terms: Terms, survey: Survey | None = None) -> Survey:
    """Add a survey, or change one; asks that wait already stay as they are.

    The kind of a survey that somebody was asked by stays: its answers stand on that scale. Raises SurveyRefused.
    """
    values = _checked(terms)
    try:
        with transaction.atomic():
            if survey is None:
                return Survey.objects.create(made_at=timezone.now(), **values)
            held = Survey.objects.select_for_update().get(id=survey.id)
            if held.kind != terms.kind and held.asks.exists():
                raise SurveyRefused(
                    "People were asked on the other scale already: add a survey instead.", field="kind"
                )
            for name, value in values.items():
                setattr(held, name, value)
            held.save(update_fields=list(values))
            return held
    except IntegrityError as twice:
        raise SurveyRefused("There is a survey of this name already.", field="name", code="twice") from twice


def _checked(terms: Terms) -> dict[str, object]:
    if terms.kind not in Survey.Kind.values:
        raise SurveyRefused(f"The kind is one of {', '.join(Survey.Kind.values)}.", field="kind")
    unknown = set(terms.channels) - set(Interaction.Channel.values)
    if unknown:
        raise SurveyRefused(f"There is no channel {sorted(unknown)[0]!r}.", field="channels")
    for field, value, low, high in (
        ("share", terms.share, 1, 100), ("wait_minutes", terms.wait_minutes, 0, LONGEST_WAIT),
        ("rest_days", terms.rest_days, 1, LONGEST_REST),
    ):  # fmt: skip
        if not low <= value <= high:
            raise SurveyRefused(f"From {low} to {high:,}.", field=field)
    return {
        "name": require_text(SurveyRefused, terms.name, field="name", most=80, least=1),
        "question": require_text(SurveyRefused, terms.question, field="question", most=200, least=5),
        "kind": terms.kind, "channels": sorted(set(terms.channels)), "wait_minutes": terms.wait_minutes,
        "share": terms.share, "rest_days": terms.rest_days, "is_active": terms.is_active,
    }  # fmt: skip
