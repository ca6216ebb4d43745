"""What people type about a segment beside its condition."""

from django import forms

from crm.models import Segment


class SegmentForm(forms.Form):
    name = forms.CharField(max_length=120, help_text="As it stands in lists, rules and exports.")
    description = forms.CharField(
        max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it is for, so that others find it.",
    )  # fmt: skip
    mode = forms.ChoiceField(
        label="Members",
        choices=[
            (Segment.Mode.LIVE, "Live: customers come and go as things happen"),
            (Segment.Mode.FROZEN, "Frozen: whoever is in it today stays, until somebody refreshes it"),
        ],
        widget=forms.RadioSelect, initial=Segment.Mode.LIVE,
    )  # fmt: skip
    comment = forms.CharField(
        max_length=200,
        required=False,
        label="Why it changes",
        help_text="Stands with this version in its history.",
    )
