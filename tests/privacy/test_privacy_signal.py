"""A browser that sends `Sec-GPC: 1` says no to sale and sharing: once a day, and to nothing else."""

from django.test import Client

from privacy.models import ConsentEvent
from privacy.services.signals import note_privacy_signal, says_no
from tenancy.context import tenant_context
from tests.cast import Company
from tests.privacy.post import mailbox


def test_only_one_means_anything() -> None:
    assert [says_no({"Sec-GPC": value}) for value in ("1", " 1 ", "0", "true", "")] == [True, True] + [
        False
    ] * 3


def test_the_signal_is_kept_once_a_day(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    assert [note_privacy_signal(customer_id=ada) for _ in range(3)] == [True, False, False]
    event = ConsentEvent.objects.get()
    assert (event.action, event.method, event.purposes) == (
        "privacy_signal",
        "browser",
        ["sale", "share_third_party"],
    )


def test_a_known_persons_page_hears_it(company_a: Company) -> None:
    box = mailbox(company_a)
    Client().get(box.preferences())
    for _ in range(2):
        assert Client().get(box.preferences(), headers={"Sec-GPC": "1"}).status_code == 200
    with tenant_context(company_a.tenant.id):
        assert list(ConsentEvent.objects.values_list("action", flat=True)) == ["privacy_signal"]
