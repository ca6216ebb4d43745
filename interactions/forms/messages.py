"""What people type to write to customers: parsed here, decided in the services."""

from collections.abc import Sequence
from typing import Any

from django import forms

from interactions.services.messages import MOST, WAYS
from interactions.services.templates import Words
from interactions.wording import FIELDS
from privacy.models.purpose import Channel
from tenancy.wording import LANGUAGES

CHANNELS = [(way, str(Channel(way).label).capitalize()) for way in WAYS]
FIELD_HELP = "Fields: " + ", ".join(f"{{{{ {name} }}}}" for name in FIELDS)


class WriteForm(forms.Form):
    """One message to one customer."""

    key = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    wording = forms.UUIDField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(choices=CHANNELS)
    purpose = forms.ChoiceField(help_text="What it is for decides whether it may go.")
    language = forms.ChoiceField(choices=LANGUAGES.items())
    subject = forms.CharField(max_length=200, required=False, help_text="Every e-mail needs one.")
    body = forms.CharField(
        label="Words", max_length=MOST["email"], widget=forms.Textarea(attrs={"rows": 10}),
        help_text="Who writes, your address and the way out are added.",
    )  # fmt: skip
    has_promotion = forms.BooleanField(
        label="It also promotes something", required=False,
        help_text="Then it is marketing, whatever it is for.",
    )  # fmt: skip

    def __init__(self, *args: Any, purposes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]


class WordsForm(forms.Form):
    """One wording of a template."""

    language = forms.ChoiceField(choices=LANGUAGES.items())
    subject = forms.CharField(max_length=200, required=False)
    body = forms.CharField(label="Words", widget=forms.Textarea(attrs={"rows": 12}), help_text=FIELD_HELP)

    @property
    def words(self) -> Words:
        given = self.cleaned_data
        return Words(given["language"], given["subject"], given["body"])


class TemplateForm(WordsForm):
    """A new template with its first wording."""

    name = forms.CharField(max_length=80)
    channel = forms.ChoiceField(choices=CHANNELS)
    purpose = forms.ChoiceField()
    has_promotion = forms.BooleanField(label="It also promotes something", required=False)
    field_order = ("name", "channel", "purpose", "has_promotion", "language", "subject", "body")

    def __init__(self, *args: Any, purposes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]


class TemplateChangeForm(forms.Form):
    name = forms.CharField(max_length=80)
    purpose = forms.ChoiceField()
    has_promotion = forms.BooleanField(label="It also promotes something", required=False)

    def __init__(self, *args: Any, purposes: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]


class ConnectorForm(forms.Form):
    channel = forms.ChoiceField(choices=[one for one in CHANNELS if one[0] in ("sms", "push")])
    name = forms.CharField(max_length=80, help_text="As you call the provider.")
    url = forms.CharField(
        label="Address", max_length=400, help_text="Where we send each message, as https://host/path.",
    )  # fmt: skip
    cost = forms.IntegerField(
        label="What one message costs", min_value=0, max_value=1_000_000, initial=0,
        help_text="In cents of your currency; it counts as a cost of serving the customer. 0: nothing.",
    )  # fmt: skip
