"""What people type about needs and their catalogue: parsed here, decided in the services."""

from collections.abc import Sequence
from typing import Any

from django import forms

from interactions.models import Need, NeedKind
from interactions.services.need_kinds import LONGEST_DAYS, KindText
from tenancy.forms import DayField, IdField


class NeedForm(forms.Form):
    kind = IdField(label="What they need")
    words = forms.CharField(
        label="What they said", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    strength = forms.TypedChoiceField(
        label="How strong", coerce=int, choices=Need.Strength.choices, initial=Need.Strength.WANTED
    )
    visibility = forms.ChoiceField(
        label="Who sees it", choices=Need.Visibility.choices, initial=Need.Visibility.SHARED,
        help_text="What only the portfolio sees stands on no timeline, in no list and in no rule.",
    )  # fmt: skip
    expires_on = DayField(
        label="Rely on it until",
        required=False,
        help_text="Empty: as long as its kind lasts. Then ask again.",
    )

    def __init__(self, *args: Any, kinds: Sequence[NeedKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].offer([(str(kind.id), kind.name) for kind in kinds])  # type: ignore[attr-defined]


class EndForm(forms.Form):
    status = forms.ChoiceField(
        label="What became of it",
        choices=[(one.value, one.label) for one in (Need.Status.MET, Need.Status.UNMET, Need.Status.DROPPED)],
    )
    because = forms.CharField(
        label="Why", required=False, max_length=300,
        help_text="Needed where we cannot meet it: capabilities managers read it.",
    )  # fmt: skip


class TreatmentForm(forms.Form):
    words = forms.CharField(
        label="What we do differently", max_length=300, help_text="“Deliver on Saturdays, ring twice.”"
    )


class NeedKindForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Short, as people say it; #name in a contact finds it.")
    description = forms.CharField(required=False, max_length=300)
    lasts_days = forms.IntegerField(
        label="Rely on it for days", min_value=1, max_value=LONGEST_DAYS, initial=365,
        help_text="From when it was said. Needs that are there keep their day.",
    )  # fmt: skip

    def text(self) -> KindText:
        return KindText(**self.cleaned_data)
