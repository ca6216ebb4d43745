"""Segments: defined, filled, kept true by what happens, with a history that stays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from crm.models import Segment, SegmentChange, SegmentMember, SegmentSize, SegmentVersion
from crm.selectors.segments import uses_of
from crm.services.customers import change_customer, restore_customers, trash_customers
from crm.services.segments import definitions, passes
from crm.services.segments.definitions import (
    Definition,
    SegmentChanged,
    SegmentRefused,
    archive_segment,
    change_segment,
    create_segment,
    refresh_segment,
)
from crm.services.segments.keeping import keep_customers
from rules.language.problems import RuleInvalid
from rules.models import RuleDraft, RuleSet
from tenancy.context import tenant_context
from tenancy.models import Job, OutboxEvent
from tests.cast import Company
from tests.crm.shelves import AT_LEAST_ONE, define, finish_jobs, follow, line, names_in, order, within


def redefine(company: Company, segment: Segment, **changes: object) -> Segment:
    given = {"name": segment.name, "condition": segment.condition, "mode": segment.mode, **changes}
    changed = change_segment(
        access=company.access("admin"),
        segment=segment,
        seen=segment.version,
        definition=Definition(**given),  # type: ignore[arg-type]
    )
    finish_jobs(company)
    changed.refresh_from_db()
    return changed


def test_who_is_in_it_follows_from_its_condition(in_a: Company) -> None:
    order(in_a.customer["ada"])
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    assert names_in(segment) == ["Ada"]
    assert segment.filled_at is not None
    size = SegmentSize.objects.get(segment=segment)
    assert (size.customers, size.entered, size.left, size.value) == (1, 0, 0, 0)
    assert not SegmentChange.objects.exists(), "a new segment's first members are not news"


def test_an_order_puts_its_customer_in_and_tells(in_a: Company) -> None:
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    assert names_in(segment) == []
    order(in_a.customer["ada"])
    order(in_a.customer["ben"])
    order(None)
    follow()
    assert names_in(segment) == ["Ada", "Ben"]
    size = SegmentSize.objects.get(segment=segment)
    assert (size.customers, size.entered, size.left) == (2, 2, 0)
    told = OutboxEvent.objects.get(name="crm.segments_changed")
    rows = SegmentChange.objects.filter(batch=told.payload["batch"])
    assert {(row.customer_id, row.entered, row.cause) for row in rows} == {
        (in_a.customer[key].id, True, "facts") for key in ("ada", "ben")
    }
    assert (told.payload["entered"], told.payload["left"], told.payload["segment_ids"]) == (
        2,
        0,
        [str(segment.id)],
    )


def test_nothing_is_told_where_nothing_changes(in_a: Company) -> None:
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    order(in_a.customer["ada"])
    follow()
    order(in_a.customer["ada"])
    follow()
    keep_customers([in_a.customer["ada"].id])
    assert OutboxEvent.objects.filter(name="crm.segments_changed").count() == 1
    assert names_in(segment) == ["Ada"]


def test_a_changed_customer_leaves(in_a: Company) -> None:
    segment = define(in_a, "Everybody but Eve", {"none": [line("crm.name", "equals", "eve")]})
    assert names_in(segment) == ["Ada", "Ben", "Hal"]
    ada = in_a.customer["ada"]
    change_customer(customer=ada, version=ada.version, changes={"name": "Eve"}, source="member")
    follow()
    assert names_in(segment) == ["Ben", "Hal"]
    change = SegmentChange.objects.get(segment=segment)
    assert (change.customer_id, change.entered) == (ada.id, False)
    size = SegmentSize.objects.get(segment=segment)
    assert (size.customers, size.left) == (2, 1)


def test_the_trash_is_in_no_segment(in_a: Company) -> None:
    segment = define(in_a, "Everybody", {"all": []})
    ids = [in_a.customer["ada"].id]
    trash_customers(customer_ids=ids, by=in_a.member["admin"])
    follow()
    assert names_in(segment) == ["Ben", "Hal"]
    restore_customers(customer_ids=ids)
    follow()
    assert names_in(segment) == ["Ada", "Ben", "Hal"]


def test_a_segment_that_reads_a_segment_follows_in_the_same_breath(in_a: Company) -> None:
    buyers = define(in_a, "Buyers", AT_LEAST_ONE)
    strangers = define(in_a, "Strangers", {"none": [within(buyers)["all"][0]]})
    third = define(in_a, "Strangers' strangers", {"none": [within(strangers)["all"][0]]})
    assert names_in(strangers) == ["Ada", "Ben", "Hal"]
    order(in_a.customer["ada"])
    follow()
    assert (names_in(buyers), names_in(strangers), names_in(third)) == (["Ada"], ["Ben", "Hal"], ["Ada"])
    redefine(in_a, buyers, condition={"all": [line("crm.orders", "at_least", 0)]})
    assert (names_in(strangers), names_in(third)) == ([], ["Ada", "Ben", "Hal"])


def test_time_itself_is_found_at_night(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    order(in_a.customer["ada"])
    segment = define(in_a, "Fresh", {"all": [line("crm.last_order_on", "within_last", {"days": 30})]})
    assert names_in(segment) == ["Ada"]
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    passes.start_nightly("2027-01-01")
    assert passes.start_nightly("2027-01-01").id == Job.objects.get(kind=passes.KEEP_ALL).id
    finish_jobs(in_a)
    assert names_in(segment) == []
    newest = SegmentSize.objects.filter(segment=segment).order_by("day").last()
    assert newest is not None
    assert (newest.day, newest.customers, newest.left) == (later.date(), 0, 1)


def test_the_night_repairs_and_counts(in_a: Company) -> None:
    segment = define(in_a, "Everybody", {"all": []})
    SegmentMember.objects.filter(customer=in_a.customer["ada"]).delete()
    gone = define(in_a, "Gone", {"all": []})
    archive_segment(segment=gone)
    SegmentChange.objects.create(
        batch=gone.id, segment=gone, customer=in_a.customer["ada"], entered=True, cause="facts",
        at=timezone.now() - timedelta(days=91),
    )  # fmt: skip
    passes.start_nightly("x")
    finish_jobs(in_a)
    assert names_in(segment) == ["Ada", "Ben", "Hal"]
    assert SegmentSize.objects.get(segment=segment).customers == 3
    assert not SegmentMember.objects.filter(segment=gone).exists()
    assert not SegmentChange.objects.filter(segment=gone).exists()


def test_without_segments_nothing_is_started(in_a: Company) -> None:
    assert passes.start_nightly("x") is None
    order(in_a.customer["ada"])
    follow()


def test_a_frozen_segment_keeps_its_day_until_it_is_refreshed(in_a: Company) -> None:
    order(in_a.customer["ada"])
    segment = define(in_a, "Buyers of today", AT_LEAST_ONE, mode="frozen")
    order(in_a.customer["ben"])
    follow()
    passes.start_nightly("x")
    finish_jobs(in_a)
    assert names_in(segment) == ["Ada"]
    refresh_segment(access=in_a.access("admin"), segment=segment)
    finish_jobs(in_a)
    assert names_in(segment) == ["Ada", "Ben"]
    assert SegmentChange.objects.get(segment=segment).cause == "refresh"
    with pytest.raises(SegmentRefused, match="always up to date"):
        refresh_segment(access=in_a.access("admin"), segment=redefine(in_a, segment, mode="live"))


def test_freezing_keeps_the_members_of_today(in_a: Company) -> None:
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    order(in_a.customer["ada"])
    follow()
    frozen = redefine(in_a, segment, mode="frozen")
    order(in_a.customer["ben"])
    follow()
    assert names_in(frozen) == ["Ada"]
    assert Job.objects.filter(kind=passes.FILL).count() == 1


def test_each_definition_stays_with_its_author(in_a: Company) -> None:
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    changed = redefine(in_a, segment, condition={"all": [line("crm.orders", "equals", 0)]})
    assert (changed.version, names_in(changed)) == (2, ["Ada", "Ben", "Hal"])
    assert SegmentChange.objects.filter(cause="definition", entered=True).count() == 3
    renamed = redefine(in_a, changed, name="Strangers")
    assert renamed.version == 2
    versions = SegmentVersion.objects.filter(segment=segment).order_by("number")
    assert [(row.number, row.author_name, row.condition) for row in versions] == [
        (1, "admin", AT_LEAST_ONE), (2, "admin", changed.condition),
    ]  # fmt: skip


def test_two_who_define_at_once(in_a: Company) -> None:
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    seen = Segment.objects.get(id=segment.id)
    redefine(in_a, segment, condition={"all": []})
    with pytest.raises(SegmentChanged):
        redefine(in_a, seen, condition={"all": [line("crm.orders", "equals", 0)]})


def test_what_is_refused(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = in_a.access("admin")

    def refused(match: str, definition: Definition) -> None:
        with pytest.raises((SegmentRefused, RuleInvalid), match=match), transaction.atomic():
            create_segment(access=admin, definition=definition)

    define(in_a, "Buyers", AT_LEAST_ONE)
    refused("already a segment called Buyers", Definition(" Buyers ", {"all": []}))
    refused("needs a name", Definition("", {"all": []}))
    refused("needs a name", Definition("x" * 121, {"all": []}))
    refused("needs a name", Definition("a\0b", {"all": []}))
    refused("live or frozen", Definition("A", {"all": []}, mode="lively"))
    refused("no fact", Definition("A", {"all": [line("crm.gone", "at_least", 1)]}))
    refused("object", Definition("A", ["crm.orders"]))
    refused(
        "not found here",
        Definition("A", {"all": [line("crm.segment", "has_any", [str(in_a.tenant.id)])]}),
    )
    refused("too large", Definition("A", {"all": [line("crm.name", "equals", "x" * 100_000)]}))
    monkeypatch.setattr(definitions, "MOST_LIVE", 1)
    refused("1 segments are live already", Definition("A", {"all": []}))
    create_segment(access=admin, definition=Definition("A", {"all": []}, mode="frozen"))
    monkeypatch.setattr(definitions, "MOST", 2)
    refused("take some away", Definition("B", {"all": []}, mode="frozen"))


def test_a_circle_is_refused_and_named(in_a: Company) -> None:
    first = define(in_a, "First", AT_LEAST_ONE)
    second = define(in_a, "Second", within(first))
    third = define(in_a, "Third", within(second))
    with pytest.raises(
        SegmentRefused, match="circle: this segment would read Third reads Second reads First"
    ):
        redefine(in_a, first, condition=within(third))
    with pytest.raises(SegmentRefused, match="circle"):
        redefine(in_a, first, condition=within(first))


def test_what_is_used_stays(in_a: Company) -> None:
    used = define(in_a, "Buyers", AT_LEAST_ONE)
    reader = define(in_a, "Readers", within(used))
    rules = RuleSet.objects.create(kind="portfolios.assignment", name="Who goes where")
    RuleDraft.objects.create(rule_set=rules, content={"rules": [{"id": "r1", "when": within(used)}]})
    assert [use.words for use in uses_of(used)] == ["the segment Readers", "the rules Who goes where"]
    with pytest.raises(SegmentRefused, match="the segment Readers, the rules Who goes where"):
        archive_segment(segment=used)
    archive_segment(segment=reader)
    RuleDraft.objects.update(content={})
    archive_segment(segment=used)
    assert not Segment.objects.filter(archived_at=None).exists()
    define(in_a, "Buyers", AT_LEAST_ONE)


def test_only_facts_that_the_writer_may_see(in_a: Company) -> None:
    access = in_a.access("admin")
    narrow = type(access)(
        access.tenant, access.profile, access.role, access.member,
        permissions=access.permissions - {"crm.view_segment"},
    )  # fmt: skip
    segment = define(in_a, "Buyers", AT_LEAST_ONE)
    with pytest.raises(RuleInvalid):
        create_segment(access=narrow, definition=Definition("A", within(segment)))


def test_a_segment_that_cannot_be_read_any_more_keeps_its_members(in_a: Company) -> None:
    segment = define(in_a, "Everybody", {"all": []})
    Segment.objects.update(condition={"all": [line("crm.gone", "at_least", 1)]})
    keep_customers([customer.id for customer in in_a.customer.values()])
    assert names_in(segment) == ["Ada", "Ben", "Hal"]


def test_another_company_has_its_own(in_a: Company, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        theirs = define(company_b, "Everybody", {"all": []})
        assert names_in(theirs) == ["Cleo"]
    with tenant_context(in_a.tenant.id):
        ours = define(in_a, "Everybody", {"all": []})
        assert names_in(ours) == ["Ada", "Ben", "Hal"]
        with pytest.raises(RuleInvalid, match="not found here"):
            define(in_a, "Theirs", within(theirs))
        keep_customers([company_b.customer["cleo"].id])
        assert names_in(ours) == ["Ada", "Ben", "Hal"]


def test_the_day_is_the_companys(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    in_a.access("admin").profile.__class__.objects.update(time_zone="Pacific/Auckland")
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2027, 1, 1, 20, tzinfo=UTC))
    segment = define(in_a, "Everybody", {"all": []})
    assert SegmentSize.objects.get(segment=segment).day == date(2027, 1, 2)
