"""What a privacy officer must look at first: what is wrong, and what is due."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.timesince import timeuntil

from privacy.models import PersonRequest, Purpose
from privacy.policy import CODES
from privacy.selectors.health import Health
from privacy.selectors.purposes import current_notices, purposes, sender

_FLAWS: Final = {
    "CONSENT_UNPROVEN": "cannot be proved",
    "CONSENT_INVALID_METHOD": "were not given freely",
    "CONSENT_UNDOCUMENTED": "to calls lack their record",
    "DOI_PENDING": "wait to be confirmed",
}
SOON: Final = timedelta(days=7)
MOST_REQUESTS: Final = 5
HANDLE: Final = "privacy.handle_requests"


@dataclass(frozen=True)
class Due:
    """One line. `tone` bad, warn or empty; `filters` go into the address of the list, and `needs` is the permission
    to open it."""

    title: str
    words: str
    url_name: str
    action: str
    tone: str = "warn"
    icon: str = "alert-triangle"
    parts: tuple[object, ...] = ()
    filters: dict[str, str] = field(default_factory=dict)
    needs: str = "privacy.manage_policy"


def what_is_due(found: Health | None, *, requests: bool) -> list[Due]:
    """The most urgent first. `requests`: also those of people, by name, for who handles them."""
    return [*(_requests() if requests else ()), *_untold(), *_worthless(found), *_sender()]


def _requests() -> Iterator[Due]:
    now = timezone.now()
    open_ones = PersonRequest.objects.filter(closed_at__isnull=True, due_at__lt=now + SOON)
    for request in open_ones.select_related("customer").order_by("due_at", "id")[:MOST_REQUESTS]:
        who = request.customer.name if request.customer else request.asker or "somebody"
        late = request.due_at <= now
        yield Due(
            f"{request.get_kind_display().capitalize()} asked for by {who}: "
            f"{'the limit has passed' if late else f'due in {timeuntil(request.due_at, now)}'}",
            f"Asked {timezone.localtime(request.received_at):%-d %b}; the law’s limit is "
            f"{timezone.localtime(request.due_at):%-d %b, %H:%M}.",
            "privacy_requests", "Open the desk", tone="bad" if late else "warn", icon="clock-exclamation", needs=HANDLE,
        )  # fmt: skip


def _worthless(found: Health | None) -> Iterator[Due]:
    for code, meaning, count in found.total.reasons if found else ():
        yield Due(
            f"{count:,} consent{'' if count == 1 else 's'} {_FLAWS.get(code, 'worth nothing')}",
            f"{meaning} {CODES[code].remedy if code in CODES else ''}".strip(),
            "privacy_ledger", "Show them", tone="" if code == "DOI_PENDING" else "warn",
            icon="clock" if code == "DOI_PENDING" else "alert-triangle", filters={"worth": code},
            needs="privacy.view_privacy",
        )  # fmt: skip


def _untold() -> Iterator[Due]:
    told = current_notices()
    for purpose in purposes():
        if purpose.key not in told and purpose.purpose_class != Purpose.Class.PROCEDURAL:
            yield Due(
                f"Nobody is told about {purpose.name}",
                "Without a notice no consent to it can be proved.",
                "privacy_purpose_notice", "Write it", tone="bad", parts=(purpose.id,),
            )  # fmt: skip


def _sender() -> Iterator[Due]:
    profile = sender()
    if not profile.postal_address:
        yield Due(
            "Your postal address is missing",
            "Marketing e-mail to people in the US and Canada must carry it, so the gate says no to it.",
            "privacy_sender", "State it",
        )  # fmt: skip
    if not profile.privacy_contact:
        yield Due(
            "People cannot see whom to ask",
            "The public pages name nobody who looks after their data.",
            "privacy_sender", "State it", tone="",  icon="info-circle",
        )  # fmt: skip
    if not profile.balancing_test:
        yield Due(
            "No assessment of legitimate interests",
            "Post in the EU and UK, and live calls in the UK, rest on one or on consent; without it they are refused.",
            "privacy_sender", "Say where it lies", tone="", icon="info-circle",
        )  # fmt: skip
    if profile.marketing_paused_until:
        yield Due(
            f"All marketing is paused until {profile.marketing_paused_until:%-d %b %Y}",
            "Service messages go on.",
            "privacy_sender", "Change it", tone="", icon="player-stop",
        )  # fmt: skip
