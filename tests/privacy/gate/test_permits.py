"""A permit holds a place until its transaction ends, and nobody is reached twice."""

import copy
from typing import Any

import pytest
from django.db import transaction

from privacy.gate import Already, AskRefused, Claim, Given, Permit, PermitInvalid, check, permit, reserve
from privacy.models import Contact, GateAnswer
from privacy.services.contacts import ContactRefused, note_outcome
from tenancy.context import tenant_context
from tests.cast import Company
from tests.privacy.gate.asking import give_address, may, reachable, say
from tests.privacy.gate.limits import limit_contacts


def yes(*args: Any, **values: Any) -> Permit:
    found = permit(*args, **values)
    assert isinstance(found, Permit), found
    return found


def test_a_permit_names_all_that_a_channel_needs(in_a: Company) -> None:
    ada = reachable(in_a, value="Ada@example.org")
    permitted = yes(may(ada), key="letter-1")
    assert (permitted.customer_id, permitted.channel, permitted.purpose) == (ada.id, "email", "newsletter")
    assert (permitted.address, permitted.obligations) == ("Ada@example.org", ())
    contact = Contact.objects.get()
    assert (contact.id, contact.state, contact.is_marketing) == (permitted.contact_id, "reserved", True)
    assert contact.answer == GateAnswer.objects.get(is_permit=True)
    assert permitted.address_hash == contact.address_hash != ""
    permitted.accepted("delivered")
    contact.refresh_from_db()
    assert (contact.state, contact.outcome, contact.ended_at is not None) == ("sent", "delivered", True)


def test_a_no_reserves_nothing_and_is_logged(in_a: Company) -> None:
    refused = permit(may(in_a.customer["ada"]), key="letter-1")
    assert isinstance(refused, Given)
    assert not refused.may
    assert GateAnswer.objects.get(is_permit=True).id == refused.answer_id
    assert Contact.objects.count() == 0


def test_nobody_else_can_make_or_change_one(in_a: Company) -> None:
    permitted = yes(may(reachable(in_a)), key="letter-1")
    with pytest.raises(PermitInvalid):
        Permit(
            object(), given=permitted.given, contact_id=permitted.contact_id, point_id=None, address="a@b.example",
            address_hash="", transaction="1",
        )  # fmt: skip
    with pytest.raises(PermitInvalid):
        permitted.address = "other@example.org"
    with pytest.raises(PermitInvalid):
        copy.copy(permitted)


def test_it_is_used_once_and_ends_with_its_transaction(in_a: Company) -> None:
    ada = reachable(in_a)
    permitted = yes(may(ada), key="letter-1")
    permitted.require()
    permitted.let_go()
    for use in (permitted.require, permitted.accepted, permitted.let_go):
        with pytest.raises(PermitInvalid):
            use()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        undone = yes(may(ada), key="letter-2")
        _ = 1 / 0
    with pytest.raises(PermitInvalid):
        undone.require()


@pytest.mark.django_db(transaction=True)
def test_it_does_not_outlive_the_commit(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        permitted = yes(may(reachable(company_a)), key="letter-1")
    with pytest.raises(PermitInvalid):
        permitted.require()
    with tenant_context(company_a.tenant.id), pytest.raises(PermitInvalid):
        permitted.accepted()
    with pytest.raises(PermitInvalid):
        permit(may(company_a.customer["ada"]), key="letter-2")


def test_the_same_key_is_the_same_message(in_a: Company) -> None:
    ada = reachable(in_a)
    yes(may(ada), key="letter-1").accepted()
    again = permit(may(ada), key="letter-1")
    assert isinstance(again, Already)
    assert again.state == "sent"
    with pytest.raises(AskRefused, match="another customer"):
        permit(may(reachable(in_a, "ben")), key="letter-1")
    assert Contact.objects.count() == 1


def test_what_was_let_go_can_be_taken_up_again(in_a: Company) -> None:
    ada = reachable(in_a)
    first = yes(may(ada), key="letter-1")
    first.let_go()
    assert yes(may(ada), key="letter-1").contact_id == first.contact_id


def test_marketing_whose_end_is_not_known_is_never_sent_again(in_a: Company, order_of: Any) -> None:
    ada = reachable(in_a)
    claim = reserve(may(ada), key="letter-1")
    assert isinstance(claim, Claim)
    found = permit(may(ada), key="letter-1")  # another worker, after the first one was killed
    assert isinstance(found, Already)
    assert found.state == "reserved"
    yes(may(ada), key="letter-1", claim=claim).accepted()
    assert isinstance(permit(may(ada), key="letter-1", claim=claim), Already)


def test_a_service_message_is_handed_over_again(in_a: Company, order_of: Any) -> None:
    from django.utils import timezone

    ada = reachable(in_a)
    order_of(ada, timezone.now())
    ask = may(ada, purpose="order_confirmation")
    assert yes(ask, key="order-1").contact_id == yes(ask, key="order-1").contact_id


def test_a_claim_that_is_refused_at_the_last_moment_is_let_go(in_a: Company) -> None:
    ada = reachable(in_a)
    claim = reserve(may(ada), key="letter-1")
    say(ada, "withdraw")
    refused = permit(may(ada), key="letter-1", claim=claim)
    assert isinstance(refused, Given)
    assert refused.answer.code == "CONSENT_WITHDRAWN"
    assert Contact.objects.get().state == "let_go"
    with pytest.raises(AskRefused):
        permit(may(ada), key="letter-2", claim=claim)


def test_its_own_place_does_not_count_against_it(in_a: Company) -> None:
    ada = reachable(in_a)
    limit_contacts(in_a, {"email_most": 1, "email_days": 7})
    claim = reserve(may(ada), key="letter-1")
    assert check(may(ada)).answer.code == "FREQ_CAP_POLICY"
    yes(may(ada), key="letter-1", claim=claim).accepted()
    assert isinstance(permit(may(ada), key="letter-2"), Given)


def test_a_permit_is_for_a_message_now(in_a: Company) -> None:
    from django.utils import timezone

    ada = reachable(in_a)
    for ask, key in ((may(ada, at=timezone.now()), "k"), (may(ada, "*", "profiling"), "k"), (may(ada), "")):
        with pytest.raises(AskRefused):
            permit(ask, key=key)


def test_what_came_of_a_call_is_known_later(in_a: Company) -> None:
    ada = in_a.customer["ada"]
    point = give_address(ada, "+442079460000", "phone")
    say(ada, channel="phone", purposes=("marketing",))
    permitted = yes(may(ada, "phone", "marketing", contact_point_id=point.id), key="call-1")
    with pytest.raises(ContactRefused):
        note_outcome(contact_id=permitted.contact_id, outcome="reached")
    permitted.accepted()
    with pytest.raises(ContactRefused):
        note_outcome(contact_id=permitted.contact_id, outcome="shouted")
    note_outcome(contact_id=permitted.contact_id, outcome="refused")
    assert Contact.objects.get().outcome == "refused"
