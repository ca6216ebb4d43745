"""What a hand-over says, in chapters of lines in words: one query a chapter for up to 500 customers."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from interactions.models import Case, Grant, Interaction, MessageNews, Need, Promise, Task
from privacy.models import ConsentEvent
from privacy.selectors.consents import purpose_names, title_of
from tenancy.models import TenantProfile
from tenancy.money import money_text

Chapters = list[dict[str, Any]]
"""[{"key", "title", "lines": [{"words", "aside", "id", "private"}]}], empty chapters left out."""
_Line = tuple[UUID, dict[str, Any]]

TITLES: Final = {
    "promises": "Promised", "cases": "Open cases", "tasks": "To be done", "needs": "What they told us they need",
    "refused": "What was refused", "care": "What not to do", "contacts": "Last contacts",
}  # fmt: skip
LATELY: Final = timedelta(days=90)
A_YEAR: Final = timedelta(days=365)
REFUSALS: Final = ("withdraw", "opt_out", "revoke", "object", "complain", "restrict", "pause")
"""Actions of the ledger by which a customer says no."""
SHOWN: Final = 20
"""Lines of a chapter at most."""
CONTACTS: Final = 3


def chapters_of(customer_ids: Sequence[UUID]) -> dict[UUID, Chapters]:
    """By customer, who has anything to say."""
    if not customer_ids:
        return {}
    profile, now = TenantProfile.objects.get(), timezone.now()
    found: dict[UUID, dict[str, list[dict[str, Any]]]] = {}
    for key, lines in _all(customer_ids, profile, now):
        for customer_id, line in lines:
            kept = found.setdefault(customer_id, {}).setdefault(key, [])
            if len(kept) < (CONTACTS if key == "contacts" else SHOWN):
                kept.append(line)
    return {
        customer_id: [
            {"key": key, "title": TITLES[key], "lines": by_key[key]} for key in TITLES if key in by_key
        ]
        for customer_id, by_key in found.items()
    }


def _all(ids: Sequence[UUID], profile: TenantProfile, now: datetime) -> Iterable[tuple[str, Iterable[_Line]]]:
    zone = ZoneInfo(profile.time_zone)
    yield "promises", _promises(ids, zone, now)
    yield "cases", _cases(ids, zone)
    yield "tasks", _tasks(ids, zone)
    yield "needs", _needs(ids, zone, now)
    yield "refused", _refused(ids, zone, now)
    yield "refused", _grants_refused(ids, profile.currency, zone, now)
    yield "care", _care(ids, zone, now)
    yield "contacts", _contacts(ids, zone, now)


def _line(of: UUID, id_: UUID | None, words: str, aside: str, *, private: bool = False) -> _Line:
    return of, {"id": str(id_ or ""), "words": words, "aside": aside, "private": private}


def _day(at: datetime, zone: ZoneInfo, *, hour: bool = False) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}" if hour else f"{local.day} {local:%b %Y}"


def _promises(ids: Sequence[UUID], zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    rows = Promise.objects.filter(customer_id__in=ids)
    broken = rows.filter(state=Promise.State.BROKEN, ended_at__gte=now - LATELY)
    for row in (rows.filter(state=Promise.State.OPEN) | broken).order_by("due_at", "id"):
        aside = "due" if row.state == Promise.State.OPEN else "broken"
        yield _line(row.customer_id, row.id, row.words, f"{aside} {_day(row.due_at, zone, hour=True)}")


def _cases(ids: Sequence[UUID], zone: ZoneInfo) -> Iterable[_Line]:
    rows = Case.objects.filter(customer_id__in=ids).exclude(state=Case.State.RESOLVED)
    for row in rows.select_related("kind").order_by("resolve_due_at", "id"):
        limit = f"limit {_day(row.due_at, zone, hour=True)}" if row.due_at else row.get_state_display()
        yield _line(row.customer_id, row.id, f"#{row.number} {row.subject} ({row.kind.name})", limit)


def _tasks(ids: Sequence[UUID], zone: ZoneInfo) -> Iterable[_Line]:
    rows = Task.objects.filter(customer_id__in=ids, state=Task.State.OPEN)
    for row in rows.order_by("due_at", "id"):
        assert row.customer_id is not None
        yield _line(
            row.customer_id, row.id, row.subject, f"due {_day(row.due_at, zone)}" if row.due_at else "no day"
        )


def _needs(ids: Sequence[UUID], zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    today = now.astimezone(zone).date()
    rows = Need.objects.filter(customer_id__in=ids, status=Need.Status.OPEN, expires_on__gte=today)
    for row in rows.select_related("kind", "interaction").order_by("-strength", "-stated_at"):
        words = f"{row.kind.name}: {row.words}" if row.words else row.kind.name
        evidence = f", by {row.interaction.get_channel_display()}" if row.interaction else ""
        private = row.visibility == Need.Visibility.PORTFOLIO
        aside = f"{row.get_strength_display()}, said {_day(row.stated_at, zone)}{evidence}"
        yield _line(row.customer_id, row.id, words, aside, private=private)


def _refused(ids: Sequence[UUID], zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    """What they said no to in the last year; whether we may write is asked of the gate each time."""
    rows = ConsentEvent.objects.filter(
        customer_id__in=ids, action__in=REFUSALS, recorded_at__gte=now - A_YEAR
    ).order_by("-recorded_at", "-id")  # fmt: skip
    names = purpose_names()
    for row in rows:
        at = row.occurred_at or row.recorded_at
        yield _line(row.customer_id, row.id, title_of(row, names), _day(at, zone))


def _grants_refused(ids: Sequence[UUID], currency: str, zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    rows = Grant.objects.filter(customer_id__in=ids, state=Grant.State.REFUSED, asked_at__gte=now - A_YEAR)
    for row in rows.order_by("-asked_at", "-id"):
        why = f": {row.decision_words}" if row.decision_words else ""
        words = f"We refused {row.get_kind_display()}, {money_text(row.amount, currency)}{why}"
        yield _line(row.customer_id, row.id, words, _day(row.decided_at or row.asked_at, zone))


def _care(ids: Sequence[UUID], zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    """Complaints about what we sent, and words that stopped us."""
    kinds = [MessageNews.Kind.COMPLAINED, MessageNews.Kind.STOPPED]
    rows = MessageNews.objects.filter(message__customer_id__in=ids, kind__in=kinds, at__gte=now - A_YEAR)
    for row in rows.select_related("message").order_by("-at", "-id"):
        channel = row.message.get_channel_display()
        words = f"No marketing by {channel}: a message was {row.get_kind_display()}"
        yield _line(row.message.customer_id, row.message_id, words, _day(row.at, zone))


def _contacts(ids: Sequence[UUID], zone: ZoneInfo, now: datetime) -> Iterable[_Line]:
    rows = Interaction.objects.filter(
        customer_id__in=ids, touchpoint=Interaction.Touchpoint.HUMAN, occurred_at__gte=now - LATELY
    ).order_by("-occurred_at", "-id")  # fmt: skip
    for row in rows.defer("text"):
        felt = f", they were {row.get_sentiment_display()}" if row.sentiment else ""
        who = f" with {row.author_name}" if row.author_name else ""
        about = f": {row.subject}" if row.subject else ""
        words = f"{row.get_channel_display().capitalize()}{who}{felt}{about}"
        yield _line(row.customer_id, row.id, words, _day(row.occurred_at, zone))
