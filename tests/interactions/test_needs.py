"""Needs: told once, private or shared, and no longer relied on after their day."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import TimelineEntry
from interactions.models import Need, NeedKind
from interactions.services.authors import author_of
from interactions.services.need_kinds import (
    KindText,
    NeedKindRefused,
    add_need_kind,
    change_need_kind,
    open_need_kinds,
    put_need_kind_aside,
)
from interactions.services.needs import NeedRefused, end_need, expire_needs, note_treatment, record_need
from tenancy.models import OutboxEvent
from tests.cast import Company


@pytest.fixture
def saturdays(in_a: Company) -> NeedKind:
    return add_need_kind(text=KindText("Delivery on Saturdays", lasts_days=200))


def need(company: Company, kind: NeedKind, of: str = "ada", who: str = "alice", **values: Any) -> Need:
    made, _ = record_need(
        customer=company.customer[of], kind=kind, by=author_of(company.access(who)), **values
    )
    return made


def test_a_shared_need_is_told_and_a_private_one_is_not(in_a: Company, saturdays: NeedKind) -> None:
    alice = author_of(in_a.access("alice"))
    shared = need(in_a, saturdays, words="At work all week", strength=3)
    private = need(in_a, saturdays, words="Cannot carry, ill", visibility="portfolio")
    assert (shared.portfolio_id, private.portfolio_id) == (None, in_a.portfolio["alice"].id)
    assert shared.expires_on - timezone.localdate() in {
        timedelta(days=199),
        timedelta(days=200),
        timedelta(days=201),
    }
    for one in (shared, private):
        note_treatment(need=one, words="Rings twice, carries it in", by=alice)
        end_need(need=one, status="met", by=alice)
        assert end_need(need=one, status="met", by=alice).ended_at == Need.objects.get(id=one.id).ended_at
        with pytest.raises(NeedRefused, match="ended before"):
            end_need(need=one, status="dropped", by=alice)
    entries = TimelineEntry.objects.filter(kind="need").order_by("at")
    assert [entry.key.split(":")[1] for entry in entries] == [str(shared.id)] * 3
    assert entries[0].title == "Needs: Delivery on Saturdays"
    assert OutboxEvent.objects.filter(name="interactions.needs_ended").count() == 2


def test_a_need_expires_after_its_last_day_and_is_told_once(in_a: Company, saturdays: NeedKind) -> None:
    old, fresh = need(in_a, saturdays), need(in_a, saturdays, words="fresh")
    Need.objects.filter(id=old.id).update(expires_on=timezone.now().date() - timedelta(days=2))
    assert (expire_needs("x"), expire_needs("x")) == (1, 0)
    assert dict(Need.objects.values_list("id", "status")) == {old.id: "expired", fresh.id: "open"}
    assert TimelineEntry.objects.filter(key=f"need:{old.id}:expired").count() == 1


def test_the_same_key_is_the_same_need(in_a: Company, saturdays: NeedKind) -> None:
    made = need(in_a, saturdays, key="call 7")
    assert need(in_a, saturdays, key="call 7").id == made.id
    with pytest.raises(NeedRefused) as refusal:
        need(in_a, saturdays, key="call 7", words="other words")
    assert refusal.value.code == "key_reused"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"words": "x" * 501}, "words"),
        ({"words": "a\0b"}, "words"),
        ({"strength": 9}, "strength"),
        ({"visibility": "world"}, "visibility"),
        ({"expires_on": date(2020, 1, 1)}, "expires_on"),
        ({"expires_on": date(2999, 1, 1)}, "expires_on"),
    ],
)
def test_what_cannot_be_noted_is_refused_in_words(
    in_a: Company, saturdays: NeedKind, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(NeedRefused) as refusal:
        need(in_a, saturdays, **values)
    assert refusal.value.field == field
    with pytest.raises(NeedRefused, match="cannot be empty"):
        end_need(need=need(in_a, saturdays), status="unmet", by=author_of(in_a.access("alice")))


def test_the_catalogue_is_the_companys_own(in_a: Company, saturdays: NeedKind) -> None:
    usual = NeedKind.objects.get(name_key="lower price")
    change_need_kind(kind=usual, text=KindText("A lower  price", lasts_days=30))
    put_need_kind_aside(kind=saturdays)
    count = NeedKind.objects.count()
    open_need_kinds()
    assert NeedKind.objects.count() == count, "what was renamed does not come again"
    with pytest.raises(NeedRefused, match="no longer in the catalogue"):
        need(in_a, NeedKind.objects.get(id=saturdays.id))
    for wrong, field in (
        (KindText("delivery on SATURDAYS"), "name"),
        (KindText("!", lasts_days=0), "lasts_days"),
    ):
        with pytest.raises(NeedKindRefused) as refusal:
            add_need_kind(text=wrong)
        assert refusal.value.field == field
