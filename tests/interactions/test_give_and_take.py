"""Give and take: what counts, for how long, and that rules count the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import CustomerSummary
from interactions.models import Promise
from interactions.selectors.give_and_take import ASKED, GIVEN, YEAR, balance_of, give_and_take_part, total_of
from interactions.services.interactions import Contact, record_interaction
from interactions.services.promises import keep_promise, make_promise
from tests.cast import Company
from tests.interactions.mailing import ALICE
from tests.tenancy.test_settings_pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_thing_counts_once_for_a_year(in_a: Company) -> None:
    ada, now = in_a.customer["ada"], timezone.now()
    access = in_a.access("alice")
    assert give_and_take_part(access, ada) is None
    for days, outcome in ((1, ""), (2, "no_answer"), (366, "")):
        record_interaction(
            customer=ada, by=ALICE,
            contact=Contact(channel="phone", direction="outbound", initiative="proactive", outcome=outcome,
                            occurred_at=now - timedelta(days=days), subject=f"{days} ago"),
        )  # fmt: skip
    record_interaction(customer=ada, by=ALICE, contact=Contact(channel="phone"))
    promise, _ = make_promise(customer=ada, words="Call back", due_at=now + timedelta(hours=1), by=ALICE)
    keep_promise(promise=promise, by=ALICE)
    balance = balance_of(access, ada)
    assert (balance.asked_total, balance.given_total) == (2, 1)
    assert balance.words == "1 more asked than given."
    row = CustomerSummary.objects.annotate(
        asked=total_of(ASKED, "customer_id", now - YEAR), given=total_of(GIVEN, "customer_id", now - YEAR)
    ).get(customer=ada)
    assert (row.asked, row.given) == (2, 1)
    page = signed_in(in_a, "alice").get(in_a.url(f"customers/{ada.id}/give-and-take/")).content.decode()
    assert "2 ago" in page
    assert "366 ago" not in page
    assert "Call back" in page
    assert signed_in(in_a, "bob").get(in_a.url(f"customers/{ada.id}/give-and-take/")).status_code == 404
    assert Promise.objects.count() == 1
