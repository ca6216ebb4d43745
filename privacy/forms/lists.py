"""What people type about lists of addresses."""

from django import forms

from privacy.lists import LISTS
from privacy.models import ListUpload
from tenancy.forms import DayField

KINDS = [("email", "E-mail"), ("phone", "Phone"), ("post", "Postal address")]


class LookUpForm(forms.Form):
    kind = forms.ChoiceField(choices=KINDS)
    value = forms.CharField(label="Address", max_length=400)


class AddressForm(LookUpForm):
    source = forms.CharField(
        label="Where this comes from",
        max_length=120,
        help_text="“Letter of 3 March, file 12.” It is kept; no name here.",
    )


class UploadForm(forms.Form):
    list = forms.ChoiceField(choices=[(one.code, one.name) for one in LISTS.values()])
    mode = forms.ChoiceField(
        label="The file is", widget=forms.RadioSelect, initial=ListUpload.Mode.REPLACE,
        choices=[
            (ListUpload.Mode.REPLACE, "The whole list: what is not in it is taken off"),
            (ListUpload.Mode.ADD, "Some addresses more"),
        ],
    )  # fmt: skip
    as_of = DayField(label="The list is of", help_text="The day that whoever publishes it says.")
    file = forms.FileField(
        label="The file", error_messages={"required": "Choose a file."},
        help_text="Text, one number or e-mail address a line; of several columns the first counts. Every line is "
        "hashed as it comes, nothing is kept in clear.",
    )  # fmt: skip


class WhyForm(forms.Form):
    why = forms.CharField(
        label="Why, and where the proof lies", max_length=200, widget=forms.Textarea(attrs={"rows": 2})
    )
