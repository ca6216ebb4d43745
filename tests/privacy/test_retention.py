"""What is too old goes at night, as it was tried before; nothing goes without a rule, and never what is young."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from crm.models import Customer
from crm.services.customers import trash_customers
from privacy.links import confirm_link
from privacy.models import ConsentEvent, Erasure, RetentionRule, RetentionRun, SignUp, Suppression
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.retention import (
    RETAIN,
    RetentionRefused,
    end_rule,
    save_rule,
    start_letting_go,
    try_rule,
)
from privacy.services.verification import verify_chains
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AccessEntry, AuditEntry, Job
from tenancy.registries import retention_kinds
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in  # noqa: F401
from tests.privacy.post import mailbox, path, press
from tests.privacy.test_public_letters import form, work


def looked(days_ago: int, count: int = 3) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenancy_accessentry (tenant_id, id, at, actor, subject_id, view, purpose, allowed)"
            " SELECT NULLIF(current_setting('app.tenant_id'), '')::uuid, gen_random_uuid(), %s, 'system', NULL,"
            " 'record', '', true FROM generate_series(1, %s)",
            [at, count],
        )


def tonight(company: Company) -> None:
    with tenant_context(company.tenant.id):
        start_letting_go(timezone.now().isoformat())
        job = Job.objects.filter(kind=RETAIN.name).order_by("-created_at").first()
    if job:
        run_job(company.tenant.id, job.id)
        with tenant_context(company.tenant.id):
            job.refresh_from_db()
            assert job.state == "done", job.error


def put_in_force(key: str, days: int) -> RetentionRule:
    return save_rule(kind=retention_kinds[key], days=days, reason="as the register says", seen=days, by=None)


def test_what_is_older_goes_and_what_is_younger_stays(company_a: Company, company_b: Company) -> None:
    for company in (company_a, company_b):
        with tenant_context(company.tenant.id):
            looked(800)
            looked(10, 2)
    with tenant_context(company_a.tenant.id):
        found = try_rule(kind=retention_kinds["looks"], days=730).pile
        assert (found.count, found.examples) == (3, ("3 of the record",))
        assert AccessEntry.objects.count() == 5
        put_in_force("looks", 730)
    tonight(company_a)
    with tenant_context(company_a.tenant.id):
        assert AccessEntry.objects.count() == 2
        assert RetentionRun.objects.get().removed == 3
        assert AuditEntry.objects.filter(action="let go").exists()
    with tenant_context(company_b.tenant.id):
        assert AccessEntry.objects.count() == 5


@pytest.mark.parametrize(
    ("days", "seen", "reason"), [(3, 3, "r"), (99_999, 99_999, "r"), (730, 365, "r"), (730, 730, " ")]
)
def test_a_rule_that_was_not_tried_or_is_outside_the_law_is_refused(
    in_a: Company, days: int, seen: int, reason: str
) -> None:
    with pytest.raises(RetentionRefused):
        save_rule(kind=retention_kinds["looks"], days=days, reason=reason, seen=seen, by=None)
    assert not RetentionRule.objects.exists()


def test_nothing_young_goes_whoever_asks(in_a: Company) -> None:
    """The application's own login cannot take out what is younger than the function allows."""
    looked(60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_forget_old('looks', now(), 1000)")
        assert cursor.fetchone()[0] == 0


def test_without_a_rule_in_force_nothing_happens(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        looked(3000)
        put_in_force("looks", 730)
        end_rule(kind=retention_kinds["looks"], by=None)
    tonight(company_a)
    with tenant_context(company_a.tenant.id):
        assert AccessEntry.objects.count() == 3


def test_customers_long_in_the_trash_are_erased(company_a: Company, settings: Any, tmp_path: Any) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    ada, ben = company_a.customer["ada"], company_a.customer["ben"]
    with tenant_context(company_a.tenant.id):
        trash_customers(customer_ids=[ada.id, ben.id], by=None)
        Customer.objects.filter(id=ada.id).update(trashed_at=timezone.now() - timedelta(days=400))
        assert try_rule(kind=retention_kinds["trashed-customers"], days=365).pile.count == 1
        put_in_force("trashed-customers", 365)
    tonight(company_a)
    tonight(company_a)
    with tenant_context(company_a.tenant.id):
        assert [row.customer_id for row in Erasure.objects.filter(why="retention")] == [ada.id]
        assert Customer.objects.get(id=ada.id).name != "Ada Lovelace"
        assert Customer.objects.get(id=ben.id).name == "Ben Bernanke"


def test_every_kind_says_what_it_would_do(in_a: Company) -> None:
    for kind in retention_kinds:
        assert kind.least <= kind.usual <= kind.most
        assert try_rule(kind=kind, days=kind.least).pile.count == 0
        assert kind.remove(timezone.now() - timedelta(days=kind.most), 10) == 0


def test_the_pages_try_first(company_a: Company, sign_in: SignIn) -> None:  # noqa: F811
    with tenant_context(company_a.tenant.id):
        looked(800)
    admin, there = sign_in("admin"), company_a.url("privacy/retention/looks/")
    assert b"Who looked at whom" in admin.get(company_a.url("privacy/retention/")).content
    page = admin.post(there, {"do": "count", "days": "700"}).content.decode()
    assert "With 700 days <b>3</b> would go" in page
    assert 'value="700"' in page
    assert "[&#x27;" not in page
    assert admin.post(there, {"do": "save", "days": "700", "reason": "r", "seen": "730"}).status_code == 422
    assert admin.post(there, {"do": "save", "days": "700", "reason": "r", "seen": "700"}).status_code == 302
    assert admin.post(there, {"do": "end", "days": "700"}).status_code == 302
    assert admin.get(company_a.url("privacy/retention/nothing/")).status_code == 404
    assert sign_in("alice").get(there).status_code == 403


def test_sign_ups_that_nobody_confirmed_go_and_may_come_again(
    company_a: Company, settings: Any, tmp_path: Path
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    kind, tomorrow = retention_kinds["unconfirmed-sign-ups"], timezone.now() + timedelta(days=1)
    known = mailbox(company_a)
    for address in (
        "rosalind@veldpost.example",
        "yes@veldpost.example",
        "no@veldpost.example",
        known.point.value,
    ):
        press(form(company_a), email=address)
    work(company_a)
    with tenant_context(company_a.tenant.id):
        begun = {event.customer.name: event for event in ConsentEvent.objects.select_related("customer")}
        record_consent(ConsentEntry(
            customer_id=begun["no@veldpost.example"].customer_id, action="opt_out", channel="email", purposes=("*",),
        ))  # fmt: skip
        link = confirm_link(begun["yes@veldpost.example"])
    press(path(link), do="confirm")
    press(form(company_a), email="waiting@veldpost.example")
    with tenant_context(company_a.tenant.id):
        assert kind.count(timezone.now() - timedelta(days=7)).count == 0
        assert kind.count(tomorrow).examples == (
            "1 people who never confirmed",
            "1 forms that were not taken up",
        )
        assert (kind.remove(tomorrow, 25), kind.remove(tomorrow, 25)) == (2, 0)
        erasure = Erasure.objects.get()
        assert (erasure.why, erasure.customer.name) == ("unanswered", "Erased customer")
        assert erasure.customer_id == begun["rosalind@veldpost.example"].customer_id
        assert (SignUp.objects.count(), Suppression.objects.count()) == (0, 0)
        assert not Path(settings.ERASURES_FILE).exists()
        assert verify_chains().differences == ()
    press(form(company_a), email="rosalind@veldpost.example")
    work(company_a)
    assert [letter.to for letter in mail.outbox].count(["rosalind@veldpost.example"]) == 2
