"""What a company starts with, also one that was there before privacy was."""

import pytest
from django.core.management import call_command

from privacy.models import Notice, PrivacyProfile, Purpose
from privacy.selectors.purposes import current_notice, current_notices, find_purpose
from privacy.services.notices import NoticeRefused, publish_notice
from privacy.services.opening import open_privacy
from privacy.services.profile import Sender, SenderRefused, change_sender
from privacy.services.purposes import (
    PurposeRefused,
    PurposeText,
    add_purpose,
    archive_purpose,
    change_purpose,
)
from privacy.usual import LANGUAGES, USUAL
from tenancy.context import tenant_context
from tests.cast import Company, make_company

TEXT = PurposeText(
    name="Concert tips", description="", legal_basis="consent: GDPR 6(1)(a)", channels=("email",)
)


def sender(**values: object) -> Sender:
    return Sender(
        **{
            "sender_name": "Alpha", "postal_address": "1 High Street", "privacy_contact": "privacy@alpha.example",
            "sender_country": "", "brand": "Alpha", "languages": ("en", "de"), "is_charity": False,
            "directed_at_children": False, "balancing_test": "", "order_days": 30, **values,
        }
    )  # fmt: skip


def test_a_new_company_can_be_asked_may_we(in_a: Company) -> None:
    profile = PrivacyProfile.objects.get()
    assert (profile.sender_name, profile.brand, profile.languages[0]) == ("Alpha", "Alpha", "en")
    assert set(Purpose.objects.values_list("key", flat=True)) == {one.key for one in USUAL}
    for key in ("marketing", "newsletter", "partner_offers", "share_third_party"):
        texts = Notice.objects.filter(purpose__key=key)
        assert {text.language for text in texts} == set(LANGUAGES)
        assert all("Alpha" in text.text and "{" not in text.text for text in texts)


def test_opening_again_keeps_what_the_company_changed(in_a: Company) -> None:
    change_sender(sender=sender(sender_name="Alpha Music"))
    newsletter = Purpose.objects.get(key="newsletter")
    change_purpose(purpose=newsletter, text=TEXT)
    archive_purpose(purpose=Purpose.objects.get(key="partner_offers"))
    before = Purpose.objects.count(), Notice.objects.count()
    open_privacy()
    assert (Purpose.objects.count(), Notice.objects.count()) == before
    assert Purpose.objects.get(key="newsletter").name == "Concert tips"
    assert Purpose.objects.get(key="partner_offers").archived_at
    assert PrivacyProfile.objects.get().sender_name == "Alpha Music"


@pytest.mark.django_db(transaction=True)
def test_migrate_opens_it_for_companies_that_are_there(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        PrivacyProfile.objects.all().delete()
        Purpose.objects.filter(notices=None).delete()
    call_command("migrate", verbosity=0)
    with tenant_context(company_a.tenant.id):
        assert PrivacyProfile.objects.count() == 1
        assert Purpose.objects.count() == len(USUAL)


def test_the_country_brings_its_language_and_its_law(db: None) -> None:
    german = make_company("gamma", country="DE", currency="EUR", time_zone="Europe/Berlin")
    with tenant_context(german.tenant.id):
        profile = PrivacyProfile.objects.get()
        assert (profile.languages[0], profile.sender_country) == ("de", "")
        assert current_notices()["marketing"].language == "de"
        assert current_notices(["pt-BR"])["marketing"].language == "pt"
        assert current_notices(["ja"])["order_confirmation"].language == "en"
    canadian = make_company("delta", country="CA", currency="CAD", time_zone="America/Toronto")
    with tenant_context(canadian.tenant.id):
        assert PrivacyProfile.objects.get().sender_country == "CA"


def test_a_new_version_of_a_notice_leaves_the_old_ones(in_a: Company) -> None:
    purpose = Purpose.objects.get(key="newsletter")
    old = current_notice(purpose, ["en"])
    assert old is not None
    made = publish_notice(purpose=purpose, texts={"en": "A letter a month.", "fr": " "}, by=None)
    assert [(one.version, one.language) for one in made] == [(2, "en")]
    told = current_notice(purpose, ["fr"])
    assert told is not None
    assert told.text == "A letter a month."
    assert Notice.objects.get(id=old.id).text == old.text
    for texts in ({}, {"en": "A letter a month."}, {"english": "A letter."}, {"en": "x" * 5_000}):
        with pytest.raises(NoticeRefused):
            publish_notice(purpose=purpose, texts=texts, by=None)


def test_a_purpose_keeps_its_key_and_its_kind(in_a: Company, company_b: Company) -> None:
    made = add_purpose(key="concert_tips", purpose_class="marketing", text=TEXT)
    assert find_purpose("concert_tips") == made
    for key in ("concert_tips", "sale", "*", "Tips", "ab", "newsletter"):
        with pytest.raises(PurposeRefused):
            add_purpose(key=key, purpose_class="marketing", text=TEXT)
    with pytest.raises(PurposeRefused):
        add_purpose(key="other", purpose_class="magic", text=TEXT)
    with pytest.raises(PurposeRefused):
        archive_purpose(purpose=Purpose.objects.get(key="doi_request"))
    with tenant_context(company_b.tenant.id):
        assert find_purpose("concert_tips") is None


def test_a_charity_gets_its_purpose(in_a: Company) -> None:
    change_sender(sender=sender(is_charity=True))
    assert find_purpose("charity_purpose") is not None
    change_sender(sender=sender(is_charity=False))
    assert find_purpose("charity_purpose") is not None


@pytest.mark.parametrize(
    "wrong", [{"sender_name": " "}, {"sender_country": "Canada"}, {"languages": ()}, {"languages": ("en", "en")},
              {"languages": ("english",)}, {"order_days": 0}],
    ids=str,
)  # fmt: skip
def test_what_a_sender_cannot_state(in_a: Company, wrong: dict[str, object]) -> None:
    with pytest.raises(SenderRefused):
        change_sender(sender=sender(**wrong))
    assert PrivacyProfile.objects.get().postal_address == ""
