"""Purposes, notices, the sender and own regimes, as they are typed."""

import json
from typing import Any, Final

from django import forms

from privacy.models import Notice, PrivacyProfile, Purpose
from privacy.models.purpose import Channel
from privacy.services.notices import LONGEST
from privacy.services.profile import Sender
from privacy.services.purposes import PurposeText
from tenancy.forms import DayField

LANGUAGES: Final = (
    ("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"), ("pt", "Portuguese"),
    ("pt-BR", "Portuguese (Brazil)"),
    ("it", "Italian"), ("nl", "Dutch"), ("da", "Danish"), ("sv", "Swedish"), ("nb", "Norwegian"), ("fi", "Finnish"),
    ("pl", "Polish"), ("cs", "Czech"), ("el", "Greek"), ("hu", "Hungarian"), ("ro", "Romanian"), ("ja", "Japanese"),
)  # fmt: skip
LANGUAGE_NAMES: Final = dict(LANGUAGES)
_AREA: Final = {"rows": 3}


def language_name(code: str) -> str:
    """In words where we have one: "pt-BR" -> "Portuguese (Brazil)", "xx" -> "xx"."""
    return LANGUAGE_NAMES.get(code, code)


class PurposeForm(forms.Form):
    """`key` and `purpose_class` only where the purpose is new: the ledger is written by them."""

    name = forms.CharField(max_length=80, help_text="As people read it when they choose.")
    key = forms.CharField(
        max_length=40,
        help_text="Small letters, digits and underscores. Stands in the ledger, so it never changes.",
    )
    purpose_class = forms.ChoiceField(
        label="What kind of use it is", choices=Purpose.Class.choices, initial=Purpose.Class.MARKETING,
        help_text="The contact policy judges by it, so it never changes.",
    )  # fmt: skip
    description = forms.CharField(
        max_length=400, required=False, widget=forms.Textarea(attrs=_AREA), help_text="One or two sentences."
    )
    legal_basis = forms.CharField(
        max_length=200,
        label="Legal basis",
        help_text="The ground it rests on, as in “consent: GDPR 6(1)(a)”.",
    )
    channels = forms.MultipleChoiceField(
        required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple,
        help_text="On which people may choose it. None: it is not offered as a choice.",
    )  # fmt: skip
    is_important = forms.BooleanField(
        required=False,
        label="Important",
        help_text="May use the part of a cap that the contact policy keeps for important messages.",
    )

    def text(self) -> PurposeText:
        given = self.cleaned_data
        return PurposeText(
            name=given["name"], description=given["description"], legal_basis=given["legal_basis"],
            channels=tuple(given["channels"]), is_important=given["is_important"],
        )  # fmt: skip


class NoticeForm(forms.Form):
    """The whole next version: one text a language, and one more language if need be."""

    another = forms.CharField(
        required=False, max_length=12, label="Another language", help_text="As in nl or pt-BR."
    )
    another_text = forms.CharField(
        required=False,
        max_length=LONGEST,
        label="Text in that language",
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, told: dict[str, str], languages: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = list(dict.fromkeys([*languages, *told]))
        for code in self.codes:
            self.fields[f"text_{code}"] = forms.CharField(
                required=False, max_length=LONGEST, label=language_name(code), initial=told.get(code, ""),
                widget=forms.Textarea(attrs={"rows": 6, "lang": code}),
            )  # fmt: skip

    @property
    def texts_typed(self) -> list[forms.BoundField]:
        return [self[f"text_{code}"] for code in self.codes]

    def texts(self) -> dict[str, str]:
        given = {code: str(self.cleaned_data[f"text_{code}"]) for code in self.codes}
        if self.cleaned_data["another"]:
            given[self.cleaned_data["another"].strip()] = self.cleaned_data["another_text"]
        return given

    def field_of(self, language: str) -> str | None:
        """Where a mistake about a language is shown."""
        if language in self.codes:
            return f"text_{language}"
        return "another" if language else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("another", "").strip()) != bool(cleaned.get("another_text", "").strip()):
            self.add_error("another", "Give the language and its text, or neither.")
        return cleaned


def told_now(notices: list[Notice]) -> dict[str, str]:
    """Language -> text of the newest version."""
    return {one.language: one.text for one in notices if one.version == notices[0].version}


class SenderForm(forms.Form):
    sender_name = forms.CharField(
        max_length=120,
        label="Name",
        help_text="Who writes: stands in notices, messages and on the public pages.",
    )
    brand = forms.CharField(max_length=80, required=False, help_text="If people know you under another name.")
    postal_address = forms.CharField(
        max_length=300, required=False, widget=forms.Textarea(attrs=_AREA), label="Postal address",
        help_text="The law asks for it in marketing e-mail in the US and Canada; without it the gate says no.",
    )  # fmt: skip
    privacy_contact = forms.CharField(
        max_length=200,
        required=False,
        label="Privacy contact",
        help_text="Where people reach whoever looks after this.",
    )
    languages = forms.CharField(
        max_length=120,
        help_text="Of notices and public pages, as in en, de. The first is used where no other fits.",
    )
    sender_country = forms.CharField(
        max_length=8, required=False, label="Country whose rules apply to everything you send",
        help_text="Two letters where a law follows the sender, as CA for Canada (CASL 12). Else empty.",
    )  # fmt: skip
    balancing_test = forms.CharField(
        max_length=120, required=False, label="Assessment of legitimate interests",
        help_text="Where the written balancing test lies. Without one, post and live calls on that ground are refused.",
    )  # fmt: skip
    is_charity = forms.BooleanField(required=False, label="A registered charity")
    directed_at_children = forms.BooleanField(
        required=False,
        label="The service is aimed at children",
        help_text="Then nobody of unknown age is contacted for marketing.",
    )
    order_days = forms.IntegerField(
        min_value=1,
        max_value=366,
        label="An order counts as open for",
        help_text="Days, for service messages about it.",
    )
    marketing_paused_until = DayField(
        required=False,
        label="Pause all marketing until",
        help_text="For the whole company; service messages go on.",
    )

    @staticmethod
    def values_of(profile: PrivacyProfile) -> dict[str, Any]:
        values = {name: getattr(profile, name) for name in SenderForm.base_fields}
        return values | {"languages": ", ".join(profile.languages)}

    def sender(self) -> Sender:
        given = dict(self.cleaned_data)
        given["languages"] = tuple(code.strip() for code in given["languages"].split(",") if code.strip())
        given["sender_country"] = given["sender_country"].strip().upper()
        return Sender(**given)


class RegimeForm(forms.Form):
    """Rules of a place as JSON, in the shape of those that come with the product."""

    content = forms.CharField(
        max_length=100_000, label="Rules as JSON", strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "cs-mono"}),
    )  # fmt: skip

    def clean_content(self) -> Any:
        try:
            return json.loads(self.cleaned_data["content"])
        except ValueError as error:
            raise forms.ValidationError(f"This is no JSON: {error}.") from None
