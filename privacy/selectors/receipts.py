"""A receipt of one event, for the person and for whoever asks for proof.

The sections and names are those of ISO/IEC TS 27560:2023 (6.3.3 record header, 6.3.4 PII processing, 6.3.6 party
identification, 6.3.7 event, 6.4.5 receipt metadata) as far as its public summaries give them (W3C DPV, Consent Records
and Receipts as per ISO/IEC TS 27560:2023, 2024); the standard itself was not at hand. What has no place there stands
under `proof`. Everything is text, a list or an object: it can be kept as JSON and read by people.
"""

from datetime import datetime
from typing import Any

from privacy.models import ConsentEvent, ConsentText, PrivacyProfile, Purpose
from privacy.selectors.consents import SPECIAL

SCHEMA = "ISO/IEC TS 27560:2023"


def consent_receipt(event: ConsentEvent, *, at: datetime) -> dict[str, Any]:
    """The receipt as of `at`. The event comes with its `personal` text and its `notice`, where it has them."""
    text = text_of(event)
    profile = PrivacyProfile.objects.get()
    return {
        "receipt_metadata": {"schema_version": SCHEMA, "receipt_id": str(event.id), "issued_at": _time(at)},
        "record_header": {
            "schema_version": SCHEMA, "record_id": str(event.id), "pii_principal_id": str(event.customer_id),
        },
        "pii_processing": _processing(event, profile, text),
        "party_identification": [
            {
                "party_id": "controller", "party_role": "pii_controller", "party_name": profile.sender_name,
                "party_address": profile.postal_address, "party_contact": profile.privacy_contact,
            }
        ],
        "event": {
            "event_type": event.action, "event_state": event.get_action_display(),
            "event_time": _time(event.occurred_at), "recorded_at": _time(event.recorded_at),
            "validity_duration": _time(event.until), "entity_id": event.actor,
        },
        "proof": _proof(event, text),
    }  # fmt: skip


def text_of(event: ConsentEvent) -> ConsentText | None:
    """The personal part of an event; None: it had none, or it was erased."""
    return getattr(event, "personal", None)


def _processing(event: ConsentEvent, profile: PrivacyProfile, text: ConsentText | None) -> dict[str, Any]:
    return {
        "privacy_notice": _notice(event, text), "language": event.language,
        "purposes": [_purpose(key, known) for known in [_known(event)] for key in event.purposes],
        "pii_information": {"channel": event.channel, "contact_point": text.address if text else ""},
        "pii_controllers": ["controller"], "collection_method": event.method, "service": event.source,
        "brand": event.brand or profile.brand, "jurisdiction": event.regime,
        "withdrawal_method": "The link in every message, or the contact below: as easily as it was given.",
    }  # fmt: skip


def _notice(event: ConsentEvent, text: ConsentText | None) -> dict[str, str]:
    words = event.notice.text if event.notice else text.words if text else ""
    return {
        "version": event.notice_version,
        "wording": event.wording,
        "text": words,
        "sha256": event.wording_digest,
    }


def _known(event: ConsentEvent) -> dict[str, Purpose]:
    return {purpose.key: purpose for purpose in Purpose.objects.filter(key__in=event.purposes)}


def _purpose(key: str, known: dict[str, Purpose]) -> dict[str, str]:
    purpose = known.get(key)
    if purpose is None:
        return {"purpose": key, "purpose_name": SPECIAL.get(key, key), "lawful_basis": ""}
    return {
        "purpose": key, "purpose_name": purpose.name, "purpose_description": purpose.description,
        "purpose_type": purpose.purpose_class, "lawful_basis": purpose.legal_basis,
    }  # fmt: skip


def _proof(event: ConsentEvent, text: ConsentText | None) -> dict[str, Any]:
    return {
        "evidence": event.evidence, "documentation_record": event.documentation_record,
        "written_agreement": event.written_agreement, "detail": text.detail if text else {},
        "text_erased": bool(event.text_digest) and text is None,
        "place_in_chain": event.sequence, "previous": event.previous, "digest": event.digest,
    }  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
