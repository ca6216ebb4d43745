"""Contacts are logged once, stand on the timeline at once, and are corrected for everybody to see."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as clock

from crm.models import CustomerSummary, TimelineEntry
from crm.services.customers import restore_customers, trash_customers
from interactions.contact_facts import CONTACT_FACTS
from interactions.models import Correction, Interaction
from interactions.models.interaction import LONGEST_TEXT
from interactions.services.authors import SYSTEM, Author
from interactions.services.interactions import (
    Conflict,
    Contact,
    Entry,
    InteractionRefused,
    correct_interaction,
    record_interaction,
    record_interactions,
)
from interactions.services.refusals import Refused
from privacy.models import Person
from privacy.services.erasure import erase_person
from rules.moment import setting_now
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.at_once import Paused, at_once_in
from tests.cast import Company, make_company_a

CALL = Contact("phone", subject="the oven", text="It does not get hot.")


def alices(company: Company) -> Author:
    alice = company.member["alice"]
    return Author(f"member:{alice.id}", alice.name, alice)


def log(company: Company, contact: Contact = CALL, key: str = "") -> Interaction:
    return record_interaction(customer=company.customer["ada"], contact=contact, by=alices(company), key=key)[
        0
    ]


def entry_of(interaction: Interaction) -> TimelineEntry:
    return TimelineEntry.objects.get(key=f"interaction:{interaction.id}")


def refused(work: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.field, caught.value.code


def test_a_contact_is_on_the_timeline_at_once(in_a: Company) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        made = log(in_a)
    assert len(asked) == 4, "customer with person, contact, timeline, event with its step"
    assert (made.member, made.author_name, made.version) == (in_a.member["alice"], "Alice", 1)
    entry = entry_of(made)
    assert (entry.at, entry.kind, entry.who) == (made.occurred_at, "contact", "Alice")
    assert (entry.title, entry.text) == ("Called us: the oven", "It does not get hot.")
    event = OutboxEvent.objects.get(name="interactions.interaction_recorded")
    assert event.payload == {
        "customer_id": str(in_a.customer["ada"].id), "interaction_id": str(made.id)
    }  # fmt: skip


def test_any_script_and_a_hundred_thousand_characters_are_kept_whole(in_a: Company) -> None:
    text = ("Gr\u00fc\u00dfe \u05e9\u05dc\u05d5\u05dd \u4f60\u597d \U0001f956 e\u0301 " * 10_000)[
        :LONGEST_TEXT
    ]
    made = log(in_a, Contact("email", text=text))
    made.refresh_from_db()
    assert made.text == text
    assert len(entry_of(made).text) <= 400
    assert refused(lambda: log(in_a, Contact("email", text=text + "x"))) == ("text", "invalid")


@pytest.mark.parametrize(
    ("field", "contact"),
    [
        ("text", Contact("phone", text="a\x00b")),
        ("text", Contact("phone", text="half \ud83e")),
        ("subject", Contact("phone", subject="x" * 201)),
        ("channel", Contact("pigeon")),
        ("minutes", Contact("phone", minutes=Decimal("NaN"))),
        ("minutes", Contact("phone", minutes=Decimal(100_000))),
        ("satisfaction", Contact("phone", satisfaction=6)),
        ("occurred_at", Contact("phone", occurred_at=datetime(2024, 3, 31, 2, 30))),  # noqa: DTZ001
        (
            "occurred_at",
            Contact("phone", occurred_at=datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9)))),
        ),
        ("occurred_at", Contact("phone", occurred_at=datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))))),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(in_a: Company, field: str, contact: Contact) -> None:
    assert refused(lambda: log(in_a, contact)) == (field, "invalid")
    assert not Interaction.objects.exists()


def test_a_moment_may_be_long_ago_and_a_little_ahead_of_our_clock(in_a: Company) -> None:
    now = clock.now()
    old = log(in_a, Contact("post", occurred_at=datetime(1931, 5, 1, tzinfo=timezone(timedelta(hours=2)))))
    old.refresh_from_db()
    assert old.occurred_at == datetime(1931, 4, 30, 22, tzinfo=UTC)
    assert log(in_a, Contact("web", occurred_at=now + timedelta(minutes=4))).occurred_at > now
    ahead = Contact("web", occurred_at=now + timedelta(minutes=6))
    assert refused(lambda: log(in_a, ahead)) == ("occurred_at", "invalid")


def test_the_same_key_is_the_same_contact(in_a: Company) -> None:
    first = log(in_a, key="call-1")
    again, created = record_interaction(
        customer=in_a.customer["ada"], contact=CALL, by=alices(in_a), key="call-1"
    )
    assert (again, created) == (first, False)
    other = Contact("phone", subject="something else")
    assert refused(lambda: log(in_a, other, key="call-1")) == ("key", "key_reused")
    correct(in_a, first, subject="the stove")
    assert log(in_a, key="call-1").subject == "the stove", "sent again after a correction: the same contact"
    assert Interaction.objects.count() == 1
    assert refused(lambda: log(in_a, key="k" * 121)) == ("key", "invalid")


def test_nothing_is_written_about_whom_nothing_may_be_written(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    trash_customers(customer_ids=[ada.id], by=None)
    assert refused(lambda: log(in_a)) == ("customer", "customer_trashed")
    restore_customers(customer_ids=[ada.id])
    person, _ = Person.objects.get_or_create(customer=ada)
    Person.objects.filter(id=person.id).update(restricted_at=clock.now())
    assert refused(lambda: log(in_a)) == ("customer", "customer_restricted")
    Person.objects.filter(id=person.id).update(restricted_at=None)
    made = log(in_a)
    erase_person(customer_id=ada.id, why="request")
    assert refused(lambda: log(in_a)) == ("customer", "customer_erased")
    assert refused(lambda: correct(in_a, made, subject="late")) == ("customer", "customer_erased")
    made.refresh_from_db()
    assert (made.subject, made.text) == ("", "")


def test_many_are_logged_together_each_answered_by_itself(in_a: Company, company_b: Company) -> None:
    ada, ben = in_a.customer["ada"].id, in_a.customer["ben"].id
    foreign = company_b.customer["cleo"].id
    outcomes = record_interactions(
        entries=[
            Entry(ada, CALL, "one"), Entry(foreign, CALL), Entry(ben, Contact("pigeon")), Entry(ada, CALL, "one"),
            Entry(ben, Contact("shop"), "two"), Entry(ada, Contact("shop"), "two"), Entry(ben, CALL),
        ],
        by=SYSTEM,
    )  # fmt: skip
    said = [one.code if isinstance(one, Refused) else one[1] for one in outcomes]
    assert said == [True, "customer_unknown", "invalid", False, True, "key_reused", True]
    assert TimelineEntry.objects.filter(kind="contact").count() == Interaction.objects.count() == 3
    event = OutboxEvent.objects.get(name="interactions.interactions_recorded")
    assert set(event.payload["customer_ids"]) == {str(ada), str(ben)}
    assert record_interactions(entries=[], by=SYSTEM) == []
    assert refused(lambda: record_interactions(entries=[Entry(ada, CALL)] * 1001, by=SYSTEM))[1] == "too_many"


def correct(company: Company, interaction: Interaction, *, version: int = 1, **changes: Any) -> Interaction:
    values = {name: getattr(interaction, name) for name in Contact.__dataclass_fields__}
    return correct_interaction(
        interaction=interaction, contact=Contact(**values | changes), reason="misheard", version=version,
        by=alices(company),
    )  # fmt: skip


def test_a_correction_stays_visible_and_mends_the_timeline(in_a: Company) -> None:
    made = log(in_a, Contact("phone", subject="the oven", minutes=Decimal("2.5"), satisfaction=2))
    before = made.occurred_at
    earlier = before - timedelta(days=1)
    right = correct(in_a, made, subject="the fridge", minutes=None, occurred_at=earlier)
    assert (right.version, right.subject, right.satisfaction) == (2, "the fridge", 2)
    correction = Correction.objects.get()
    assert (correction.reason, correction.author_name) == ("misheard", "Alice")
    assert correction.before == {
        "subject": "the oven", "minutes": "2.50", "occurred_at": before.isoformat()
    }  # fmt: skip
    entry = entry_of(right)
    assert (entry.title, entry.at) == ("Called us: the fridge", earlier)
    assert correct(in_a, right, version=2).version == 2, "nothing different: nothing is written"
    assert OutboxEvent.objects.filter(name="interactions.interaction_corrected").count() == 1


def test_two_correct_the_same_contact(in_a: Company) -> None:
    made = log(in_a)
    correct(in_a, made, subject="the fridge")
    both = correct(in_a, made, sentiment="bad")
    assert (both.version, both.subject, both.sentiment) == (3, "the fridge", "bad")
    with pytest.raises(Conflict) as caught:
        correct(in_a, made, subject="the stove")
    assert caught.value.theirs == {"subject": "the fridge"}
    assert correct(in_a, made, subject="the fridge").version == 3, "both wrote the same"
    assert refused(lambda: correct(in_a, made, version=9, subject="x")) == ("version", "invalid")


@pytest.mark.parametrize(("reason", "field"), [("  ", "reason"), ("x" * 301, "reason"), ("\x00", "reason")])
def test_a_correction_says_why(in_a: Company, reason: str, field: str) -> None:
    made = log(in_a)
    with pytest.raises(InteractionRefused) as caught:
        correct_interaction(
            interaction=made, contact=Contact("shop"), reason=reason, version=1, by=alices(in_a)
        )
    assert caught.value.field == field


@pytest.mark.django_db(transaction=True)
def test_fifty_people_and_one_customer() -> None:
    company = make_company_a()
    works = [lambda n=n: log(company, Contact("shop", text=f"{n}"), key=f"visit-{n // 2}") for n in range(50)]
    made = at_once_in(company, *works)
    with tenant_context(company.tenant.id):
        assert Interaction.objects.count() == TimelineEntry.objects.filter(kind="contact").count() == 25
    refusals = [one for one in made if isinstance(one, Refused)]
    assert [one.code for one in refusals] == ["key_reused"] * 25
    assert len([one for one in made if isinstance(one, Interaction)]) == 25


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("erased_first", [True, False])
def test_a_person_is_erased_while_a_contact_is_logged(erased_first: bool) -> None:
    company = make_company_a()
    ada = company.customer["ada"]
    works: list[Callable[[], Any]] = [
        lambda: erase_person(customer_id=ada.id, why="request"),
        lambda: log(company),
    ]
    first, second = works if erased_first else reversed(works)
    paused = Paused(company, first)
    paused.commit_soon()
    (later,) = at_once_in(company, second)
    paused.ended()
    with tenant_context(company.tenant.id):
        if erased_first:
            assert isinstance(later, Refused)
            assert later.code == "customer_erased"
        assert not Interaction.objects.exclude(text="").exists()
        assert not TimelineEntry.objects.filter(kind="contact").exists()


def test_rules_can_ask_about_contacts(in_a: Company) -> None:
    now = clock.now()
    log(in_a, Contact("phone", occurred_at=now - timedelta(days=400), sentiment="bad", satisfaction=2))
    log(in_a, Contact("shop", occurred_at=now - timedelta(days=3), sentiment="good"))
    log(in_a, Contact("email", touchpoint="system", occurred_at=now))
    rows = CustomerSummary.objects.order_by("name_key")
    setting = setting_now()
    asked = {fact.key: fact.sql(setting) for fact in CONTACT_FACTS}
    found = [
        tuple(row)
        for row in rows.annotate(
            **{key.partition(".")[2]: value for key, value in asked.items()}
        ).values_list("last_contact", "contacts_year", "last_sentiment", "last_satisfaction")
    ]
    assert found[0] == (now - timedelta(days=3), 1, "good", 2), "Ada"
    assert found[1] == (None, 0, None, None), "Ben"
