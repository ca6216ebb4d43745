"""Any facts, from a seed: small worlds, so that grants, stops, times and places meet often.

Drawn by hand rather than by Hypothesis, whose drawing takes a hundred times as long as a decision: the same
minutes buy a hundred times the combinations. A failure is cut down to the facts that matter by `smallest`.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from privacy.policy.facts import (
    CHANNELS,
    METHODS,
    Cap,
    Contact,
    ContactPoint,
    Event,
    Facts,
    Hours,
    Message,
    Person,
    Relationship,
    Request,
    Sender,
    Suppressed,
)
from privacy.policy.regimes import shipped_policy

BASE = datetime(2026, 11, 24, 10, tzinfo=UTC)
DAY = 86_400
REGIMES = ["EU", "EU-DE", "EU-FR", "EU-ES", "EU-IT", "UK", "BR", "CA", "US", "US-CA", "US-FL", "JP"]
ZONES = ["Europe/Paris", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata"]
PURPOSES = sorted(shipped_policy().purposes)
MARKETING = sorted(key for key, klass in shipped_policy().purposes.items() if klass == "marketing")
REACHES = ["marketing", "marketing", "newsletter", "share_third_party", "sale", "profiling", "*"]
STOPS = ["withdraw", "opt_out", "revoke", "object", "complain", "privacy_signal", "restrict"]
LEDGER = [*["grant"] * 8, "confirm", *STOPS[:-1], "pause"]


def one_in(rng: Random, n: int) -> bool:
    return rng.randrange(n) == 0


def back(now: datetime, seconds: int) -> datetime:
    return (now - timedelta(seconds=seconds)).astimezone(UTC)


def past(rng: Random, now: datetime) -> datetime:
    edges = [0, 1, 60, 300, 301, DAY, 30 * DAY, rng.randrange(5 * 365 * DAY), rng.randrange(400 * DAY)]
    return back(now, rng.choice(edges))


def some(rng: Random, most: int, make: Callable[[], Any]) -> tuple[Any, ...]:
    return tuple(make() for _ in range(rng.randint(0, most)))


def any_event(rng: Random, now: datetime, actions: list[str] = LEDGER) -> Event:
    action = rng.choice(actions)
    sound = action == "grant" and not one_in(rng, 4)
    occurred = None if one_in(rng, 12) and not sound else past(rng, now)
    return Event(
        action=action,
        channel=rng.choice([*CHANNELS, "email", "sms", "phone", "*"]),
        purposes=tuple(sorted({rng.choice(REACHES), rng.choice(REACHES)})),
        occurred_at=occurred,
        recorded_at=max(occurred or back(now, 9), back(now, rng.choice([0, 0, 10**6]))),
        method=rng.choice(["web_form", "double_opt_in", "import"] if sound else [*METHODS, None]),
        source="form:x" if sound else rng.choice([None, "file:x"]),
        wording="specific" if sound else rng.choice(["specific", "generic", "none"]),
        evidence=("proof",) if sound else rng.choice([(), ("proof",)]),
        documentation_record=rng.choice([None, "doc-1"]),
        written_agreement=one_in(rng, 2),
        record=rng.choice(["1", "1", "1", "2"]),
        id=rng.randrange(10**6),
        until=back(now, rng.randint(-40, 10) * DAY) if action == "pause" else None,
    )


def any_contact(rng: Random, now: datetime) -> Contact:
    return Contact(
        at=back(now, rng.randrange(rng.choice([DAY, 70 * DAY]))),
        channel=rng.choice(["phone", "phone", "sms", "email"]),
        purpose=rng.choice(["marketing", "marketing", "doi_request", "opt_out_confirmation"]),
        subject=rng.choice([None, "sale"]),
        outcome=rng.choice(["delivered", "no_answer", "no_answer", "refused"]) if one_in(rng, 2) else None,
    )


def any_message(rng: Random) -> Message:
    return Message(
        claimed_class=rng.choice([None, "marketing", "service"]),
        has_promotion=one_in(rng, 4),
        has_sender_identity=not one_in(rng, 15),
        has_postal_address=not one_in(rng, 15),
        has_opt_out=not one_in(rng, 15),
        audience=rng.choice(["list", "list", "profile"]),
        automated=one_in(rng, 2),
        subject=rng.choice([None, "sale"]),
        product_owner=rng.choice(["self", "self", "partner"]),
        similar_to_purchase=one_in(rng, 2),
        relates_to_contract=one_in(rng, 2),
        shares_with_third_party=one_in(rng, 6),
    )


def any_person(rng: Random) -> Person:
    return Person(
        kind=rng.choice(["consumer", "consumer", "sole_trader", "company_contact"]),
        residences=some(rng, 2, lambda: rng.choice(REGIMES)),
        time_zones=some(rng, 2, lambda: rng.choice(ZONES)),
        age=rng.choice([None, None, 34, 34, 34, 17, 15, 13, 11]),
        parental_authorisation=one_in(rng, 2),
        deceased=one_in(rng, 40),
        restricted=one_in(rng, 40),
    )


def any_relationship(rng: Random, now: datetime) -> Relationship:
    return Relationship(
        purchases=some(rng, 2, lambda: past(rng, now)),
        inquiries=some(rng, 2, lambda: past(rng, now)),
        contract=rng.choice(["none", "none", "current"]),
        open_order=one_in(rng, 2),
        address_source=rng.choice([None, "sale", "negotiation", "charity_support"]),
        address_collected_at=rng.choice([None, date(2026, 2, 4), date(2026, 2, 5)]),
        opt_out_offered_at_capture=not one_in(rng, 3),
        opt_out_offered_each_message=not one_in(rng, 3),
        last_contact_from_person_at=past(rng, now) if one_in(rng, 2) else None,
    )


def any_hours(rng: Random) -> Hours | None:
    if not one_in(rng, 3):
        return None
    opens, closes = rng.choice([(0, 0), (8, 20), (9, 12), (22, 6), (20, 0)])
    return Hours(time(opens), time(closes, 30 if closes == 12 else 0), rng.choice([(1, 2, 3, 4, 5), (2,)]))


def any_facts(rng: Random, purposes: list[str] = PURPOSES) -> Facts:
    zone = timezone(timedelta(hours=rng.choice([-8, -5, -3, 0, 1, 5.5])))
    minutes, seconds = rng.randint(-720, 720), rng.choice([0, 0, 1, 59])
    now = (BASE + timedelta(days=rng.randint(-400, 400), minutes=minutes, seconds=seconds)).astimezone(zone)
    lists = ["UK-TPS", "US-DNC", "CA-DNCL", "FR-BLOCTEL"]
    return Facts(
        now=now,
        channel=rng.choice(CHANNELS),
        purpose=rng.choice([*purposes, *purposes, "marketing" if "marketing" in purposes else purposes[0]]),
        message=any_message(rng),
        person=any_person(rng),
        contact_point=ContactPoint(
            "k1:a", not one_in(rng, 30), one_in(rng, 30), (rng.choice(lists),) if one_in(rng, 4) else ()
        ),
        suppression=some(
            rng,
            1 if one_in(rng, 8) else 0,
            lambda: Suppressed(rng.choice(["k1:a", "k1:b"]), rng.choice(["erased", "do_not_contact"])),
        ),
        sender=Sender(
            country=rng.choice([None, None, None, "US", "EU-FR"]),
            is_charity=one_in(rng, 2),
            directed_at_children=one_in(rng, 10),
            legitimate_interest_assessment=rng.choice([None, "LIA-1"]),
        ),
        events=some(rng, 5, lambda: any_event(rng, now)),
        relationship=any_relationship(rng, now),
        requests=(Request("erasure", back(now, 9), rng.choice(["open", "done"])),) if one_in(rng, 12) else (),
        contacts=some(rng, 6, lambda: any_contact(rng, now)),
        merge_at=past(rng, now) if one_in(rng, 3) else None,
        caps=some(
            rng, 2, lambda: Cap(rng.choice(["email", "phone", "*"]), rng.randint(1, 4), rng.randint(1, 40))
        ),
        hours=any_hours(rng),
        paused_until=back(now, rng.choice([-3 * DAY, 60])) if one_in(rng, 8) else None,
    )


def smallest(facts: Facts, fails: Callable[[Facts], bool]) -> Facts:
    """The facts without everything that the failure does not need."""
    while True:
        simpler = next((one for one in _simpler(facts) if fails(one)), None)
        if simpler is None:
            return facts
        facts = simpler


def _simpler(value: Any) -> Iterator[Any]:
    for field in fields(value):
        item = getattr(value, field.name)
        if field.default is not MISSING and item != field.default:
            yield replace(value, **{field.name: field.default})
        if isinstance(item, tuple):
            for i, one in enumerate(item):
                yield replace(value, **{field.name: item[:i] + item[i + 1 :]})
                if is_dataclass(one):
                    for less in _simpler(one):
                        yield replace(value, **{field.name: (*item[:i], less, *item[i + 1 :])})
        elif is_dataclass(item) and item != field.default:
            for less in _simpler(item):
                yield replace(value, **{field.name: less})
