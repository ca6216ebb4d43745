"""What people type on pages made of several rooms."""

from typing import Any

from django import forms

from crm.forms import CustomerForm
from desk.selectors.bulk import EXPORT_PURPOSES


class NewCustomerForm(CustomerForm):
    """A customer with the first contact points and a portfolio."""

    email = forms.CharField(required=False, max_length=254, label="E-mail")
    phone = forms.CharField(
        required=False, max_length=40, help_text="As dialled at home, or with its country: +44 20 …"
    )
    portfolio = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, portfolios: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portfolio"].choices = portfolios  # type: ignore[attr-defined]


class TransferForm(forms.Form):
    to = forms.UUIDField()
    reason = forms.CharField(max_length=300, min_length=3)


class ExportForm(forms.Form):
    purpose = forms.ChoiceField(choices=[(p["key"], p["label"]) for p in EXPORT_PURPOSES])
    note = forms.CharField(max_length=150)
    columns = forms.ChoiceField(
        required=False, choices=[("shown", "The columns of this list"), ("every", "Everything known")]
    )

    def wants_everything(self) -> bool:
        return bool(self.cleaned_data["columns"] == "every")

    def words(self) -> str:
        """ "Accounting or tax: the yearly statement"."""
        labels = dict(self.fields["purpose"].choices)  # type: ignore[attr-defined]
        return f"{labels[self.cleaned_data['purpose']]}: {self.cleaned_data['note']}"
