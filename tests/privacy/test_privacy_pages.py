"""The pages of privacy with something in them; who gets in stands in tests/test_doors.py."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.services.contact_points import add_contact_point
from privacy.gate import Ask, check
from privacy.models import ConsentEvent, GateAnswer, PolicyVersion, PrivacyProfile, Purpose, TenantRegime
from privacy.selectors.health import Health, health_of, newest_measure
from privacy.selectors.ledger import LedgerFilters, browse_ledger
from privacy.selectors.purposes import current_notice
from privacy.services.consents import ConsentEntry, record_consents
from privacy.services.health import start_measure
from rules.services.rule_sets import create_rule_set
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AccessEntry
from tests.cast import Company


def page(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def entry(company: Company, who: str, action: str = "grant", **values: object) -> ConsentEntry:
    sound = {
        "channel": "email", "purposes": ("newsletter",), "method": "web_form", "source": "footer form",
        "occurred_at": timezone.now() - timedelta(days=9), "wording": "specific", "evidence": ("form-1",),
    }  # fmt: skip
    return ConsentEntry(customer_id=company.customer[who].id, action=action, **{**sound, **values})  # type: ignore[arg-type]


@pytest.fixture
def said(in_a: Company) -> Company:
    """Ada's consent is sound, Ben's came with a file, Hal's box was ticked for them and Hal refused since."""
    in_a.add("oscar", "privacy-officer")
    record_consents(
        [
            entry(in_a, "ada"),
            entry(in_a, "ben", method="import", source="old list.csv", wording="none", evidence=()),
            entry(in_a, "hal", method="preticked_box", source="checkout", purposes=("marketing", "newsletter")),
            entry(in_a, "hal", "opt_out", method="unsubscribe_link", occurred_at=timezone.now()),
        ]
    )  # fmt: skip
    return in_a


def measured(company: Company) -> Health:
    run_job(company.tenant.id, start_measure().id)
    measure = newest_measure()
    assert measure is not None
    return health_of(measure)


def test_consents_are_measured_by_the_rules_of_the_ledger(said: Company) -> None:
    found = measured(said)
    assert (found.total.provable, found.total.worthless, found.total.stopped) == (1, 2, 1)
    assert dict(found.total.why) == {"CONSENT_UNPROVEN": 1, "CONSENT_INVALID_METHOD": 1}
    by_purpose = {group.key[0]: group for group in found.purposes}
    assert (by_purpose["newsletter"].provable, by_purpose["newsletter"].stopped) == (1, 1)
    assert {group.key for group in found.sources} == {
        ("web_form", "footer form"), ("import", "old list.csv"), ("preticked_box", "checkout"),
    }  # fmt: skip
    again = measured(said)
    assert again.total.provable == 1


def test_every_figure_of_the_measure_opens_to_its_list(said: Company) -> None:
    found = measured(said)
    assert len(browse_ledger(LedgerFilters(worth="provable"))[1]) == found.total.provable
    assert len(browse_ledger(LedgerFilters(worth="CONSENT_UNPROVEN"))[1]) == 1
    [judged] = browse_ledger(LedgerFilters(worth="worthless", source="old list.csv"))[1]
    assert judged.event.customer_id == said.customer["ben"].id
    assert len(browse_ledger(LedgerFilters(action="stops"))[1]) == 1
    body = page(said, "oscar").get(said.url("privacy/")).content.decode()
    for words in ("33", "old list.csv", "worth=CONSENT_UNPROVEN", "Your postal address is missing"):
        assert words in body, words
    assert page(said, "admin").post(said.url("privacy/measure/")).status_code == 302


def test_the_ledger_is_browsed_from_end_to_end(said: Company) -> None:
    record_consents([entry(said, "ada", purposes=("marketing",), source=f"form {n}") for n in range(120)])
    client, seen, url = page(said, "oscar"), [], said.url("privacy/ledger/?action=grant&purpose=marketing")
    while url:
        context = client.get(url).context
        seen += [row["event"].id for row in context["rows"]]
        url = context["pager"]["later_url"]
    assert len(seen) == len(set(seen)) == 121
    assert client.get(said.url("privacy/ledger/?at=nonsense&since=soon&worth=gold")).status_code == 200
    nothing = client.get(said.url("privacy/ledger/?source=nowhere"))
    assert "Nothing in the ledger fits" in nothing.content.decode()


def test_an_event_shows_its_proof_and_its_place(said: Company, company_b: Company) -> None:
    record_consents([entry(said, "ada", words="Yes, write to me.", address=("email", "ada@a.example"))])
    event = ConsentEvent.objects.get(customer=said.customer["ada"], sequence=2)
    url = said.url(f"privacy/ledger/{event.id}/")
    body = page(said, "oscar").get(url).content.decode()
    for words in (
        "Yes, write to me.",
        "number 2 of 2",
        "Checked just now",
        "It can be proved",
        "footer form",
    ):
        assert words in body, words
    assert AccessEntry.objects.filter(view="consent event", subject_id=said.customer["ada"].id).exists()
    said.add("nora", "analyst")
    analyst = page(said, "nora").get(url).content.decode()
    assert "Yes, write to me." not in analyst
    assert "does not show the personal part" in analyst
    receipt = page(said, "oscar").get(f"{url}receipt/")
    assert receipt.json()["receipt_metadata"]["receipt_id"] == str(event.id)
    with tenant_context(company_b.tenant.id):
        company_b.add("olga", "privacy-officer")
    assert page(company_b, "olga").get(company_b.url(f"privacy/ledger/{event.id}/")).status_code == 404


def test_an_answer_can_be_given_again(said: Company) -> None:
    add_contact_point(customer=said.customer["ada"], kind="email", value="ada@a.example", source="member")
    check(Ask(customer_id=said.customer["ada"].id, channel="email", purpose="newsletter", asked_for="test"))
    answer = GateAnswer.objects.get()
    client = page(said, "oscar")
    listed = client.get(said.url("privacy/answers/?decision=deny&code=CONTENT_REQUIREMENTS"))
    assert [row["answer"].id for row in listed.context["rows"]] == [answer.id]
    shown = client.get(said.url(f"privacy/answers/{answer.id}/")).content.decode()
    assert "The message lacks the sender" in shown
    assert "bit for bit" in client.post(said.url(f"privacy/answers/{answer.id}/replay/")).content.decode()
    PolicyVersion.objects.exclude(id=answer.policy_id).delete()
    assert client.get(said.url("privacy/")).context["answers"]["found"].total == 1


def test_the_tester_answers_in_words_and_logs_nothing(said: Company) -> None:
    add_contact_point(customer=said.customer["ada"], kind="email", value="ada@a.example", source="member")
    client = page(said, "oscar")
    ask = {"who": "ada", "channel": "email", "purpose": "newsletter"}
    found = client.get(said.url("privacy/tester/"), ask)
    assert found.context["answer"].decision == "allow"
    assert found.context["tried"].laws
    assert {step.title: step.state for step in found.context["tried"].steps}[
        "Ground in law, and its proof"
    ] == "ground"
    supposed = client.get(said.url("privacy/tester/"), ask | {"country": "EU-DE", "without_ledger": "on"})
    assert (supposed.context["answer"].decision, supposed.context["as_is"].answer.decision) == (
        "deny",
        "allow",
    )
    assert "Germany" in supposed.content.decode()
    child = client.get(said.url("privacy/tester/"), ask | {"age": "9"})
    assert child.context["answer"].code == "MINOR_NO_PARENTAL"
    said.add_customer("yonath", "alice", name="Ada Yonath")
    several = client.get(said.url("privacy/tester/"), ask).context["others"]
    assert {one["name"] for one in several} == {"Ada Lovelace", "Ada Yonath"}
    assert client.get(several[0]["url"]).context["tried"]
    assert (
        "Nobody is called so"
        in client.get(said.url("privacy/tester/"), ask | {"who": "zzz"}).content.decode()
    )
    assert client.get(said.url("privacy/tester/"), ask | {"channel": "pigeon"}).status_code == 422
    assert not GateAnswer.objects.exists()


def test_an_officer_publishes_a_new_version_of_a_notice(said: Company) -> None:
    client, purpose = page(said, "oscar"), Purpose.objects.get(key="newsletter")
    url = said.url(f"privacy/purposes/{purpose.id}/notice/")
    form = client.get(url).context["form"]
    texts = {f"text_{code}": form[f"text_{code}"].value() for code in form.codes}
    refused = client.post(url, texts)
    assert refused.status_code == 422
    assert "Nothing has changed" in refused.content.decode()
    assert client.post(url, texts | {"another": "nl"}).status_code == 422
    done = client.post(
        url, texts | {"text_en": "One letter a month.", "another": "nl", "another_text": "Een brief."}
    )
    assert done.status_code == 302
    told = current_notice(purpose, ["nl-BE"])
    assert told is not None
    assert (told.version, told.text) == (2, "Een brief.")
    body = client.get(said.url(f"privacy/purposes/{purpose.id}/")).content.decode()
    assert "One letter a month." in body
    assert "version 2, beside version 1" in body


def test_the_sender_and_the_purposes_are_changed_on_their_pages(said: Company) -> None:
    client = page(said, "oscar")
    form = client.get(said.url("privacy/policy/sender/")).context["form"]
    stated = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert (
        client.post(said.url("privacy/policy/sender/"), stated | {"languages": "english"}).status_code == 422
    )
    assert (
        client.post(said.url("privacy/policy/sender/"), stated | {"postal_address": "1 High St"}).status_code
        == 302
    )
    assert PrivacyProfile.objects.get().postal_address == "1 High St"
    new = {
        "key": "tips",
        "name": "Tips",
        "purpose_class": "marketing",
        "legal_basis": "consent",
        "channels": ["email"],
    }
    made = client.post(said.url("privacy/purposes/new/"), new)
    purpose = Purpose.objects.get(key="tips")
    assert str(purpose.id) in made["Location"]
    assert client.post(said.url("privacy/purposes/new/"), new).status_code == 422
    profile = PrivacyProfile.objects.select_related("policy").get()
    assert profile.policy
    assert profile.policy.content["own_purposes"]["tips"] == "marketing"
    client.post(said.url(f"privacy/purposes/{purpose.id}/archive/"))
    assert Purpose.objects.get(key="tips").archived_at


def test_the_policy_leads_to_the_companys_own_rules_and_to_no_others(said: Company) -> None:
    admin = said.access("admin")
    create_rule_set(access=admin, kind="value.kind", name="Kinds of ours")
    client = page(said, "admin")
    url = client.get(said.url("privacy/policy/")).context["rules_url"]
    first = client.get(url)
    [brought] = [row.rule_set.name for shelf in first.context["shelves"] for row in shelf.rows]
    assert first.context["new_url"].endswith("?kind=privacy.contact_policy")
    create_rule_set(access=admin, kind="privacy.contact_policy", name="How often")
    [shelf] = client.get(url).context["shelves"]
    assert {row.rule_set.name for row in shelf.rows} == {brought, "How often"}
    assert len(client.get(said.url("rules/?kind=nothing")).context["shelves"]) == 2


def test_own_rules_are_read_strictly_and_applied(said: Company) -> None:
    client, url = page(said, "oscar"), said.url("privacy/policy/own/new/")
    written = client.get(url).context["form"]["content"].value()
    broken = written.replace('"try": [\n    "consent"\n   ]', '"try": [\n    "hope"\n   ]', 1)
    assert broken != written
    refused = client.post(url, {"content": broken})
    assert refused.status_code == 422
    [problem] = refused.context["problems"]
    line = broken[: broken.index('"try": [\n    "hope"')].count("\n") + 1
    assert problem.startswith(f"Line {line}") or problem.startswith(f"Line {line + 1}"), problem
    for wrong in ("{", "[]", json.dumps({**json.loads(written), "code": "EU"})):
        assert client.post(url, {"content": wrong}).status_code == 422, wrong
    assert not TenantRegime.objects.exists()
    assert client.post(url, {"content": written}).status_code == 302
    assert client.post(url, {"content": written}).status_code == 422, "there are rules for it already"
    regime = TenantRegime.objects.get()
    assert client.get(said.url("privacy/policy/rules/CH/")).status_code == 200
    ask = {"who": "ada", "channel": "email", "purpose": "partner_offers", "country": "CH"}
    tried = client.get(said.url("privacy/tester/"), ask).context["tried"]
    assert [law.code for law in tried.laws] == ["CH"]
    client.post(said.url(f"privacy/policy/own/{regime.id}/archive/"))
    profile = PrivacyProfile.objects.select_related("policy").get()
    assert profile.policy
    assert not profile.policy.content.get("own_regimes")
