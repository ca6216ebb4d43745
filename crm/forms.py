"""What people type about customers and segments: parsed here, decided in the services."""

from typing import Any, ClassVar, Final
from zoneinfo import available_timezones

from django import forms
from django.core import signing

from crm.models import ContactPoint, Customer, Segment

EDITED: Final = ("name", "kind", "external_id", "country", "language", "time_zone", "acts_for")
_SALT: Final = "crm.customer-as-seen"


class CustomerForm(forms.Form):
    """Attributes of a customer. `seen` carries, signed, what the writer saw when they began."""

    kind = forms.ChoiceField(choices=Customer.Kind.choices, initial=Customer.Kind.PERSON)
    name = forms.CharField(max_length=200)
    external_id = forms.CharField(
        required=False, max_length=80, label="Number", help_text="As in the shop or till; unique here."
    )
    country = forms.CharField(
        required=False, max_length=2, min_length=2, label="Country", help_text="Two letters: GB, DE."
    )
    language = forms.CharField(required=False, max_length=12, help_text="As in en, de-CH.")
    time_zone = forms.CharField(
        required=False, max_length=64, help_text="As in Europe/Berlin; for quiet hours."
    )
    acts_for = forms.CharField(
        required=False, max_length=80, label="Acts for",
        help_text="The number of the organisation this person acts for; they follow its portfolio.",
    )  # fmt: skip
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    sections: ClassVar = (
        ("Who", ("name", "kind", "external_id", "acts_for")),
        ("Where and how", ("country", "language", "time_zone")),
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError("A customer needs a name.")
        return name

    def clean_external_id(self) -> str | None:
        return str(self.cleaned_data["external_id"]).strip() or None

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).upper()
        if country and not (country.isascii() and country.isalpha()):
            raise forms.ValidationError("Two letters, as in GB or DE.")
        return country

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone and zone not in available_timezones():
            raise forms.ValidationError("There is no such time zone; write it as Europe/Berlin.")
        return zone

    def clean_seen(self) -> dict[str, Any] | None:
        """What the writer saw: attribute -> value, and the version; None on a new customer."""
        text = self.cleaned_data["seen"]
        if not text:
            return None
        try:
            return dict(signing.loads(text, salt=_SALT))
        except signing.BadSignature:
            raise forms.ValidationError("This page is too old; load it again.") from None


class AttributeForm(CustomerForm):
    """One attribute by itself."""

    def __init__(self, field: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if name not in (field, "seen")]:
            del self.fields[name]


def as_seen(customer: Customer, values: dict[str, Any], acts_for: str) -> str:
    """Signed for the form: what stands in the database while somebody writes. `acts_for` as it is shown."""
    seen = {"id": str(customer.id), "version": customer.version, "values": values, "acts_for": acts_for}
    return signing.dumps(seen, salt=_SALT)


class StatusForm(forms.Form):
    """Overrule the derived status until a day; an empty status takes that back."""

    status = forms.ChoiceField(
        required=False, choices=[("", "as the orders say"), *Customer.Status.choices], label="Status"
    )
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("status") and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", "Say until when; then the orders decide again.")
        return cleaned


class ContactPointForm(forms.Form):
    kind = forms.ChoiceField(choices=ContactPoint.Kind.choices)
    value = forms.CharField(max_length=400, label="Address")
    is_primary = forms.BooleanField(required=False, label="The first one to use")


class SegmentForm(forms.Form):
    """What people type about a segment beside its condition."""

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
