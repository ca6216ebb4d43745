"""What members type about a request: new ones, and what is done next."""

from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.utils import timezone

from crm.models import ContactPoint
from privacy.models import PersonRequest
from privacy.services.requests import AGAINST
from tenancy.forms import DayField

_AREA: Final = forms.Textarea(attrs={"rows": 3})


class NewRequestForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is asked for",
        choices=[
            ("access", "Access: what do you know about me"),
            ("portability", "Portability: my data, to take elsewhere"),
            ("rectification", "Rectification: something is wrong"),
            ("erasure", "Erasure: forget me"),
            ("restriction", "Restriction: keep it, and do not use it"),
            ("objection", "Objection: stop using it"),
        ],
    )
    received_on = DayField(
        label="When it came", help_text="The clock runs from this day, not from when you write it down."
    )
    asker = forms.CharField(
        max_length=400, required=False, label="Who asks",
        help_text="As they say: a name, an address, a phone number. It proves nothing yet.",
    )  # fmt: skip
    words = forms.CharField(
        required=False, max_length=10_000, label="In their words", widget=forms.Textarea(attrs={"rows": 5})
    )

    def received_at(self) -> datetime:
        """Today: now. An earlier day: its noon in the company's time, for nobody knows the hour."""
        day = self.cleaned_data["received_on"]
        now = timezone.localtime()
        return now if day == now.date() else datetime.combine(day, time(12), now.tzinfo)


class _Doing(forms.Form):
    """One thing that can be done with a request. `given` goes to its service by name."""

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class CustomerForm(_Doing):
    customer_id = forms.UUIDField(error_messages={"required": "Choose a customer."})


class CodeAskedForm(_Doing):
    contact_point_id = forms.UUIDField(
        label="Send it to", widget=forms.Select, error_messages={"required": "Choose an address."}
    )

    def offer(self, points: list[ContactPoint]) -> "CodeAskedForm":
        choices = [(str(point.id), point.value) for point in points]
        self.fields["contact_point_id"].widget = forms.Select(choices=choices)
        return self


class CodeForm(_Doing):
    code = forms.CharField(
        max_length=20, label="The code they tell you",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )  # fmt: skip


class IdentityForm(_Doing):
    how = forms.CharField(
        max_length=400, label="How you know who it is", widget=_AREA,
        help_text="For example: showed an identity card at the counter. Do not keep a copy of it.",
    )  # fmt: skip


class HandOverForm(_Doing):
    how = forms.CharField(
        max_length=400,
        label="How they got it",
        help_text="For example: downloaded at the counter, letter of 3 May.",
    )


class CorrectForm(_Doing):
    what = forms.CharField(max_length=1000, label="What was corrected", widget=_AREA)


class RestrictForm(_Doing):
    reason = forms.CharField(
        max_length=300, label="Why", help_text="For example: says that the address is wrong; being checked."
    )


class ObjectForm(_Doing):
    against = forms.ChoiceField(
        label="What it is against", choices=[(key, words.capitalize()) for key, words in AGAINST.items()]
    )


class EraseForm(_Doing):
    typed = forms.CharField(
        max_length=200,
        label="Type the customer's name to erase them",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ReasonForm(_Doing):
    reason = forms.CharField(max_length=1000, label="Why", widget=_AREA)


class TakenBackForm(_Doing):
    reason = forms.CharField(max_length=1000, label="How they said so", widget=_AREA, required=False)


class NoteForm(_Doing):
    text = forms.CharField(max_length=4000, label="Note", widget=_AREA)


FORM_OF_STEP: Final[dict[str, type[_Doing]]] = {
    "customer": CustomerForm, "send_code": CodeAskedForm, "code": CodeForm, "identity": IdentityForm,
    "assemble": _Doing, "hand_over": HandOverForm, "correct": CorrectForm, "restrict": RestrictForm,
    "object": ObjectForm, "erase": EraseForm, "extend": ReasonForm, "refuse": ReasonForm,
    "withdraw": TakenBackForm, "note": NoteForm, "take": _Doing,
}  # fmt: skip
"""What can be done -> the form it is said with."""

KINDS: Final = PersonRequest.Kind.choices
