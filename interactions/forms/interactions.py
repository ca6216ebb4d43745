"""What people type when they correct a contact: parsed here, decided in the services."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone

from interactions.models import Interaction
from interactions.models.interaction import LONGEST_TEXT
from interactions.services.corrections import LONGEST_REASON
from tenancy.forms import DayField

TOLD_AS: Final = {"day": "occurred_at", "time": "occurred_at"}
"""Field of the form -> field of the contact, where they are not called the same."""
STARS: Final = (
    ("", "not said"),
    ("1", "1, very bad"),
    ("2", "2"),
    ("3", "3"),
    ("4", "4"),
    ("5", "5, very good"),
)


class LinesField(forms.CharField):
    """A long text; a browser's line ends are not a change of it."""

    widget = forms.Textarea(attrs={"rows": 8, "dir": "auto"})

    def to_python(self, value: Any) -> str:
        return with_plain_lines(super().to_python(value) or "")


def with_plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


class CorrectionForm(forms.Form):
    """`day` and `time` are the company's clock. Built on what the writer saw, it knows what they changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    channel = forms.ChoiceField(choices=Interaction.Channel.choices)
    direction = forms.ChoiceField(choices=Interaction.Direction.choices)
    touchpoint = forms.ChoiceField(label="In touch with", choices=Interaction.Touchpoint.choices)
    initiative = forms.ChoiceField(label="Why then", choices=Interaction.Initiative.choices)
    day = DayField(label="Day")
    time = forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.DecimalField(required=False, min_value=Decimal(0), max_digits=7, decimal_places=2,
                                 label="Minutes", help_text="Of our time.")  # fmt: skip
    outcome = forms.ChoiceField(required=False, choices=Interaction.Outcome.choices)
    sentiment = forms.ChoiceField(required=False, label="They were", choices=Interaction.Sentiment.choices)
    satisfaction = forms.TypedChoiceField(
        required=False, choices=STARS, coerce=int, empty_value=None, help_text="As they said it themselves."
    )
    subject = forms.CharField(required=False, max_length=200)
    text = LinesField(required=False, max_length=LONGEST_TEXT, strip=False)
    reason = forms.CharField(
        label="Why is this corrected", max_length=LONGEST_REASON,
        help_text="Everybody who reads the contact sees the reason, and what stood there.",
    )  # fmt: skip

    def told(self, seen: Mapping[str, Any], *, leave: Collection[str] = ()) -> dict[str, Any]:
        """What the writer saw, with what they changed of it; `leave` stays as they saw it."""
        told = dict(seen)
        for name in self.changed_data:
            field = TOLD_AS.get(name, name)
            if field in told and field not in leave:
                told[field] = self._moment if field == "occurred_at" else self.cleaned_data[name]
        return told

    @property
    def _moment(self) -> datetime:
        given = self.cleaned_data
        return datetime.combine(given["day"], given["time"], timezone.get_current_timezone())


def first_values(told: Mapping[str, Any], version: int) -> dict[str, Any]:
    """What stands in the form of a contact that was told so."""
    moment = timezone.localtime(told["occurred_at"])
    return {
        **told, "version": version, "day": moment.date(), "time": moment.time().replace(second=0, microsecond=0),
        "text": with_plain_lines(told["text"]), "satisfaction": told["satisfaction"] or "",
    }  # fmt: skip
