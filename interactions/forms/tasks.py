"""What people type about tasks: parsed here, decided in the services."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from interactions.models import Task
from tenancy.forms import DayField

NOON = time(12)
AHEAD = (
    ("", "no reminder"), ("0", "when it is due"), ("15", "15 minutes before"), ("60", "an hour before"),
    ("1440", "a day before"), ("10080", "a week before"),
)  # fmt: skip


class TaskForm(forms.Form):
    """`due_on` and `due_time` are the company's clock; without a time the task is for the whole day."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    subject = forms.CharField(label="What is to be done", max_length=200)
    kind = forms.ChoiceField(choices=Task.Kind.choices)
    due_on = DayField(label="Due on", required=False)
    due_time = forms.TimeField(
        label="At", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Empty: any time that day.",
    )  # fmt: skip
    remind = forms.ChoiceField(label="Remind me", choices=AHEAD, required=False)
    whose = forms.ChoiceField(label="Who does it")
    repeats = forms.ChoiceField(choices=Task.Repeats.choices, required=False)
    repeats_until = DayField(label="Last day", required=False, help_text="Empty: until somebody ends it.")
    text = forms.CharField(
        label="More", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, whose: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whose"].choices = whose  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("due_time") and not given.get("due_on"):
            self.add_error("due_on", "Say on which day.")
        return given

    @property
    def work(self) -> dict[str, Any]:
        """The arguments of `services.tasks.Work`."""
        given = self.cleaned_data
        due = _moment(given["due_on"], given["due_time"] or NOON) if given["due_on"] else None
        ahead = given["remind"]
        minutes = timedelta(minutes=int(ahead)) if ahead else None
        return {
            "subject": given["subject"], "kind": given["kind"], "text": given["text"], "due_at": due,
            "is_all_day": due is not None and given["due_time"] is None,
            "remind_at": due - minutes if due and minutes is not None else None,
            "repeats": given["repeats"], "repeats_until": given["repeats_until"],
        }  # fmt: skip


def first_values(task: Task) -> dict[str, Any]:
    """What stands in the form of a task that there is."""
    due = timezone.localtime(task.due_at) if task.due_at else None
    return {
        "version": task.version, "subject": task.subject, "kind": task.kind, "text": task.text,
        "due_on": due.date() if due else None, "due_time": due.time() if due and not task.is_all_day else None,
        "remind": _ahead(task), "repeats": task.repeats, "repeats_until": task.repeats_until,
        "whose": f"member:{task.member_id}" if task.member_id else f"portfolio:{task.portfolio_id}",
    }  # fmt: skip


def _ahead(task: Task) -> str:
    if task.due_at is None or task.remind_at is None:
        return ""
    minutes = str(round((task.due_at - task.remind_at).total_seconds() / 60))
    return minutes if minutes in dict(AHEAD) else "0"


def _moment(day: Any, clock: time) -> datetime:
    return datetime.combine(day, clock, timezone.get_current_timezone())
