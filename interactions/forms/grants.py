"""What people type about grants."""

from typing import Any

from django import forms

from interactions.models import Grant
from tenancy.db.ids import new_id
from tenancy.money import minor_digits


class GrantForm(forms.Form):
    """`key` is of the page: the same page sent again gives nothing twice."""

    key = forms.UUIDField(required=False, initial=new_id, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label="What", choices=Grant.Kind.choices)
    amount = forms.DecimalField(label="What it costs us", min_value=0, max_digits=14)
    reason = forms.CharField(max_length=300, help_text="For the customer’s timeline: what happened.")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        amount: Any = self.fields["amount"]
        amount.decimal_places = minor_digits(currency)
        amount.label = f"What it costs us, {currency}"
        amount.widget.attrs["step"] = f"{10 ** -minor_digits(currency):.{minor_digits(currency)}f}"


class DecisionForm(forms.Form):
    words = forms.CharField(
        label="A word about it", max_length=300, required=False, help_text="A no needs its reason."
    )
