"""What personal data is used for. A key stands in the ledger for ever; everything else may be reworded."""

import re
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from privacy.models.purpose import Channel, Purpose
from privacy.services.policy import publish_policy
from privacy.usual import USUAL

MOST: Final = 60
"""Purposes in use. People are asked about each, so it is a bound of sense before one of speed."""
RESERVED: Final = frozenset({"sale", "all", "any", "everything"})
"""Words that mean something else in the ledger, or would be read so."""
_NEEDED: Final = frozenset(
    one.key for one in USUAL if one.purpose_class in {Purpose.Class.PROCEDURAL, Purpose.Class.LEGAL_DUTY}
)


class PurposeRefused(ValueError):
    """The purpose cannot be kept so; the message says why. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class PurposeText:
    """What may be said of a purpose. `channels`: on which people may choose it; none: not offered as a choice."""

    name: str
    description: str
    legal_basis: str
    channels: tuple[str, ...] = ()
    is_important: bool = False


def add_purpose(*, key: str, purpose_class: str, text: PurposeText) -> Purpose:
    """A purpose of the company's own. Key and class stay for ever. Raises PurposeRefused."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", key) or key in RESERVED:
        raise PurposeRefused(
            "The key has 3 to 40 small letters, digits and underscores, begins with a letter, and is no word "
            "of the ledger such as “sale”.", field="key",
        )  # fmt: skip
    if purpose_class not in Purpose.Class.values:
        raise PurposeRefused("Choose what kind of use it is.", field="purpose_class")
    _require_sense(text)
    with transaction.atomic():
        if Purpose.objects.filter(archived_at=None).count() >= MOST:
            raise PurposeRefused(f"There are {MOST} purposes already: archive one that is no longer used.")
        last = Purpose.objects.aggregate(last=Max("position"))["last"] or 0
        try:
            with transaction.atomic():
                made = Purpose.objects.create(
                    key=key, purpose_class=purpose_class, position=last + 1, **_columns(text)
                )
        except IntegrityError:
            raise PurposeRefused(
                f"There is already a purpose with the key {key}; keys are never used twice.", field="key"
            ) from None
        publish_policy()
    return made


def change_purpose(*, purpose: Purpose, text: PurposeText) -> Purpose:
    """Reword a purpose; key and class stay, because the ledger was written by them. Raises PurposeRefused."""
    _require_sense(text)
    with transaction.atomic():
        held = Purpose.objects.select_for_update().get(id=purpose.id)
        columns = _columns(text)
        for column, value in columns.items():
            setattr(held, column, value)
        held.save(update_fields=list(columns))
    return held


def archive_purpose(*, purpose: Purpose) -> Purpose:
    """Nobody is asked about it any more; what was said stays in the ledger, and counts."""
    if purpose.key in _NEEDED:
        raise PurposeRefused(
            f"{purpose.name} stays: the law, or the way a consent is made sure of, asks for it."
        )
    with transaction.atomic():
        held = Purpose.objects.select_for_update().get(id=purpose.id)
        if held.archived_at is None:
            held.archived_at = timezone.now()
            held.save(update_fields=["archived_at"])
    return held


def restore_purpose(*, purpose: Purpose) -> Purpose:
    """Use it again; what people said about it before counts again."""
    with transaction.atomic():
        held = Purpose.objects.select_for_update().get(id=purpose.id)
        held.archived_at = None
        held.save(update_fields=["archived_at"])
    return held


def _columns(text: PurposeText) -> dict[str, object]:
    return {
        "name": text.name.strip(),
        "description": text.description.strip(),
        "legal_basis": text.legal_basis.strip(),
        "channels": [channel for channel in Channel.values if channel in text.channels],
        "is_important": text.is_important,
    }


def _require_sense(text: PurposeText) -> None:
    if not text.name.strip():
        raise PurposeRefused("A purpose needs a name that people understand.", field="name")
    if not text.legal_basis.strip():
        raise PurposeRefused(
            "Say on which ground of law it rests, such as “consent: GDPR 6(1)(a)”.", field="legal_basis"
        )
    for field, longest in (("name", 80), ("description", 400), ("legal_basis", 200)):
        if len(getattr(text, field)) > longest:
            raise PurposeRefused(f"At most {longest} characters.", field=field)
    unknown = set(text.channels) - set(Channel.values)
    if unknown:
        raise PurposeRefused(f"There is no channel {sorted(unknown)[0]}.", field="channels")
