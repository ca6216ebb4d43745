"""The filters of the log of looks, as they stand in the address."""

from datetime import MAXYEAR, datetime
from typing import Any

from django import forms

from tenancy.forms import Choices, DayField


class HourField(forms.DateTimeField):
    """An hour with its offset, within the calendar of every zone."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> datetime | None:
        try:
            found: datetime | None = super().to_python(value)
        except OverflowError:
            raise forms.ValidationError("That is no hour.") from None
        if found and not 1 < found.year < MAXYEAR:
            raise forms.ValidationError("That is no hour.")
        return found


class LooksForm(forms.Form):
    actor = forms.ChoiceField(required=False, label="Who")
    view = forms.ChoiceField(required=False, label="Opened")
    day = DayField(required=False)
    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    hour = HourField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S%z"])

    def __init__(self, *args: Any, actors: Choices, views: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["actor"].choices = [("", "anybody"), ("system", "the system"), *actors]  # type: ignore[attr-defined]
        self.fields["view"].choices = [("", "anything"), *views]  # type: ignore[attr-defined]
