"""Events of the consent ledger as programs see and send them."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from crm.api.customer_bodies import EXAMPLE_ID
from crm.api.fields import language
from privacy.models import ConsentEvent
from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import POINT_OF_CHANNEL, Channel
from privacy.selectors.receipts import SCHEMA, text_of
from tenancy.api.bulk import BulkSerializer
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer

Action = ConsentEvent.Action
BY_PROGRAMS = [choice for choice in Action.choices if choice[0] not in (Action.RELEASE, Action.EXPIRE)]
CHANNELS = [(EVERY_CHANNEL, "every channel"), *Channel.choices]
NEW = {
    "customer_external_id": "K-1042", "contact_point": "ada@example.com", "purpose": "newsletter",
    "channel": "email", "action": "grant", "method": "web_form", "source": "sign-up form",
    "occurred_at": "2026-09-30T12:00:00Z", "wording": "specific", "words": "Yes, send me the monthly letter.",
    "evidence": ["form-88121"], "key": "form-88121",
}  # fmt: skip
EVENT = {
    "id": EXAMPLE_ID, "customer": EXAMPLE_ID, "sequence": 1, "action": "grant", "channel": "email",
    "purposes": ["newsletter"], "method": "web_form", "source": "sign-up form", "actor": f"token:{EXAMPLE_ID}",
    "occurred_at": "2026-09-30T12:00:00Z", "recorded_at": "2026-09-30T12:00:02Z", "wording": "specific",
    "wording_digest": "9f2c" * 16, "notice": None, "notice_version": "", "language": "", "evidence": ["form-88121"],
    "documentation_record": "", "written_agreement": False, "until": None, "brand": "", "regime": "", "record": "1",
    "key": "form-88121", "address_hash": "k3f2a:" + "5b1e" * 16, "previous": "", "digest": "k3f2a:" + "c41d" * 16,
}  # fmt: skip
WHOLE = {
    **EVENT,
    "contact_point": "ada@example.com",
    "words": "Yes, send me the monthly letter.",
    "detail": {},
}


@extend_schema_serializer(examples=[OpenApiExample("a consent", value=EVENT, response_only=True)])
class ConsentSerializer(serializers.Serializer[ConsentEvent]):
    """One thing a person said or did, with its proof and its place in the person's chain. It never changes."""

    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    sequence = serializers.IntegerField(help_text="Place in the customer's chain, from 1: order of arrival.")
    action = serializers.ChoiceField(Action.choices)
    channel = serializers.ChoiceField(CHANNELS)
    purposes = serializers.ListField(child=serializers.CharField())
    method = serializers.ChoiceField(ConsentEvent.Method.choices, allow_blank=True)
    source = serializers.CharField()  # type: ignore[assignment]
    actor = serializers.CharField(help_text="Who recorded it.")
    occurred_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: not known, older than all others."
    )
    recorded_at = serializers.DateTimeField(help_text="By the clock of the database.")
    wording = serializers.ChoiceField(ConsentEvent.Wording.choices)
    wording_digest = serializers.CharField(help_text="SHA-256 of the exact words, hexadecimal.")
    notice = serializers.UUIDField(source="notice_id", allow_null=True)
    notice_version = serializers.CharField()
    language = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    documentation_record = serializers.CharField()
    written_agreement = serializers.BooleanField()
    until = serializers.DateTimeField(allow_null=True, help_text="End of a pause.")
    brand = serializers.CharField()
    regime = serializers.CharField()
    record = serializers.CharField(help_text="Which of several merged records it came from.")
    key = serializers.CharField()
    address_hash = serializers.CharField(help_text="Keyed; of the address it was said for.")
    previous = serializers.CharField(help_text="Digest of the event before it.")
    digest = serializers.CharField(help_text="Keyed; of this event and the one before.")


@extend_schema_serializer(examples=[OpenApiExample("a consent", value=WHOLE, response_only=True)])
class ConsentWithTextSerializer(ConsentSerializer):
    """With the personal part, which an erasure takes out."""

    contact_point = serializers.SerializerMethodField()
    words = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()

    def get_contact_point(self, event: ConsentEvent) -> str:
        text = text_of(event)
        return text.address if text else ""

    def get_words(self, event: ConsentEvent) -> str:
        text = text_of(event)
        return text.words if text else ""

    def get_detail(self, event: ConsentEvent) -> dict[str, Any]:
        text = text_of(event)
        return text.detail if text else {}


RECEIPT = {
    "receipt_metadata": {
        "schema_version": SCHEMA,
        "receipt_id": EXAMPLE_ID,
        "issued_at": "2026-10-01T09:00:00+00:00",
    },
    "record_header": {"schema_version": SCHEMA, "record_id": EXAMPLE_ID, "pii_principal_id": EXAMPLE_ID},
    "pii_processing": {"purposes": [{"purpose": "newsletter", "lawful_basis": "consent: GDPR 6(1)(a)"}]},
    "party_identification": [
        {"party_id": "controller", "party_role": "pii_controller", "party_name": "Alpha"}
    ],
    "event": {"event_type": "grant", "event_time": "2026-09-30T12:00:00+00:00"},
    "proof": {"evidence": ["form-88121"], "place_in_chain": 1, "digest": EVENT["digest"]},
}


@extend_schema_serializer(examples=[OpenApiExample("shortened", value=RECEIPT, response_only=True)])
class ReceiptSerializer(serializers.Serializer[Any]):
    """The sections of ISO/IEC TS 27560:2023; what has no place there stands under `proof`."""

    receipt_metadata = serializers.DictField()
    record_header = serializers.DictField()
    pii_processing = serializers.DictField()
    party_identification = serializers.ListField(child=serializers.DictField())
    event = serializers.DictField()
    proof = serializers.DictField()


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 40}]}
)
class TextsField(serializers.Field[Any, Any, Any, Any]):
    """One text, or a list of them."""

    default_error_messages = {"texts": "A text, or a list of texts."}

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        found = [data] if isinstance(data, str) else data
        if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
            self.fail("texts")
        return tuple(one.strip() for one in found)

    def to_representation(self, value: Any) -> Any:
        return list(value)


@extend_schema_serializer(examples=[OpenApiExample("a consent", value=NEW, request_only=True)])
class NewConsentSerializer(StrictSerializer):
    """What a person said or did. A grant without time, source, wording and evidence is kept and allows nothing."""

    customer = serializers.UUIDField(required=False, allow_null=True)
    customer_external_id = serializers.CharField(max_length=80, required=False, allow_null=True)
    contact_point = serializers.CharField(
        max_length=400, required=False, allow_blank=True,
        help_text="Id of a contact point of the customer, or an address: what it was said for. A stop said for an "
        "address holds for everybody who has it.",
    )  # fmt: skip
    purpose = TextsField(help_text="Key of a purpose, or a list; also sale, profiling, and * for all.")
    channel = serializers.ChoiceField(CHANNELS)
    action = serializers.ChoiceField(BY_PROGRAMS)
    method = serializers.ChoiceField(ConsentEvent.Method.choices, required=False, default="api")
    source = serializers.CharField(max_length=120, required=False, allow_blank=True)  # type: ignore[assignment]
    occurred_at = serializers.DateTimeField(
        required=False, allow_null=True,
        help_text="When the person said it. Left out: a stop counts from now, a grant cannot be proven.",
    )  # fmt: skip
    wording = serializers.ChoiceField(
        ConsentEvent.Wording.choices, required=False, help_text="specific where a notice is named, else none"
    )
    words = serializers.CharField(max_length=20_000, required=False, allow_blank=True, help_text="Exactly.")
    notice = serializers.UUIDField(required=False, allow_null=True, help_text="Id of a notice of yours.")
    notice_version = serializers.CharField(max_length=40, required=False, allow_blank=True)
    language = serializers.CharField(max_length=12, required=False, allow_blank=True, validators=[language])
    evidence = TextsField(required=False, help_text="Ids of what was stored: form post, recording, document.")
    documentation_record = serializers.CharField(max_length=120, required=False, allow_blank=True)
    written_agreement = serializers.BooleanField(required=False)
    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Of a pause, and only there."
    )
    brand = serializers.CharField(max_length=80, required=False, allow_blank=True)
    regime = serializers.CharField(max_length=8, required=False, allow_blank=True)
    detail = serializers.DictField(required=False, help_text="The form post, the caller, the document.")
    key = serializers.CharField(
        max_length=120, required=False, allow_blank=True, help_text="Yours: the same key is the same event."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("customer")) == bool(attrs.get("customer_external_id")):
            raise serializers.ValidationError("Name the customer once: by id or by your number.")
        return attrs


@extend_schema_serializer(
    examples=[OpenApiExample("two", value={"items": [NEW, {**NEW, "action": "withdraw", "key": "w-1"}]},
                             request_only=True)]
)  # fmt: skip
class ConsentsSerializer(BulkSerializer):
    """Each item as for one consent."""


class ConsentFilters(Filters):
    customer = serializers.UUIDField(required=False)
    purpose = serializers.CharField(max_length=40, required=False)
    channel = serializers.ChoiceField(CHANNELS, required=False)
    action = serializers.ChoiceField(Action.choices, required=False)
    recorded_after = serializers.DateTimeField(required=False)
    recorded_before = serializers.DateTimeField(required=False)

    lookups: ClassVar[dict[str, str]] = {
        "customer": "customer_id", "recorded_after": "recorded_at__gt", "recorded_before": "recorded_at__lt",
    }  # fmt: skip

    def narrow_purpose(self, rows: Any, value: str) -> Any:
        return rows.filter(purposes__contains=[value])


def where(values: dict[str, Any]) -> dict[str, Any]:
    """`contact_point`, an id or an address, as the entry of a ledger takes it."""
    said = values.pop("contact_point", "")
    if not said:
        return {}
    try:
        return {"contact_point_id": UUID(said)}
    except ValueError:
        kind = "email" if "@" in said else POINT_OF_CHANNEL.get(values["channel"], "phone")
        return {"address": (kind, said)}
