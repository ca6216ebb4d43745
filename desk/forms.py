"""What people type on pages made of several rooms."""

from typing import Any

from django import forms

from crm.forms import CustomerForm
from desk.selectors.bulk import EXPORT_PURPOSES, MAILING
from privacy.selectors.may_we import CHANNELS


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
    channel = forms.ChoiceField(required=False, choices=[("", "…"), *CHANNELS[:4]])
    contact_purpose = forms.CharField(required=False, max_length=40)
    columns = forms.ChoiceField(
        required=False, choices=[("shown", "The columns of this list"), ("every", "Everything known")]
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if given.get("purpose") == MAILING and not (given.get("channel") and given.get("contact_purpose")):
            self.add_error(
                "channel", "Choose how and for what: only whom we may contact so goes into the file."
            )
        return given

    def contact(self) -> tuple[str, str] | None:
        """How and for what people are to be contacted; None: not at all."""
        given = self.cleaned_data
        return (given["channel"], given["contact_purpose"]) if given["purpose"] == MAILING else None

    def wants_everything(self) -> bool:
        return bool(self.cleaned_data["columns"] == "every")

    def words(self) -> str:
        """ "Accounting or tax: the yearly statement"."""
        labels = dict(self.fields["purpose"].choices)  # type: ignore[attr-defined]
        return f"{labels[self.cleaned_data['purpose']]}: {self.cleaned_data['note']}"
