"""Filters of the ledger and of the gate's answers, as they stand in the address; and the tester's question."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from privacy.gate.asks import EARLIEST, LATEST
from privacy.models import ConsentEvent, GateAnswer
from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import Channel
from privacy.policy import CODES
from privacy.policy.facts import Message
from privacy.policy.ledger import DEFECTS
from privacy.selectors.answers import AnswerFilters
from privacy.selectors.ledger import LedgerFilters
from tenancy.forms import DayField

Choices = Iterable[tuple[str, str]]
CHANNELS: Final = [(EVERY_CHANNEL, "every channel"), *Channel.choices]


class _Browsing(forms.Form):
    """What both logs are asked for. Days in the company's own time; both belong to the period. Nonsense in the address
    counts as not asked."""

    since = DayField(required=False, label="From")
    until = DayField(required=False, label="To")
    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    purpose = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, purposes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [("", "any purpose"), *purposes]  # type: ignore[attr-defined]

    def given(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")

    def texts(self, *names: str) -> dict[str, Any]:
        return {name: self.given(name) for name in names}

    def stretch(self) -> dict[str, Any]:
        """The fields of `Stretch`: from (inside) and to (outside), and of whom."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        zone = timezone.get_current_timezone()
        return {
            "customer_id": self.cleaned_data.get("customer"),
            "since": datetime.combine(since, time(), zone) if since else None,
            "before": datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
        }


class LedgerFilterForm(_Browsing):
    channel = forms.ChoiceField(required=False, choices=[("", "any channel"), *CHANNELS])
    action = forms.ChoiceField(
        required=False, label="What",
        choices=[("", "anything"), ("stops", "any refusal"), *ConsentEvent.Action.choices],
    )  # fmt: skip
    method = forms.ChoiceField(
        required=False, label="How", choices=[("", "any way"), *ConsentEvent.Method.choices]
    )
    worth = forms.ChoiceField(
        required=False, label="Worth",
        choices=[("", "anything"), ("provable", "can be proved"), ("worthless", "worth nothing"),
                 *((code, CODES[code].meaning.partition(". ")[0].rstrip(".")) for code in DEFECTS)],
    )  # fmt: skip
    source = forms.CharField(
        required=False, max_length=120, widget=forms.TextInput(attrs={"list": "sources"})
    )

    def filters(self) -> LedgerFilters:
        return LedgerFilters(
            **self.texts("purpose", "channel", "action", "method", "worth"),
            source=self.given("source").replace("\x00", ""), **self.stretch(),
        )  # fmt: skip


class AnswerFilterForm(_Browsing):
    decision = forms.ChoiceField(
        required=False, label="Answer", choices=[("", "any answer"), *GateAnswer.Decision.choices]
    )
    code = forms.ChoiceField(
        required=False, label="Reason", choices=[("", "any reason"), *((c, c) for c in CODES)]
    )
    channel = forms.ChoiceField(required=False, choices=[("", "any channel"), *Channel.choices])

    def filters(self) -> AnswerFilters:
        return AnswerFilters(
            **self.texts("decision", "code", "channel", "purpose"),
            **self.stretch(),
        )  # fmt: skip


class MomentField(forms.DateTimeField):
    """A day and time in the company's own zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


class TesterForm(forms.Form):
    """What would we answer, and why? A real customer; the rest may be supposed."""

    who = forms.CharField(
        max_length=200, label="Customer", widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Name, number, phone or e-mail.",
    )  # fmt: skip
    customer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(choices=Channel.choices)
    purpose = forms.ChoiceField()
    at = MomentField(
        required=False, label="When", help_text="In your company’s time. Empty: now.",
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )  # fmt: skip
    has_promotion = forms.BooleanField(required=False, label="It promotes something")
    has_sender_identity = forms.BooleanField(required=False, label="It names the sender", initial=True)
    has_opt_out = forms.BooleanField(required=False, label="It has a way out", initial=True)
    has_postal_address = forms.BooleanField(
        required=False, label="It carries our postal address", initial=True
    )
    automated = forms.BooleanField(required=False, label="A machine sends or dials it")
    profiled = forms.BooleanField(required=False, label="Chosen by a score or segment")
    relates_to_contract = forms.BooleanField(required=False, label="It is about their running contract")
    similar = forms.BooleanField(required=False, label="It is like what they bought")
    country = forms.ChoiceField(required=False, label="What if they lived in")
    age = forms.IntegerField(required=False, min_value=0, max_value=130, label="What if their age were")
    without_ledger = forms.BooleanField(required=False, label="What if they had said nothing yet")

    message_fields = (
        "has_sender_identity", "has_opt_out", "has_postal_address", "has_promotion", "automated", "profiled",
        "relates_to_contract", "similar",
    )  # fmt: skip

    def __init__(self, *args: Any, purposes: Choices, regimes: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = list(purposes)  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", "where they live"), *regimes]  # type: ignore[attr-defined]

    @property
    def boxes(self) -> list[forms.BoundField]:
        return [self[name] for name in self.message_fields]

    def message(self) -> Message:
        given = self.cleaned_data
        same = {name: given[name] for name in (
            "has_promotion", "has_sender_identity", "has_opt_out", "has_postal_address", "automated",
            "relates_to_contract",
        )}  # fmt: skip
        return Message(
            **same, audience="profile" if given["profiled"] else "list", similar_to_purchase=given["similar"]
        )
