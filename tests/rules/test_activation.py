"""One version in force at a time, from a day, agreed to by two where two decide, taken back; also by two at once."""

import datetime
import os
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import psycopg2
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.models import Segment
from crm.services.segments.definitions import Definition, SegmentRefused, change_segment, create_segment
from rules.models import Activation, RuleSet, RuleVersion
from rules.moment import setting_now
from rules.selectors.rulesets import Standing, activations_of, standing_of, versions_in_force, versions_of
from rules.services.activations import (
    ActivationRefused,
    StandingChanged,
    activate_rules,
    agree_to_activation,
    archive_rule_set,
    refuse_activation,
    roll_back,
    withdraw_activation,
)
from rules.services.rule_sets import EditedMeanwhile, change_rule_set, create_rule_set, save_draft
from tenancy.context import tenant_context
from tenancy.models import AuditEntry, OutboxEvent, TenantProfile
from tests.at_once import at_once_in
from tests.cast import Company, make_company
from tests.rules.grades import GOLD, KIND, SILVER, activate, content, grades, make_rules, redraft, rule

__all__ = ["grades"]
pytestmark = pytest.mark.usefixtures("grades")
DAY = datetime.timedelta(days=1)


@pytest.fixture
def shop(in_a: Company) -> Company:
    in_a.add("nadia", "administrator")
    return in_a


@pytest.fixture
def two_decide(shop: Company) -> Company:
    TenantProfile.objects.update(rules_need_second_person=True)
    return shop


def standing(rule_set: RuleSet) -> Standing:
    return standing_of(RuleSet.objects.get(id=rule_set.id))


def numbers(rule_set: RuleSet, *, at: datetime.datetime | None = None) -> list[int]:
    """Numbers of the versions of all rules in force."""
    return [version.number for version in versions_in_force(KIND, at=at or timezone.now())]


def back(company: Company, rule_set: RuleSet, to: int, by: str = "admin") -> Activation:
    return roll_back(
        access=company.access(by), rule_set=rule_set, to=to, seen=standing(rule_set).seen, comment="c"
    )


def three_versions(company: Company) -> RuleSet:
    """Versions 1, 2 and 3, the last one in force."""
    rule_set = make_rules(company, GOLD)
    activate(company, rule_set)
    for grade in ("silver", "bronze"):
        redraft(company, rule_set, rule("r1", GOLD["when"], grade))
        activate(company, rule_set)
    return rule_set


def test_a_version_comes_into_force(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD, SILVER)
    assert numbers(rule_set) == []
    row = activate(shop, rule_set, comment="the first")
    assert (row.state, row.version.number, row.version.comment) == ("agreed", 1, "the first")
    assert row.version.reads == ["crm.orders"]
    assert row.version.author_name == row.asked_by_name == row.decided_by_name == shop.member["admin"].name
    assert numbers(rule_set) == [1]
    activated = OutboxEvent.objects.get(name="rules.version_activated", payload__kind=KIND)
    assert activated.payload["number"] == 1
    assert set(AuditEntry.objects.values_list("table", flat=True)) >= {"rules_activation", "rules_ruleset"}


def test_the_next_one_closes_the_one_before(shop: Company) -> None:
    rule_set = three_versions(shop)
    assert numbers(rule_set) == [3]
    periods = [row.period for row in Activation.objects.filter(rule_set=rule_set).order_by("period")]
    assert [period.upper for period in periods[:2]] == [period.lower for period in periods[1:]]
    assert periods[2].upper is None


def test_nothing_changed_is_no_new_version(shop: Company) -> None:
    rule_set = three_versions(shop)
    activate(shop, rule_set)
    assert versions_of(rule_set).count() == 3


def test_an_incomplete_draft_is_refused_with_its_problems(shop: Company) -> None:
    rule_set = make_rules(shop, rule("r1", {"all": [{"fact": "crm.orders"}]}, "gold"))
    with pytest.raises(ActivationRefused) as refused:
        activate(shop, rule_set)
    assert [problem.at for problem in refused.value.problems] == ["rules.0.when.all.0.is"]
    assert not RuleVersion.objects.filter(rule_set=rule_set).exists()


def test_a_version_cannot_be_changed(shop: Company) -> None:
    version = activate(shop, make_rules(shop, GOLD)).version
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        RuleVersion.objects.filter(id=version.id).update(comment="other")


def test_from_tomorrow_in_the_tenants_time_zone(shop: Company) -> None:
    TenantProfile.objects.update(time_zone="Pacific/Auckland")
    rule_set = make_rules(shop, GOLD)
    tomorrow = setting_now().today + DAY
    row = activate(shop, rule_set, starts_on=tomorrow)
    begins = datetime.datetime.combine(tomorrow, datetime.time(), tzinfo=ZoneInfo("Pacific/Auckland"))
    assert row.begins == begins
    assert standing(rule_set).planned == [row]
    assert (numbers(rule_set), numbers(rule_set, at=begins)) == ([], [1])
    assert numbers(rule_set, at=begins - datetime.timedelta(microseconds=1)) == []


@pytest.mark.parametrize("days", [-1, 5000])
def test_days_that_cannot_be(shop: Company, days: int) -> None:
    with pytest.raises(ActivationRefused, match="day"):
        activate(shop, make_rules(shop, GOLD), starts_on=setting_now().today + days * DAY)


def test_today_is_now(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    activate(shop, rule_set, starts_on=setting_now().today)
    assert numbers(rule_set) == [1]


def test_what_is_planned_stays_planned(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    today = setting_now().today
    activate(shop, rule_set, starts_on=today + 7 * DAY)
    redraft(shop, rule_set, SILVER)
    soon = activate(shop, rule_set)
    assert (soon.ends, numbers(rule_set)) == (standing(rule_set).planned[0].begins, [2])
    redraft(shop, rule_set, GOLD, SILVER)
    activate(shop, rule_set, starts_on=today + 3 * DAY)
    in_days = [numbers(rule_set, at=timezone.now() + n * DAY) for n in (0, 2, 4, 8)]
    assert in_days == [[2], [2], [3], [1]]


def test_another_one_for_the_same_day_replaces_it(shop: Company) -> None:
    rule_set, tomorrow = make_rules(shop, GOLD), setting_now().today + DAY
    first = activate(shop, rule_set, starts_on=tomorrow)
    redraft(shop, rule_set, SILVER)
    activate(shop, rule_set, starts_on=tomorrow)
    first.refresh_from_db()
    assert (first.state, numbers(rule_set, at=timezone.now() + 2 * DAY)) == ("withdrawn", [2])


def test_withdrawing_a_plan_stretches_the_one_before(shop: Company) -> None:
    rule_set, today = make_rules(shop, GOLD), setting_now().today
    activate(shop, rule_set)
    redraft(shop, rule_set, SILVER)
    plan = activate(shop, rule_set, starts_on=today + 2 * DAY)
    assert numbers(rule_set, at=timezone.now() + 3 * DAY) == [2]
    withdraw_activation(access=shop.access("admin"), activation=plan, seen=standing(rule_set).seen)
    assert numbers(rule_set, at=timezone.now() + 3 * DAY) == [1]
    with pytest.raises(ActivationRefused, match="has not begun"):
        in_force = standing(rule_set).in_force
        withdraw_activation(access=shop.access("admin"), activation=in_force, seen=standing(rule_set).seen)


def test_roll_back(shop: Company) -> None:
    rule_set = three_versions(shop)
    row = back(shop, rule_set, 1)
    assert (row.is_rollback, numbers(rule_set)) == (True, [1])
    with pytest.raises(ActivationRefused, match="is in force"):
        back(shop, rule_set, 1)
    with pytest.raises(ActivationRefused, match="no version 9"):
        back(shop, rule_set, 9)
    assert [row.version.number for row in activations_of(rule_set)] == [1, 3, 2, 1]


def test_an_old_view_is_refused(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    activate(shop, rule_set, by="nadia")
    with pytest.raises(StandingChanged, match="Nadia decided on version 1 a moment ago"):
        activate_rules(access=shop.access("admin"), rule_set=rule_set, seen=0)


def test_a_draft_that_was_edited_meanwhile_is_not_activated(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    redraft(shop, rule_set, SILVER, by="nadia")
    with pytest.raises(EditedMeanwhile, match="Nadia"):
        activate(shop, rule_set, revision=1)


def test_who_may_not_is_refused(shop: Company) -> None:
    rule_set = make_rules(shop, GOLD)
    with pytest.raises(PermissionDenied):
        activate(shop, rule_set, by="alice")


def test_a_fact_that_is_gone_cannot_come_back(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    rule_set = three_versions(shop)
    monkeypatch.setattr("rules.language.parse.find_fact", lambda key: None)
    with pytest.raises(ActivationRefused, match="mend") as refused:
        back(shop, rule_set, 1)
    assert {problem.code for problem in refused.value.problems} == {"unknown_fact"}


def test_a_rule_that_holds_for_nobody_is_refused(shop: Company) -> None:
    never = {"all": [{"fact": "crm.orders", "is": "at_least", "value": 4},
                     {"fact": "crm.orders", "is": "at_most", "value": 2}]}  # fmt: skip
    with pytest.raises(ActivationRefused, match="exclude each other") as refused:
        activate(shop, make_rules(shop, GOLD, rule("r2", never, "silver")))
    assert [problem.code for problem in refused.value.problems] == ["never"]
    assert refused.value.problems[0].at.startswith("rules.1.when")


def test_a_rule_that_never_gets_its_turn_is_refused(shop: Company) -> None:
    rule_set = make_rules(shop, SILVER, GOLD)
    with pytest.raises(ActivationRefused, match="never gets its turn"):
        activate(shop, rule_set)
    redraft(shop, rule_set, GOLD, SILVER)
    assert activate(shop, rule_set).state == "agreed"


class TestCircles:
    """Kinds of customer are a fact that other rules read; no rule may come to read what it decides."""

    def kinds(self, company: Company, when: dict[str, Any], name: str = "Kinds") -> RuleSet:
        raw = {
            "rules": [{"id": "r1", "name": "r", "when": when, "then": {"kind": "most_valuable"}}],
            "otherwise": None,
        }
        return create_rule_set(access=company.access("admin"), kind="value.kind", name=name, content=raw)

    def segment(self, company: Company, when: dict[str, Any]) -> dict[str, Any]:
        """Who is in a new segment."""
        definition = Definition(name="Regulars", condition=when)
        made = create_segment(access=company.access("admin"), definition=definition)
        return {"all": [{"fact": "crm.segment", "is": "has_any", "value": [str(made.id)]}]}

    def of_kind(self) -> dict[str, Any]:
        return {"all": [{"fact": "value.kind", "is": "one_of", "value": ["most_valuable"]}]}

    def test_of_itself(self, shop: Company) -> None:
        with pytest.raises(ActivationRefused, match="come to read what they decide"):
            activate(shop, self.kinds(shop, self.of_kind()))

    def test_through_a_segment(self, shop: Company) -> None:
        regulars = self.segment(shop, self.of_kind())
        with pytest.raises(
            ActivationRefused, match=r"Kind of customer reads .*Regulars.* reads kind of customer"
        ):
            activate(shop, self.kinds(shop, regulars))

    def test_what_only_reads_is_no_circle(self, shop: Company) -> None:
        regulars = self.segment(shop, GOLD["when"])
        row = activate(shop, self.kinds(shop, regulars))
        assert row.version.reads == [f"crm.segment:{regulars['all'][0]['value'][0]}"]
        assert activate(shop, make_rules(shop, rule("r1", self.of_kind(), "gold"))).state == "agreed"


class TestTwoDecide:
    def test_a_second_person_agrees(self, two_decide: Company) -> None:
        rule_set = make_rules(two_decide, GOLD)
        row = activate(two_decide, rule_set)
        assert (row.state, numbers(rule_set), standing(rule_set).waiting) == ("waiting", [], row)
        assert OutboxEvent.objects.filter(name="rules.activation_waiting").exists()
        agree_to_activation(access=two_decide.access("nadia"), activation=row, seen=standing(rule_set).seen)
        row.refresh_from_db()
        assert (row.state, row.decided_by_name, numbers(rule_set)) == ("agreed", "Nadia", [1])

    def test_never_by_the_one_who_asked(self, two_decide: Company) -> None:
        rule_set = make_rules(two_decide, GOLD)
        row = activate(two_decide, rule_set)
        for decide in (agree, refuse):
            with pytest.raises(PermissionDenied):
                decide(two_decide, row, "admin")
        with pytest.raises(PermissionDenied):
            agree(two_decide, row, "alice")
        assert numbers(rule_set) == []

    def test_nobody_is_two_people_through_a_token(self, two_decide: Company) -> None:
        from tenancy.access import access_of_token
        from tenancy.services.tokens import create_token

        role = two_decide.roles["administrator"]
        token, _ = create_token(name="robot", role=role, created_by=two_decide.member["admin"])
        robot = access_of_token(token, TenantProfile.objects.get())
        rule_set = make_rules(two_decide, GOLD)
        row = activate_rules(access=robot, rule_set=rule_set, seen=0)
        assert (row.asked_by, row.asked_by_name) == (two_decide.member["admin"], "robot (token)")
        with pytest.raises(PermissionDenied):
            agree(two_decide, row, "admin")
        with pytest.raises(PermissionDenied):
            agree_to_activation(access=robot, activation=row, seen=1)

    def test_refused_with_a_reason(self, two_decide: Company) -> None:
        rule_set = make_rules(two_decide, GOLD)
        row = activate(two_decide, rule_set)
        with pytest.raises(ActivationRefused, match="Say why"):
            refuse(two_decide, row, "nadia", "  ")
        refuse(two_decide, row, "nadia", "too many")
        row.refresh_from_db()
        assert (row.state, row.reason, standing(rule_set).waiting) == ("refused", "too many", None)
        assert activate(two_decide, rule_set).state == "waiting"

    def test_one_at_a_time_waits(self, two_decide: Company) -> None:
        rule_set = make_rules(two_decide, GOLD)
        row = activate(two_decide, rule_set)
        with pytest.raises(ActivationRefused, match="already asked for version 1"):
            activate(two_decide, rule_set, by="nadia")
        withdraw_activation(access=two_decide.access("admin"), activation=row, seen=1)
        with pytest.raises(ActivationRefused, match="withdrawn already"):
            agree(two_decide, row, "nadia")

    def test_a_day_that_passed_while_it_waited_is_now(self, two_decide: Company) -> None:
        rule_set = make_rules(two_decide, GOLD)
        row = activate(two_decide, rule_set)
        asked = row.begins
        agree(two_decide, row, "nadia")
        assert Activation.objects.get(rule_set=rule_set).begins > asked

    def test_taking_back_the_latest_change_needs_one_and_going_further_two(self, shop: Company) -> None:
        rule_set = three_versions(shop)
        TenantProfile.objects.update(rules_need_second_person=True)
        assert back(shop, rule_set, 2).state == "agreed"
        assert back(shop, rule_set, 3).state == "waiting"
        assert numbers(rule_set) == [2]

    def test_nobody_ends_or_aims_rules_alone(self, shop: Company) -> None:
        rule_set = make_rules(shop, GOLD, level="portfolio", portfolios=[shop.portfolio["alice"].id])
        activate(shop, rule_set)
        TenantProfile.objects.update(rules_need_second_person=True)
        with pytest.raises(ActivationRefused, match="Two people"):
            archive_rule_set(access=shop.access("admin"), rule_set=rule_set, seen=1)
        with pytest.raises(Exception, match="Two people"):
            change_rule_set(access=shop.access("admin"), rule_set=rule_set, name="Grades",
                            portfolios=[shop.portfolio["bob"].id])  # fmt: skip


def agree(company: Company, row: Activation, by: str) -> None:
    seen = standing(row.rule_set).seen
    agree_to_activation(access=company.access(by), activation=row, seen=seen)


def refuse(company: Company, row: Activation, by: str, reason: str = "no") -> None:
    refuse_activation(access=company.access(by), activation=row, reason=reason)


@pytest.fixture
def two_rooms(transactional_db: None) -> Company:
    """A company whose rows are committed, so that several connections see them."""
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        company.add("nadia", "administrator")
        company.add("omar", "administrator")
    return company


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def test_two_activate(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            rule_set = make_rules(two_rooms, GOLD)
        answers = at_once_in(
            two_rooms,
            *(lambda by=by: activate_rules(access=two_rooms.access(by), rule_set=rule_set, seen=0, comment=by)
              for by in ("admin", "nadia", "omar")),
        )  # fmt: skip
        won = [answer for answer in answers if isinstance(answer, Activation)]
        lost = [answer for answer in answers if isinstance(answer, StandingChanged)]
        assert (len(won), len(lost)) == (1, 2)
        assert all(
            f"{won[0].asked_by_name} decided on version 1 a moment ago" in str(error) for error in lost
        )
        with tenant_context(two_rooms.tenant.id):
            assert numbers(rule_set) == [1]
            ours = {"rule_set": rule_set}
            assert (
                RuleVersion.objects.filter(**ours).count() == Activation.objects.filter(**ours).count() == 1
            )

    def test_two_edit_the_draft(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            rule_set = make_rules(two_rooms, GOLD)
        answers = at_once_in(
            two_rooms,
            *(lambda by=by, kept=kept: save_draft(
                access=two_rooms.access(by), rule_set=RuleSet.objects.get(id=rule_set.id), content=content(kept),
                revision=1) for by, kept in (("admin", SILVER), ("nadia", GOLD))),
        )  # fmt: skip
        crossed = [answer for answer in answers if isinstance(answer, EditedMeanwhile)]
        assert len(crossed) == 1
        with tenant_context(two_rooms.tenant.id):
            draft = RuleSet.objects.get(id=rule_set.id).draft
            assert (draft.revision, crossed[0].draft.content) == (2, draft.content)

    def test_one_rolls_back_while_another_activates(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            rule_set = three_versions(two_rooms)
            redraft(two_rooms, rule_set, GOLD, SILVER)
            seen = standing(rule_set).seen
        answers = at_once_in(
            two_rooms,
            lambda: activate_rules(access=two_rooms.access("admin"), rule_set=rule_set, seen=seen),
            lambda: roll_back(access=two_rooms.access("nadia"), rule_set=rule_set, to=1, seen=seen),
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Activation", "StandingChanged"]
        with tenant_context(two_rooms.tenant.id):
            assert numbers(rule_set) == [4 if isinstance(answers[0], Activation) else 1]
            assert standing(rule_set).seen == seen + 1

    def test_two_second_people_at_once(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            TenantProfile.objects.update(rules_need_second_person=True)
            row = activate(two_rooms, make_rules(two_rooms, GOLD))
        answers = at_once_in(
            two_rooms,
            lambda: agree_to_activation(access=two_rooms.access("nadia"), activation=row, seen=1),
            lambda: refuse_activation(access=two_rooms.access("omar"), activation=row, reason="no"),
        )
        assert len([answer for answer in answers if isinstance(answer, ActivationRefused)]) == 1

    def test_two_halves_of_a_circle(self, two_rooms: Company) -> None:
        """A segment comes to read kinds of customer while rules for kinds that read the segment are activated."""
        circles = TestCircles()
        with tenant_context(two_rooms.tenant.id):
            regulars = circles.segment(two_rooms, GOLD["when"])
            rule_set = circles.kinds(two_rooms, regulars)
            segment = Segment.objects.get()
        answers = at_once_in(
            two_rooms,
            lambda: activate_rules(access=two_rooms.access("admin"), rule_set=rule_set, seen=0),
            lambda: change_segment(
                access=two_rooms.access("nadia"), segment=segment, seen=segment.version,
                definition=Definition(name="Regulars", condition=circles.of_kind()),
            ),
        )  # fmt: skip
        refused = [answer for answer in answers if isinstance(answer, ActivationRefused | SegmentRefused)]
        assert len(refused) == 1, answers

    def test_the_database_holds_it_in_raw_sql_too(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            row = activate(two_rooms, make_rules(two_rooms, GOLD))
            values = [row.tenant_id, row.rule_set_id, row.version_id]
        url = os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + f"/{os.environ['TEST_DATABASE_NAME']}"
        server = psycopg2.connect(url.replace("postgres://", "postgresql://"))
        with closing(server), server.cursor() as cursor, pytest.raises(psycopg2.errors.ExclusionViolation):
            cursor.execute(
                "INSERT INTO rules_activation (tenant_id, id, rule_set_id, version_id, period, state, is_rollback,"
                " asked_by_name, asked_at, decided_by_name, comment, reason) VALUES (%s, gen_random_uuid(), %s, %s,"
                " tstzrange(now() + interval '1 year', NULL), 'agreed', false, '', now(), '', '', '')",
                values,
            )

    def test_the_application_cannot_stretch_a_period_over_another(self, two_rooms: Company) -> None:
        with tenant_context(two_rooms.tenant.id):
            rule_set = three_versions(two_rooms)
            oldest = Activation.objects.filter(rule_set=rule_set).order_by("period").first()
            with pytest.raises(IntegrityError), transaction.atomic():
                Activation.objects.filter(id=oldest.id).update(period=(oldest.begins, None))
