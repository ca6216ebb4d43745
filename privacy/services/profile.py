"""What a company states about itself as a sender."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from privacy.models import PrivacyProfile
from privacy.services.opening import add_usual_purposes
from privacy.usual import FOR_CHARITIES

_COUNTRY: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
LONGEST_ORDER: Final = 366


class SenderRefused(ValueError):
    """These details cannot hold; the message says why. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Sender:
    """All that may be stated. `languages`: of notices, the first is used where a person's own is missing.

    `order_days`: how long an order counts as open, for service messages about it.
    """

    sender_name: str
    postal_address: str
    privacy_contact: str
    sender_country: str
    brand: str
    languages: tuple[str, ...]
    is_charity: bool
    directed_at_children: bool
    balancing_test: str
    order_days: int
    marketing_paused_until: datetime | None = None


def change_sender(*, sender: Sender) -> PrivacyProfile:
    """State who we are. Counts from the next question on. Raises SenderRefused."""
    _require_sense(sender)
    with transaction.atomic():
        profile = PrivacyProfile.objects.select_for_update().get()
        stated = {name: _trimmed(value) for name, value in vars(sender).items()}
        for field, value in stated.items():
            setattr(profile, field, value)
        profile.save(update_fields=list(stated))
        if profile.is_charity:
            add_usual_purposes(FOR_CHARITIES, profile)
    return profile


def _trimmed(value: object) -> object:
    if isinstance(value, str):
        return value.strip()
    return list(value) if isinstance(value, tuple) else value


def _require_sense(sender: Sender) -> None:
    if not sender.sender_name.strip():
        raise SenderRefused("People must be told who writes to them: give a name.", field="sender_name")
    if sender.sender_country and not _COUNTRY.fullmatch(sender.sender_country):
        raise SenderRefused("Two capital letters such as CA, or none.", field="sender_country")
    if not sender.languages:
        raise SenderRefused(
            "At least one language is needed; the first is used where no other fits.", field="languages"
        )
    for language in sender.languages:
        if not _LANGUAGE.fullmatch(language):
            raise SenderRefused(
                f"“{language}” is no language we know the form of; use en, de or pt-BR.", field="languages"
            )
    if len(set(sender.languages)) != len(sender.languages):
        raise SenderRefused("A language stands there twice.", field="languages")
    if not 1 <= sender.order_days <= LONGEST_ORDER:
        raise SenderRefused(f"An order counts as open for 1 to {LONGEST_ORDER} days.", field="order_days")
    if sender.marketing_paused_until and sender.marketing_paused_until <= timezone.now():
        raise SenderRefused(
            "The end of the pause has passed: choose a later day, or none.", field="marketing_paused_until"
        )
