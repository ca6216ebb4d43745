"""What the composer shows: how the last contact went, what a text marks, and what is kept of it until when."""

import json
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from crm.models import Customer
from crm.selectors.scope import visible_customer
from crm.services.summaries import tenant_today
from interactions.models import BusinessCalendar, Interaction, Promise
from interactions.reading import Found, FoundNeed, FoundPromise, Kind, Marked, read_text
from interactions.selectors.interactions import Preset, last_contact_of
from interactions.selectors.need_kinds import need_kinds
from interactions.services.case_clocks import calendar_of
from portfolios.models import Portfolio
from tenancy.access import Access

Channel, Direction = Interaction.Channel, Interaction.Direction
CHANNELS: Final = (
    (Channel.PHONE, "Phone", "phone"), (Channel.SHOP, "Shop", "building-store"), (Channel.EMAIL, "E-mail", "mail"),
    (Channel.OTHER, "Note", "note"),
)  # fmt: skip
"""Those that are always offered; the last one of the customer's stands beside them where it is another."""
RARER: Final = {
    Channel.VISIT: ("Visit", "map-pin"), Channel.CHAT: ("Chat", "messages"), Channel.SMS: ("Text", "message"),
    Channel.POST: ("Letter", "mailbox"), Channel.WEB: ("Web", "world"), Channel.PUSH: ("Push", "device-mobile"),
}  # fmt: skip
WAYS: Final = (
    ("inbound", "They came to us"),
    ("outbound", "We went to them"),
    ("no_answer", "We did not reach them"),
)
"""Direction and outcome in one choice."""


def composer_of(access: Access, customer: Customer) -> dict[str, Any] | None:
    """Context of interactions/log/_composer.html; None where this member may not log, or nothing is to be added."""
    if not access.may("interactions.log") or customer.trashed_at or access.member is None:
        return None
    here = {"slug": access.tenant.slug, "customer_id": customer.id}
    preset = last_contact_of(customer, access.member) or Preset(Channel.PHONE, Direction.INBOUND, "reactive")
    return {
        "url": reverse("quick_log", kwargs=here),
        "read_url": reverse("quick_log_read", kwargs=here),
        "draft": f"{access.tenant.slug}:{access.member.id}:{customer.id}",
        "name": customer.name,
        "channels": _channels(preset.channel),
        "channel": preset.channel,
        "ways": WAYS,
        "way": preset.direction,
        "sentiments": [(value, label) for value, label in Interaction.Sentiment.choices if value],
        "sentiment": "",
        "text": "",
        "key": "",
    }


def _channels(last: str) -> list[tuple[str, str, str]]:
    """(value, word, icon) of each; no more than five, so that one thumb reaches them."""
    rarer = RARER.get(Channel(last))
    return [(str(value), word, icon) for value, word, icon in CHANNELS] + ([(last, *rarer)] if rarer else [])


def quick_log_page(access: Access, customer: Customer) -> dict[str, Any]:
    """Who it is about, and what we still owe them; no value outside the scope."""
    in_scope = access.may("crm.view_customer") and visible_customer(access, customer.id) is not None
    here = {"slug": access.tenant.slug, "customer_id": customer.id}
    owed = Promise.objects.filter(customer=customer, state=Promise.State.OPEN).order_by("due_at").first()
    return {
        "customer": customer,
        "summary": customer.summary if in_scope else None,
        "currency": access.profile.currency,
        "whose": _whose_list(access, customer),
        "owed": owed,
        "back_url": reverse("customer" if in_scope else "service_card", kwargs=here),
        "log_url": reverse("log", args=[access.tenant.slug]),
    }


def found_in(access: Access, customer: Customer, text: str, *, now: datetime | None = None) -> Found:
    """What the text marks, read on the company's clock, in its hours and by its catalogue."""
    row = BusinessCalendar.objects.filter(is_default=True, archived_at=None).first()
    kinds = [Kind(one.id, one.name, one.name_key, one.lasts_days) for one in need_kinds()]
    zone = ZoneInfo(access.profile.time_zone)
    hours = calendar_of(row) if row else None
    return read_text(text, now=now or timezone.now(), zone=zone, catalogue=kinds, hours=hours)


def chips_of(access: Access, customer: Customer, text: str) -> dict[str, Any]:
    """Context of interactions/log/_chips.html: what would be kept, each with what the form sends to keep it.

    `start` and `end` count UTF-16 units, as browsers do.
    """
    found = found_in(access, customer, text)
    today = tenant_today(access.profile)
    whose = _whose_list(access, customer) if found.promises else ""
    return {
        "needs": [
            {**_place(text, need), "id": f"need-{need.kind.id}-{_nth(found.needs, at)}", "value": need_value(need),
             "title": ", ".join(filter(None, (need.kind.name, need.words))),
             "until": today + timedelta(days=need.kind.lasts_days)}
            for at, need in enumerate(found.needs)
        ],
        "promises": [
            {**_place(text, promise), "id": f"promise-{at}", "value": promise_value(promise), "title": promise.words,
             "due_at": promise.due_at, "is_assumed": promise.is_assumed, "whose": whose}
            for at, promise in enumerate(found.promises)
        ],
        "unknown": found.unknown,
    }  # fmt: skip


def need_value(need: FoundNeed) -> str:
    return json.dumps({"kind": str(need.kind.id), "words": need.words})


def promise_value(promise: FoundPromise) -> str:
    return json.dumps({"words": promise.words, "due_at": promise.due_at.isoformat()})


def _nth(needs: tuple[FoundNeed, ...], at: int) -> int:
    """Which of several of the same kind: words may change while it is typed on, the chip stays the same."""
    return sum(one.kind == needs[at].kind for one in needs[:at])


def _place(text: str, marked: Marked) -> dict[str, int]:
    return {"start": _units(text[: marked.start]), "end": _units(text[: marked.end])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _whose_list(access: Access, customer: Customer) -> str:
    """On whose list a promise to this customer comes: "your list", "Nadia Okafor's list"."""
    homes = Portfolio.objects.select_related("manager")
    home = homes.filter(id__in=[customer.summary.portfolio_id]).first()
    if home is None or home.manager is None or home.manager_id in access.covers:
        return "your list"
    return f"{home.manager.name}\N{RIGHT SINGLE QUOTATION MARK}s list"
