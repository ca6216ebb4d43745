"""What people note about what protects a customer."""

from datetime import date
from typing import Any

from django import forms

from privacy.models import Capture, Person
from tenancy.forms import Choices, DayField


class PersonForm(forms.Form):
    kind = forms.ChoiceField(
        label="They are", required=False,
        choices=[("", "told by whom they act for"), *Person.Kind.choices],
        help_text="Companies have fewer rights against advertising than people; a sole trader counts as a person.",
    )  # fmt: skip
    residences = forms.MultipleChoiceField(
        label="Where they live", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Every place they plausibly live in; the strictest of their rules counts. None: the country of the "
        "address. Where that is not known either, the strictest rules of all.",
    )  # fmt: skip
    born_on = DayField(
        label="Born on", required=False,
        help_text="Empty: not known. Only note it where you need it: it is data about a person too.",
    )  # fmt: skip
    parent_agreed_on = DayField(label="A parent agreed on", required=False)
    parental_evidence = forms.CharField(
        label="How that was verified, and where it is kept", required=False, max_length=200,
        help_text="Needed with the day: “call back to the father’s number, file 12”.",
    )  # fmt: skip
    contract_until = DayField(
        label="Contract until",
        required=False,
        help_text="The last day; with a contract, consent in France does not age.",
    )

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["residences"].choices = list(places)  # type: ignore[attr-defined]


class DeathForm(forms.Form):
    reported_by = forms.CharField(
        label="Who reported it, and how", max_length=200,
        help_text="“Her daughter, by phone.” From now on nothing contacts them; it can be taken back.",
    )  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stays in the customer’s history with your name.",
    )  # fmt: skip

    def __init__(self, *args: Any, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = label


class CaptureForm(forms.Form):
    origin = forms.ChoiceField(label="We came by it", choices=Capture.Origin.choices)
    collected_on = DayField(label="On")
    way_out_offered = forms.BooleanField(
        label="A way out was offered at once", required=False,
        help_text="Without consent, advertising by e-mail to customers needs it: then, and in every message "
        "(ePrivacy 13(2), PECR 22(3)).",
    )  # fmt: skip

    def captured(self) -> tuple[str, date, bool]:
        given = self.cleaned_data
        return given["origin"], given["collected_on"], given["way_out_offered"]
