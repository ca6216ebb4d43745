"""What came of a contact, beside it on the timeline: its needs and promises as they stand now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import TimelineEntry
from interactions.models import Need, Promise

_PREFIX: Final = "interaction:"
_TONES: Final = {
    Promise.State.OPEN: ("warn", "Promise: "), Promise.State.KEPT: ("good", "Promise kept: "),
    Promise.State.BROKEN: ("bad", "Promise broken: "), Promise.State.RELEASED: ("line", "Let off: "),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A chip; `key` is that of the entry it would have by itself."""

    key: str
    icon: str
    tone: str
    words: str


def said_in(entries: Iterable[TimelineEntry]) -> dict[str, list[Said]]:
    """Key of a contact's entry -> its chips, without private needs. Two look-ups, none where no contact is."""
    found = {
        UUID(entry.key.removeprefix(_PREFIX)): entry for entry in entries if entry.key.startswith(_PREFIX)
    }
    if not found:
        return {}
    customer_ids = {entry.customer_id for entry in found.values()}
    chips: dict[str, list[Said]] = defaultdict(list)
    needs = Need.objects.select_related("kind").filter(
        customer_id__in=customer_ids, interaction_id__in=found, visibility=Need.Visibility.SHARED
    )
    for need in needs.order_by("stated_at", "id"):
        words = f"{need.kind.name}, {need.words}" if need.words else need.kind.name
        chips[f"{_PREFIX}{need.interaction_id}"].append(Said(f"need:{need.id}", "ear", "accent", words))
    promises = Promise.objects.filter(customer_id__in=customer_ids, interaction_id__in=found)
    for promise in promises.order_by("made_at", "id"):
        chips[f"{_PREFIX}{promise.interaction_id}"].append(_promised(promise))
    return chips


def _promised(promise: Promise) -> Said:
    tone, beginning = _TONES[Promise.State(promise.state)]
    until = (
        f", by {timezone.localtime(promise.due_at):%a %-d %b}" if promise.state == Promise.State.OPEN else ""
    )
    return Said(f"promise:{promise.id}:made", "calendar-event", tone, f"{beginning}{promise.words}{until}")


def without_said(entries: Sequence[TimelineEntry], said: dict[str, list[Said]]) -> list[TimelineEntry]:
    """Without the entries that stand as a chip beside their contact already."""
    shown = {one.key for chips in said.values() for one in chips}
    return [entry for entry in entries if entry.key not in shown]
