"""The person's own page: what they press is in the ledger, at once, and nothing else happens."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.services.contact_points import add_contact_point, change_contact_point, remove_contact_point
from crm.services.customers import trash_customers
from privacy.models import ConsentEvent, ConsentText, Person
from privacy.selectors.choices import choices_of
from privacy.services.choices import months_later
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.notices import publish_notice
from tenancy.context import tenant_context
from tenancy.models import AuditEntry, OutboxEvent
from tests.cast import Company
from tests.privacy.post import Mailbox, choice, get, mailbox, press, stranger


@pytest.fixture
def ada(company_a: Company) -> Mailbox:
    return mailbox(company_a)


def ledger(company: Company) -> list[tuple[str, str, list[str]]]:
    with tenant_context(company.tenant.id):
        rows = ConsentEvent.objects.order_by("sequence")
        return [(row.action, row.channel, row.purposes) for row in rows]


def answers(box: Mailbox) -> dict[tuple[str, str], str]:
    with tenant_context(box.company.tenant.id):
        lines = choices_of(box.company.customer["ada"], box.point).lines
        return {(line.purpose.key, line.channel): line.answer for line in lines}


def everything(company: Company) -> dict[str, Any]:
    """Counts of all that a visit could write."""
    with tenant_context(company.tenant.id):
        return {
            model.__name__: model.objects.count() for model in (ConsentEvent, AuditEntry, OutboxEvent, Person)
        }


def test_the_page_offers_what_can_reach_the_person(ada: Mailbox) -> None:
    page = get(ada.preferences()).content.decode()
    assert "For a•••••••a@veldpost.example." in page
    assert "Newsletter" in page
    assert {channel for _, channel in answers(ada)} == {"email", "ad_audience"}


def test_yes_and_no_are_kept_with_their_proof(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    answer = press(ada.preferences(), do="save", **{f"say.{key}": "yes", f"was.{key}": ""})
    assert "Saved" in answer.content.decode()
    with tenant_context(ada.company.tenant.id):
        event = ConsentEvent.objects.get()
        assert (event.action, event.channel, event.purposes, event.method) == (
            "grant", "email", ["newsletter"], "preference_centre",
        )  # fmt: skip
        assert event.wording == "specific"
        assert event.notice.text.startswith("Alpha may send me its newsletter")
        assert event.address_hash
        assert event.evidence
        assert event.actor == f"person:{ada.company.customer['ada'].id}"
        text = ConsentText.objects.get()
        assert (text.address, text.detail["choice"]) == ("ada@veldpost.example", "yes to newsletter by email")
    assert answers(ada)[("newsletter", "email")] == "yes"
    press(ada.preferences(), do="save", **{f"say.{key}": "no", f"was.{key}": "yes"})
    assert [row[0] for row in ledger(ada.company)] == ["grant", "withdraw"]
    assert answers(ada)[("newsletter", "email")] == "no"


def test_a_refusal_where_nothing_was_said_is_an_opt_out(ada: Mailbox) -> None:
    key = choice(ada.company, "marketing", "email")
    press(ada.preferences(), do="save", **{f"say.{key}": "no", f"was.{key}": ""})
    assert ledger(ada.company) == [("opt_out", "email", ["marketing"])]


def test_the_same_form_twice_is_said_once(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    for _ in range(3):
        press(ada.preferences(), do="save", **{f"say.{key}": "yes", f"was.{key}": ""})
    assert len(ledger(ada.company)) == 1


def test_a_page_left_open_does_not_undo_a_refusal(ada: Mailbox) -> None:
    """Two windows: in one the person unsubscribes; the other still shows yes and is saved for another reason."""
    news, offers = (choice(ada.company, key, "email") for key in ("newsletter", "marketing"))
    press(ada.preferences(), do="save", **{f"say.{news}": "yes", f"was.{news}": ""})
    press(ada.unsubscribe())
    press(
        ada.preferences(), do="save",
        **{f"say.{news}": "yes", f"was.{news}": "yes", f"say.{offers}": "no", f"was.{offers}": ""},
    )  # fmt: skip
    assert answers(ada)[("newsletter", "email")] == "no"
    assert ledger(ada.company)[-1] == ("opt_out", "email", ["marketing"])


def test_nothing_any_more_and_a_change_of_mind(ada: Mailbox) -> None:
    answer = press(ada.preferences(), do="nothing")
    assert "nothing more from us" in answer.content.decode()
    assert ledger(ada.company) == [("opt_out", "*", ["*"])]
    assert set(answers(ada).values()) == {"no"}
    press(ada.preferences(), do="nothing")
    assert len(ledger(ada.company)) == 1
    key = choice(ada.company, "newsletter", "email")
    press(ada.preferences(), do="save", **{f"say.{key}": "yes", f"was.{key}": "no"})
    found = answers(ada)
    assert found.pop(("newsletter", "email")) == "yes"
    assert set(found.values()) == {"no"}


def test_a_pause_leaves_the_answers_and_can_be_ended(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    press(ada.preferences(), do="save", pause="3", **{f"say.{key}": "yes", f"was.{key}": ""})
    assert answers(ada)[("newsletter", "email")] == "yes"
    with tenant_context(ada.company.tenant.id):
        paused = choices_of(ada.company.customer["ada"], ada.point).paused_until
        assert abs(paused - months_later(timezone.now(), 3)) < timedelta(minutes=1)
    assert "End the pause" in get(ada.preferences()).content.decode()
    press(ada.preferences(), do="save", pause="0")
    with tenant_context(ada.company.tenant.id):
        assert choices_of(ada.company.customer["ada"], ada.point).paused_until is None
    press(ada.preferences(), do="save", pause="0")
    assert [row[0] for row in ledger(ada.company)] == ["grant", "pause", "pause"]


@pytest.mark.parametrize("pause", ["-1", "2", "99", "1e9", "x", "٣"])
def test_another_pause_is_no_pause(ada: Mailbox, pause: str) -> None:
    assert press(ada.preferences(), do="save", pause=pause).status_code == 200
    assert ledger(ada.company) == []


def test_nonsense_changes_nothing(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    press(
        ada.preferences(), do="save", **{f"say.{key}": "maybe", "say.x": "yes", "say.": "no", "was.": "\x00"}
    )
    press(ada.preferences(), **{"say." + "x" * 5000: "yes"})
    phone = choice(ada.company, "marketing", "sms")  # no number of hers is known
    press(ada.preferences(), **{f"say.{phone}": "yes"})
    assert ledger(ada.company) == []


def test_one_click_out(ada: Mailbox) -> None:
    """RFC 8058: POST alone, no cookie, no token, no redirect; the answer is a page that says so."""
    address = ada.unsubscribe()
    assert "Unsubscribe" in get(address).content.decode()
    assert ledger(ada.company) == []
    client = stranger()
    answer = client.post(address, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert (answer.status_code, dict(client.cookies)) == (200, {})
    assert "You are unsubscribed" in answer.content.decode()
    assert ledger(ada.company) == [("opt_out", "email", ["newsletter"])]
    with tenant_context(ada.company.tenant.id):
        event = ConsentEvent.objects.get()
        assert (event.method, bool(event.address_hash)) == ("unsubscribe_link", True)
        assert ConsentText.objects.get().detail == {"page": "unsubscribe", "one_click": True}
    client.post(address, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert len(ledger(ada.company)) == 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"a" * 100_000, b"--x\r\nbroken"])
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded"]
)
def test_whatever_is_posted_it_is_a_way_out(ada: Mailbox, body: bytes, kind: str) -> None:
    answer = stranger().generic("POST", ada.unsubscribe(), body, kind)
    assert answer.status_code == 200
    assert ledger(ada.company) == [("opt_out", "email", ["newsletter"])]


def test_out_again_after_a_new_yes(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    press(ada.unsubscribe())
    press(ada.preferences(), do="save", **{f"say.{key}": "yes", f"was.{key}": "no"})
    assert answers(ada)[("newsletter", "email")] == "yes"
    press(ada.unsubscribe())
    assert answers(ada)[("newsletter", "email")] == "no"


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("which", ["preferences", "unsubscribe", "data"])
def test_scanners_that_open_every_link_change_nothing(ada: Mailbox, method: str, which: str) -> None:
    address = getattr(ada, which)()
    before = everything(ada.company)
    client = stranger()
    answer = getattr(client, method)(address)
    assert answer.status_code == (200 if method in {"get", "head"} else 405)
    assert everything(ada.company) == before
    assert not client.cookies
    assert answer["Referrer-Policy"] == "no-referrer"


def test_the_way_out_stops_it_for_all_who_share_the_address(ada: Mailbox) -> None:
    ben = mailbox(ada.company, "ben", "ada@veldpost.example")
    key = choice(ada.company, "newsletter", "email")
    press(ben.preferences(), do="save", **{f"say.{key}": "yes", f"was.{key}": ""})
    press(ada.unsubscribe())
    with tenant_context(ada.company.tenant.id):
        lines = choices_of(ada.company.customer["ben"], ben.point).lines
        assert {line.answer for line in lines if line.key == key} == {"no"}


def test_a_link_of_another_kind_opens_no_other_page(ada: Mailbox) -> None:
    preferences, unsubscribe, data = ada.preferences(), ada.unsubscribe(), ada.data()
    wrong = [
        preferences + "unsubscribe", unsubscribe.removesuffix("unsubscribe"), preferences + "confirm",
        data.removesuffix("data"), data.replace("/data", "/unsubscribe"), unsubscribe.replace("/unsubscribe", "/data"),
    ]  # fmt: skip
    assert {get(address).status_code for address in wrong} == {404}
    assert {press(address).status_code for address in wrong} == {404}
    assert ledger(ada.company) == []


def test_a_link_of_another_company_reaches_nobody_here(ada: Mailbox, company_b: Company) -> None:
    """The ids of A signed for B: made by us, but those rows are not there."""
    cleo = mailbox(company_b, "cleo", "ada@veldpost.example")
    with tenant_context(company_b.tenant.id):
        theirs = Mailbox(company_b, ada.point)
    assert "Nothing is kept" in get(theirs.preferences()).content.decode()
    press(theirs.preferences(), do="nothing")
    press(theirs.unsubscribe())
    press(cleo.preferences(), do="nothing")
    assert ledger(ada.company) == []
    assert len(ledger(company_b)) == 1
    assert "Alpha" not in get(cleo.preferences()).content.decode()


def test_an_erased_person_is_told_that_nothing_is_kept(ada: Mailbox) -> None:
    with tenant_context(ada.company.tenant.id):
        Person.objects.create(customer=ada.company.customer["ada"], erased_at=timezone.now())
    for address in (ada.preferences(), ada.unsubscribe(), ada.data()):
        for answer in (get(address), press(address, do="nothing")):
            page = answer.content.decode()
            assert answer.status_code == 200
            assert "Nothing is kept about you" in page
            assert "veldpost" not in page
    assert ledger(ada.company) == []


def test_a_customer_in_the_trash_keeps_their_rights(ada: Mailbox) -> None:
    with tenant_context(ada.company.tenant.id):
        trash_customers(customer_ids=[ada.company.customer["ada"].id], by=None)
    press(ada.unsubscribe())
    assert ledger(ada.company) == [("opt_out", "email", ["newsletter"])]


def test_a_contact_point_that_went_to_another_record_takes_its_links_along(ada: Mailbox) -> None:
    with tenant_context(ada.company.tenant.id):
        ada.point.customer = ada.company.customer["ben"]
        ada.point.save()
        address = ada.unsubscribe()
        ada.point.refresh_from_db()
    press(address)
    with tenant_context(ada.company.tenant.id):
        assert ConsentEvent.objects.get().customer_id == ada.company.customer["ben"].id


@pytest.mark.parametrize("gone", ["corrected", "removed"])
def test_a_link_to_an_address_that_is_not_theirs_any_more_can_only_stop(ada: Mailbox, gone: str) -> None:
    """A stranger had the mistyped address. What they hold shows nothing of the right one, and says no yes."""
    preferences, unsubscribe = ada.preferences(), ada.unsubscribe()
    data = ada.data()
    with tenant_context(ada.company.tenant.id):
        if gone == "corrected":
            change_contact_point(point=ada.point, changes={"value": "right@new.example"}, source="customer")
        else:
            remove_contact_point(point=ada.point)
            add_contact_point(
                customer=ada.company.customer["ada"], kind="email", value="right@new.example", source="customer"
            )  # fmt: skip
    page = get(preferences).content.decode()
    assert "not in use any more" in page
    key = choice(ada.company, "newsletter", "email")
    press(preferences, do="save", **{f"say.{key}": "yes", f"was.{key}": ""})
    assert ledger(ada.company) == []
    shown = page + get(unsubscribe).content.decode() + get(data).content.decode()
    assert "new.example" not in shown
    assert "Ada" not in shown
    press(unsubscribe)
    assert ledger(ada.company) == [("opt_out", "*", ["newsletter"])]
    press(preferences, do="nothing")
    assert ledger(ada.company)[-1] == ("opt_out", "*", ["*"])


def test_the_page_speaks_the_persons_language(ada: Mailbox) -> None:
    with tenant_context(ada.company.tenant.id):
        ada.company.customer["ada"].language = "de-AT"
        ada.company.customer["ada"].save()
    page = get(ada.preferences(), **{"Accept-Language": "fr"}).content.decode()
    assert '<html lang="de"' in page
    assert "darf mir seinen Newsletter" in page
    assert '<html lang="es"' in get(ada.preferences() + "?language=es").content.decode()
    assert '<html lang="de"' in get(ada.preferences() + "?language=xx").content.decode()


def test_a_yes_is_to_the_words_that_were_shown(ada: Mailbox) -> None:
    key = choice(ada.company, "newsletter", "email")
    press(ada.preferences() + "?language=fr", do="save", **{f"say.{key}": "yes", f"was.{key}": ""})
    with tenant_context(ada.company.tenant.id):
        event = ConsentEvent.objects.get()
        assert (event.language, event.notice.language) == ("fr", "fr")
        publish_notice(purpose=event.notice.purpose, texts={"en": "Another text."}, by=None)
        event.refresh_from_db()
        assert event.notice_version == "1"


def test_no_address_of_a_person_is_in_an_address_of_a_page(ada: Mailbox) -> None:
    for address in (ada.preferences(), ada.unsubscribe(), ada.data()):
        assert "ada" not in address.lower().split("/p/")[0]
        assert "@" not in address
    for address in (ada.preferences(), ada.unsubscribe(), ada.preferences() + "data"):
        page = get(address).content.decode()
        assert "ada@veldpost.example" not in page
        assert "Lovelace" not in page


def test_a_merged_record_and_an_old_yes(ada: Mailbox) -> None:
    """A yes that came without proof is shown as not said: the person is asked, not told."""
    with tenant_context(ada.company.tenant.id):
        record_consent(
            ConsentEntry(
                customer_id=ada.company.customer["ada"].id, action="grant", channel="email",
                purposes=("newsletter",), method="import", source="old list",
            )
        )  # fmt: skip
    assert answers(ada)[("newsletter", "email")] == ""
