"""What the composer sends: parsed here, decided in services/logging.py."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from interactions.models import Interaction
from interactions.models.interaction import LONGEST_TEXT
from interactions.reading import Found
from interactions.selectors.logging import WAYS, need_value, promise_value
from interactions.selectors.need_kinds import need_kind
from interactions.services.contact import Contact
from interactions.services.logging import LONGEST_KEY, LogRefused, SaidNeed, SaidPromise

TEXT_WANTED = "Say in a few words what it was about."


class LogForm(forms.Form):
    """`need` and `promise` are lists of what the chips carry. `written_at`: when it was typed, maybe long ago."""

    key = forms.CharField(required=False, max_length=LONGEST_KEY)
    channel = forms.ChoiceField(choices=Interaction.Channel.choices)
    way = forms.ChoiceField(choices=WAYS)
    sentiment = forms.ChoiceField(choices=Interaction.Sentiment.choices, required=False)
    text = forms.CharField(
        max_length=LONGEST_TEXT, strip=True, error_messages={"required": TEXT_WANTED},
        widget=forms.Textarea,
    )  # fmt: skip
    written_at = forms.CharField(required=False)

    def clean_text(self) -> str:
        """Line ends as the browser's own script sends them, so that places in the text are the same for both."""
        return plain_lines(self.cleaned_data["text"])

    @property
    def written_at_moment(self) -> datetime | None:
        """None where it says nothing, or a clock is ahead of ours."""
        try:
            at = parse_datetime(self.cleaned_data.get("written_at") or "")
        except ValueError:
            return None
        return at if at and at.tzinfo and at <= timezone.now() else None

    @property
    def contact(self) -> Contact:
        given = self.cleaned_data
        no_answer = given["way"] == Interaction.Outcome.NO_ANSWER
        return Contact(
            channel=given["channel"],
            direction=Interaction.Direction.OUTBOUND if no_answer else given["way"],
            outcome=Interaction.Outcome.NO_ANSWER if no_answer else "",
            sentiment=given["sentiment"],
            text=given["text"],
            occurred_at=self.written_at_moment,
        )

    def said(self, found: Found | None = None) -> tuple[list[SaidNeed], list[SaidPromise]]:
        """What was confirmed; with `found`, all that was found instead. Raises LogRefused."""
        needs = [need_value(one) for one in found.needs] if found else self.data.getlist("need")  # type: ignore[attr-defined]
        promises = [promise_value(one) for one in found.promises] if found else self.data.getlist("promise")  # type: ignore[attr-defined]
        try:
            return [_need(json.loads(one)) for one in needs], [_promise(json.loads(one)) for one in promises]
        except (ValueError, KeyError, TypeError):
            raise LogRefused(
                "What was found in the text changed meanwhile. Look at it again, then save."
            ) from None


def plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _need(told: dict[str, Any]) -> SaidNeed:
    kind = need_kind(UUID(told["kind"]))
    if kind is None:
        raise ValueError(told["kind"])
    return SaidNeed(kind, str(told["words"]))


def _promise(told: dict[str, Any]) -> SaidPromise:
    due_at = parse_datetime(told["due_at"])
    if due_at is None:
        raise ValueError(told["due_at"])
    return SaidPromise(str(told["words"]), due_at)
