"""What people type about cases and their clocks: parsed here, decided in the services."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms

from interactions.clocks import WEEKDAYS
from interactions.models import BusinessCalendar, CaseKind, ServiceLevel
from interactions.scoring import SEVERITY_WORDS
from interactions.services.calendars import HEAVIEST, Opening
from tenancy.forms import IdField

SEVERITIES: Final = tuple((number, words.capitalize()) for number, words in enumerate(SEVERITY_WORDS))


class NewCaseForm(forms.Form):
    key = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    subject = forms.CharField(label="What it is about", max_length=200)
    kind = IdField(label="Kind")
    severity = forms.TypedChoiceField(label="How bad it is", coerce=int, choices=SEVERITIES, initial=1)
    text = forms.CharField(
        label="What happened, what they want", required=False, max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    is_proactive = forms.BooleanField(
        label="We noticed it first", required=False, help_text="They did not complain; we raise it for them."
    )

    def __init__(self, *args: Any, kinds: Sequence[CaseKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, IdField)
        kind.offer([(str(row.id), row.name) for row in kinds])


class CaseKindForm(forms.Form):
    name = forms.CharField(max_length=80)
    weight = forms.IntegerField(
        min_value=0, max_value=HEAVIEST, initial=20,
        help_text=f"0 to {HEAVIEST} points of a score of 100. Counts for cases from their next step on.",
    )  # fmt: skip
    calendar = IdField(label="Its clocks run by")

    def __init__(self, *args: Any, calendars: Sequence[BusinessCalendar], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calendar = self.fields["calendar"]
        assert isinstance(calendar, IdField)
        calendar.offer([(str(row.id), row.name) for row in calendars])


class CalendarForm(forms.Form):
    """Hours as they are written: "09:00-12:30, 13:30-17:30"; empty is closed. One holiday a line."""

    name = forms.CharField(max_length=80)
    time_zone = forms.ChoiceField(label="Time zone")
    holidays = forms.CharField(
        label="Holidays", required=False, max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": "2026-12-25 Christmas"}),
        help_text="One a line: the date, then what it is. Closed all day.",
    )  # fmt: skip
    is_default = forms.BooleanField(label="The usual calendar, for new kinds", required=False)
    field_order = (
        "name",
        "time_zone",
        *(f"day_{number}" for number in range(1, 8)),
        "holidays",
        "is_default",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)
        zone.choices = [(name, name.replace("_", " ")) for name in sorted(available_timezones())]
        for number, day in enumerate(WEEKDAYS, start=1):
            self.fields[f"day_{number}"] = forms.CharField(
                label=day, required=False, max_length=200,
                help_text="As 09:00-12:30, 13:30-17:30; empty is closed." if number == 1 else "",
            )  # fmt: skip
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for number in range(1, 8):
            try:
                given[f"day_{number}"] = _spans(given.get(f"day_{number}", ""))
            except ValueError:
                self.add_error(f"day_{number}", "Write hours as 09:00-12:30, 13:30-17:30.")
        return given

    def opening(self) -> Opening:
        given = self.cleaned_data
        return Opening(
            name=given["name"], time_zone=given["time_zone"], is_default=given["is_default"],
            hours={str(number): given[f"day_{number}"] for number in range(1, 8) if given[f"day_{number}"]},
            holidays=[_holiday(line) for line in given["holidays"].splitlines() if line.strip()],
        )  # fmt: skip


def _spans(text: str) -> list[list[str]]:
    """Raises ValueError for what is no pair of times; what they mean is the service's to judge."""
    spans = []
    for part in text.replace("–", "-").split(","):
        if part.strip():
            begins, ends = part.split("-")
            spans.append([begins.strip(), ends.strip()])
    return spans


def _holiday(line: str) -> dict[str, str]:
    on, _, name = line.strip().partition(" ")
    return {"on": on, "name": name.strip()}


def calendar_values(row: BusinessCalendar) -> dict[str, Any]:
    """What stands in the form of a calendar that there is."""
    hours: Mapping[str, Sequence[Sequence[str]]] = row.hours
    days = {
        f"day_{day}": ", ".join(f"{begins}-{ends}" for begins, ends in spans) for day, spans in hours.items()
    }
    holidays = "\n".join(f"{one['on']} {one.get('name', '')}".strip() for one in row.holidays)
    return {
        "name": row.name, "time_zone": row.time_zone, "holidays": holidays, "is_default": row.is_default, **days,
    }  # fmt: skip


class HoursField(forms.DecimalField):
    """Typed in hours, kept in whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=9999, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 60:.2f}".rstrip("0").rstrip(".") if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        hours = super().clean(value)
        return None if hours is None else round(hours * 60)


class LevelsForm(forms.Form):
    """`answer_1` to `resolve_4`, in hours of business hours."""

    def __init__(
        self, *args: Any, levels: Sequence[ServiceLevel], names: Mapping[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for level in levels:
            name, at = names[level.priority], level.priority
            self.fields[f"answer_{at}"] = HoursField(
                label=f"{name}: answer within, hours", initial=level.answer_minutes
            )
            self.fields[f"resolve_{at}"] = HoursField(
                label=f"{name}: resolve within, hours", initial=level.resolve_minutes
            )

    def levels(self) -> dict[int, tuple[int, int]]:
        given = self.cleaned_data
        return {at: (given[f"answer_{at}"], given[f"resolve_{at}"]) for at in range(1, 5)}
