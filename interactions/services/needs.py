"""Needs: what a customer told us, with its evidence and an end. A need we know of is one they need not repeat.

A need that is private to the portfolio stands on no timeline and in nobody else's list; when the customer is
transferred it goes with them to the next portfolio, and stands in the hand-over.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from crm.models import Customer
from crm.services.summaries import tenant_today
from crm.services.timeline import Entry, add_entries, add_entry
from interactions.events import NeedRecorded, NeedsEnded
from interactions.models import Interaction, Need, NeedKind, NeedTreatment
from interactions.services.authors import Author
from interactions.services.holding import hold_customer, hold_customer_in_place, keep_still
from interactions.services.refusals import Refused, require_text
from tenancy.context import current_tenant_id
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile
from tenancy.outbox import emit

LONGEST_YEARS: Final = 10
"""A need told longer ago is no longer evidence of anything."""
MOST_A_TURN: Final = 2_000
_ENDS: Final = frozenset({Need.Status.MET, Need.Status.UNMET, Need.Status.DROPPED})
_WORDS: Final = {
    Need.Status.MET: "Need met", Need.Status.UNMET: "Need we cannot meet",
    Need.Status.DROPPED: "Need no longer so", Need.Status.EXPIRED: "Need too old to rely on",
}  # fmt: skip


class NeedRefused(Refused):
    """The need cannot be kept or changed so."""


def record_need(
    *, customer: Customer, kind: NeedKind, words: str = "", strength: int = Need.Strength.WANTED,
    interaction: Interaction | None = None, visibility: str = Need.Visibility.SHARED,
    expires_on: date | None = None, by: Author, key: str = "",
) -> tuple[Need, bool]:  # fmt: skip
    """Note what a customer told us; returns it, and whether it is new.

    Without `expires_on` it lasts as long as its kind. The same key with the same content is the need that is there.
    Raises NeedRefused, CustomerRefused.
    """
    words = require_text(NeedRefused, words, field="words", most=500)
    today = tenant_today(TenantProfile.objects.get())
    _require_sense(customer, kind, strength, interaction, visibility)
    said = {"customer_id": customer.id, "kind_id": kind.id, "words": words, "strength": strength,
            "interaction_id": interaction.id if interaction else None, "visibility": visibility}  # fmt: skip
    with transaction.atomic():
        portfolio_id = hold_customer_in_place(customer.id)
        found = _with_key(key, said, expires_on)
        if found:
            return found, False
        need, created = Need.objects.get_or_create(
            key=_key(key),
            defaults={
                **said, "portfolio_id": portfolio_id if visibility == Need.Visibility.PORTFOLIO else None,
                "stated_at": timezone.now(),
                "expires_on": _last_day(expires_on, kind, today), "author": by.actor, "author_name": by.name,
            },
        )  # fmt: skip
        if not created:
            return _same(need, said, expires_on), False
        _tell_recorded(need, kind)
    return need, True


def _require_sense(
    customer: Customer, kind: NeedKind, strength: int, interaction: Interaction | None, visibility: str
) -> None:
    if kind.archived_at:
        raise NeedRefused(
            f"“{kind.name}” is no longer in the catalogue; choose another kind.",
            field="kind",
            code="archived",
        )
    if strength not in Need.Strength.values:
        raise NeedRefused("Say how strong the need is: 1, 2 or 3.", field="strength")
    if visibility not in Need.Visibility.values:
        raise NeedRefused("A need is shared, or private to the portfolio.", field="visibility")
    if interaction and interaction.customer_id != customer.id:
        raise NeedRefused("That contact was with another customer.", field="interaction")


def _key(key: str) -> str:
    if len(key) > 120 or "\0" in key:
        raise NeedRefused("A key has at most 120 characters.", field="key", code="too_long")
    return key or str(new_id())


def _with_key(key: str, said: dict[str, Any], expires_on: date | None) -> Need | None:
    """What this key made before: asked before anything that changes with the day is worked out."""
    need = Need.objects.filter(key=_key(key)).first() if key else None
    return _same(need, said, expires_on) if need else None


def _same(need: Need, said: dict[str, Any], expires_on: date | None) -> Need:
    told = said if expires_on is None else {**said, "expires_on": expires_on}
    if any(getattr(need, field) != value for field, value in told.items()):
        raise NeedRefused(f"The key {need.key!r} was used for another need.", field="key", code="key_reused")
    return need


def _last_day(asked: date | None, kind: NeedKind, today: date) -> date:
    last = asked or today + timedelta(days=kind.lasts_days)
    if last < today:
        raise NeedRefused("The last day it counts lies in the past.", field="expires_on", code="past")
    if last > today + timedelta(days=366 * LONGEST_YEARS):
        raise NeedRefused(
            f"At most {LONGEST_YEARS} years; ask again by then.", field="expires_on", code="too_far"
        )
    return last


def _tell_recorded(need: Need, kind: NeedKind) -> None:
    if need.visibility == Need.Visibility.SHARED:
        title = f"Needs: {kind.name}"
        key = f"need:{need.id}"
        add_entry(
            Entry(need.customer_id, need.stated_at, "need", key, title, need.words[:400], need.author_name)
        )
    emit(NeedRecorded(customer_id=need.customer_id, need_id=need.id))


def end_need(*, need: Need, status: str, because: str = "", by: Author) -> Need:
    """Met, impossible to meet (say why), or no longer so. Ended so before, it stays as it is. Raises NeedRefused."""
    if status not in _ENDS:
        raise NeedRefused("A need ends as met, unmet or dropped.", field="status")
    least = 1 if status == Need.Status.UNMET else 0
    because = require_text(NeedRefused, because, field="because", most=300, least=least)
    with transaction.atomic():
        keep_still(need.customer_id)
        held = Need.objects.select_for_update(of=("self",), no_key=True).get(id=need.id)
        if held.status == status:
            return held
        if held.status != Need.Status.OPEN:
            raise NeedRefused(
                f"This need ended before: {held.get_status_display()}. Note it anew if it is so again.",
                field="status", code="ended",
            )  # fmt: skip
        held.status, held.ended_at, held.ended_because = status, timezone.now(), because
        held.save(update_fields=["status", "ended_at", "ended_because"])
        _tell_ended([held], by.name)
    return held


def _tell_ended(needs: list[Need], who: str = "") -> None:
    """All ended with the same status."""
    kinds = {need.kind_id for need in needs}
    names = dict(NeedKind.objects.filter(id__in=kinds).values_list("id", "name"))
    add_entries(_ended_entries(needs, names, who))
    ids, customers = tuple(need.id for need in needs), tuple({need.customer_id for need in needs})
    emit(NeedsEnded(customer_ids=customers, need_ids=ids, status=needs[0].status))


def _ended_entries(needs: list[Need], names: dict[Any, str], who: str) -> Iterable[Entry]:
    for need in needs:
        if need.visibility == Need.Visibility.SHARED:
            title = f"{_WORDS[Need.Status(need.status)]}: {names[need.kind_id]}"
            at: datetime = need.ended_at or timezone.now()
            key = f"need:{need.id}:{need.status}"
            yield Entry(need.customer_id, at, "need", key, title, need.ended_because, who)


def note_treatment(*, need: Need, words: str, by: Author) -> NeedTreatment:
    """What we do differently for the customer because of this need. Raises NeedRefused, CustomerRefused."""
    words = require_text(NeedRefused, words, field="words", most=300, least=1)
    with transaction.atomic():
        hold_customer(need.customer_id)
        treatment = NeedTreatment.objects.create(
            need=need, words=words, at=timezone.now(), author=by.actor, author_name=by.name
        )
        if need.visibility == Need.Visibility.SHARED:
            key = f"need:{need.id}:treatment:{treatment.id}"
            title = "Treated differently because of a need"
            add_entry(Entry(need.customer_id, treatment.at, "need", key, title, words, by.name))
    return treatment


# Without waiting for anybody: what somebody holds just now is looked at in the next turn.
_EXPIRE = """
WITH old AS (
  SELECT n.id FROM interactions_need AS n
    JOIN crm_customer AS c ON c.tenant_id = n.tenant_id AND c.id = n.customer_id
   WHERE n.tenant_id = (SELECT %(tenant)s::uuid) AND n.status = 'open' AND n.expires_on < %(today)s
   ORDER BY n.expires_on LIMIT %(most)s
     FOR NO KEY UPDATE OF n SKIP LOCKED FOR KEY SHARE OF c SKIP LOCKED)
UPDATE interactions_need AS n SET status = 'expired', ended_at = %(now)s
  FROM old WHERE n.tenant_id = (SELECT %(tenant)s::uuid) AND n.id = old.id
RETURNING n.id
"""


def expire_needs(slot: str) -> int:
    """Needs whose last day is over, in the tenant's time zone, are no longer relied on. Returns how many."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "today": tenant_today(TenantProfile.objects.get()),
        "now": timezone.now(), "most": MOST_A_TURN,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_EXPIRE, values)
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            _tell_ended(list(Need.objects.filter(id__in=ids)))
    return len(ids)
