"""What a member types when a customer says something on the phone, on paper or in a letter."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.utils import timezone

from privacy.models import ConsentEvent
from privacy.models.purpose import Channel

Action, Method = ConsentEvent.Action, ConsentEvent.Method
BY_HAND: Final = (
    (Action.GRANT, "They agree"),
    (Action.WITHDRAW, "They take it back"),
    (Action.OBJECT, "They object to marketing, on every channel"),
    (Action.REVOKE, "No more calls and texts"),
    (Action.PAUSE, "They want a pause"),
    (Action.RESTRICT, "Keep my data, do not use it"),
)
HOW: Final = (
    (Method.CALL, "On the phone"),
    (Method.PAPER, "On paper"),
    (Method.REPLY, "In a reply or letter"),
)
NONE, OWN = "none", "own"


class RecordForm(forms.Form):
    """Empty `channels` are allowed where what is said holds for all of them anyway."""

    action = forms.ChoiceField(choices=BY_HAND, label="What they said")
    purposes = forms.MultipleChoiceField(
        required=False, label="For what", widget=forms.CheckboxSelectMultiple
    )
    channel = forms.ChoiceField(
        required=False,
        label="By which channel",
        choices=[("", "Choose"), *Channel.choices, ("*", "every channel")],
    )
    contact_point = forms.ChoiceField(required=False, label="For which address")
    method = forms.ChoiceField(choices=HOW, label="How they said it")
    occurred_at = forms.DateTimeField(
        label="When they said it",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    until = forms.DateTimeField(
        required=False, label="Pause until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    told = forms.ChoiceField(required=False, label="What they were told")
    words = forms.CharField(
        required=False, max_length=20_000, label="The exact words", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="As read out or printed, where it is no notice of ours.",
    )  # fmt: skip
    source = forms.CharField(
        required=False, max_length=120, label="Where", help_text="The line, counter, event or form: no names."
    )
    evidence = forms.CharField(
        required=False,
        max_length=120,
        label="Proof",
        help_text="Number of the recording, the document or the letter.",
    )
    documentation_record = forms.CharField(
        required=False, max_length=120, label="Documentation record",
        help_text="Germany asks for it before calls to consumers (UWG 7a).",
    )  # fmt: skip
    written_agreement = forms.BooleanField(
        required=False, label="They signed an agreement to automated messages to this number (US)"
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, data: Any, *, offered: dict[str, Any]) -> None:
        super().__init__(data, initial={"key": f"page:{uuid4()}", "occurred_at": timezone.localtime()})
        self._offer("purposes", offered["purposes"])
        self._offer("contact_point", [("", "no address in particular"), *offered["points"]])
        told = [
            (NONE, "not kept"),
            *offered["notices"],
            (OWN, "other words, which name us, the channel and for what"),
        ]
        self._offer("told", told)

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        action = values.get("action")
        if action in (Action.OBJECT, Action.RESTRICT):
            values["channel"], values["purposes"] = "*", [*values.get("purposes", ())] or ["*"]
        if action == Action.REVOKE:
            values["channel"] = "phone"
            values["purposes"] = [*values.get("purposes", ())] or ["*"]
        self._require(values)
        return values

    def _require(self, values: dict[str, Any]) -> None:
        if not values.get("purposes") and "purposes" not in self.errors:
            self.add_error("purposes", "Choose for what.")
        if not values.get("channel") and "channel" not in self.errors:
            self.add_error("channel", "Choose by which channel.")
        if values.get("action") == Action.PAUSE and not values.get("until"):
            self.add_error("until", "Say until when.")
        if values.get("told") == OWN and not values.get("words", "").strip():
            self.add_error("words", "Write the words, or choose that they were not kept.")
