"""The bell: reminders, broken promises, decided grants and escalated cases, counted in few queries."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from interactions.models import Case, CaseKind, Grant, Promise
from interactions.selectors.bell import bell_count
from interactions.services.authors import author_of
from interactions.services.cases import open_case
from interactions.services.promise_sweep import sweep_promises
from interactions.services.promises import make_promise
from interactions.services.tasks import make_task
from tenancy.context import tenant_context
from tests.cast import Company


def test_it_rings_for_whom_it_concerns(company_a: Company) -> None:
    now, ada = timezone.now(), company_a.customer["ada"]
    with tenant_context(company_a.tenant.id):
        access = company_a.access("alice")
        by = author_of(access)
        assert bell_count(access) == 0
        make_task(subject="Post the list", remind_at=now - timedelta(minutes=1), by=by)
        promise, _ = make_promise(customer=ada, words="Call back", due_at=now + timedelta(hours=1), by=by)
        past = now - timedelta(minutes=1)
        Promise.objects.filter(id=promise.id).update(due_at=past, remind_at=past)
        sweep_promises("now")
        Grant.objects.create(
            customer=ada, kind="gift", amount=900, reason="sorry", state="refused", asked_at=now, decided_at=now,
            decided_by=company_a.member["admin"], decision_words="too soon", member=company_a.member["alice"],
            author=access.actor, key="one",
        )  # fmt: skip
        case, _ = open_case(customer=ada, kind=CaseKind.objects.all()[0], subject="Lid is scratched", by=by)
        Case.objects.filter(id=case.id).update(escalation=Case.PAST)
        with CaptureQueriesContext(connection) as queries:
            assert bell_count(access) == 4
        assert len(queries) <= 3
        assert bell_count(company_a.access("bob")) == 0
    alice = Client()
    alice.force_login(company_a.member["alice"].user, "allauth.account.auth_backends.AuthenticationBackend")
    bell = alice.get(company_a.url("jobs/bell/"), headers={"HX-Request": "true"}).content.decode()
    assert "Notifications, 4 new" in bell
    assert 'hx-trigger="every 30s' in bell
    page = alice.get(company_a.url("jobs/")).content.decode()
    for words in ("Reminder: Post the list", "Promise broken: Call back", "You asked for it: too soon",
                  "Case #1 is past its limit: Lid is scratched"):  # fmt: skip
        assert words in page
