"""How long a kind of data is kept."""

from django import forms


class RetentionForm(forms.Form):
    days = forms.IntegerField(label="Kept for days", min_value=1, max_value=36500)
    reason = forms.CharField(
        label="Why this long", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands in the record of processing (GDPR 30(1)(f)).",
    )  # fmt: skip
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
