"""What people type about promises: parsed here, decided in the services."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.utils import timezone

from interactions.models import Promise
from tenancy.forms import DayField, IdField

END_OF_DAY: Final = time(23, 59)


class _DueForm(forms.Form):
    """A day and an hour of the company's clock."""

    due_on = DayField(label="Until")
    due_time = forms.TimeField(
        label="At", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Empty: any time that day. At that moment it is broken, whoever looks or not.",
    )  # fmt: skip

    def due_at(self) -> datetime:
        return moment(self.cleaned_data["due_on"], self.cleaned_data["due_time"])


def moment(day: date, at: time | None) -> datetime:
    """In the company's zone; a time that a clock change leaves out is the one after it."""
    return timezone.make_aware(datetime.combine(day, at or END_OF_DAY))


class PromiseForm(_DueForm):
    words = forms.CharField(
        label="What we promise", max_length=500, help_text="As you said it: “call back about the kettle”."
    )
    member = IdField(label="Who answers for it", required=False)

    field_order = ("words", "due_on", "due_time", "member")

    def __init__(self, *args: Any, members: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].offer(  # type: ignore[attr-defined]
            members, nothing="whoever manages their portfolio"
        )


class MoveForm(_DueForm):
    reason = forms.CharField(
        label="What the customer agreed to, and why", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    field_order = ("due_on", "due_time", "reason")

    @classmethod
    def first(cls, promise: Promise) -> dict[str, Any]:
        at = timezone.localtime(promise.due_at)
        return {"due_on": at.date(), "due_time": None if at.time() == END_OF_DAY else at.time()}


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label
