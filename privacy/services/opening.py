"""What a company needs before the first question "may we?": the sender, purposes, and what people are told.

Harmless when run again: a company keeps what it changed, and gets what a newer version of the product brought.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from privacy.models import Notice, PrivacyProfile, Purpose
from privacy.services.notices import digest_of
from privacy.services.policy import publish_policy
from privacy.usual import FOR_CHARITIES, USUAL, UsualPurpose, languages_of
from tenancy.context import current_tenant_id
from tenancy.models import Tenant, TenantProfile


def open_privacy() -> None:
    """Give the active company its profile, and the usual purposes it does not have, with a first notice each."""
    with transaction.atomic():
        profile = _open_profile()
        add_usual_purposes((*USUAL, *(FOR_CHARITIES if profile.is_charity else ())), profile)
        publish_policy()


def _open_profile() -> PrivacyProfile:
    # Tenant is a global table: the id is that of the context, never one from outside.
    name = Tenant.objects.get(id=current_tenant_id()).name
    country = TenantProfile.objects.get().country
    PrivacyProfile.objects.bulk_create(
        [
            PrivacyProfile(
                sender_name=name,
                brand=name[:80],
                # CASL 12(1): what a computer in Canada sends is judged by Canada's law too.
                sender_country="CA" if country == "CA" else "",
                languages=languages_of(country),
            )
        ],
        ignore_conflicts=True,
    )
    return PrivacyProfile.objects.select_for_update().get()


def add_usual_purposes(usual: Sequence[UsualPurpose], profile: PrivacyProfile) -> list[Purpose]:
    """Those of `usual` that the company does not have yet; one it archived stays archived."""
    known = set(Purpose.objects.values_list("key", flat=True))
    missing = [one for one in usual if one.key not in known]
    if not missing:
        return []
    made = Purpose.objects.bulk_create(
        Purpose(
            key=one.key, name=one.name, description=one.description, purpose_class=one.purpose_class,
            legal_basis=one.legal_basis, channels=list(one.channels), is_important=one.is_important,
            position=len(known) + place,
        )
        for place, one in enumerate(missing, start=1)
    )  # fmt: skip
    Notice.objects.bulk_create(
        _first_notice(purpose, language, text, profile)
        for purpose, one in zip(made, missing, strict=True)
        for language, text in one.notice.items()
    )
    return made


def _first_notice(purpose: Purpose, language: str, text: str, profile: PrivacyProfile) -> Notice:
    words = text.replace("{sender}", profile.sender_name)
    return Notice(
        purpose=purpose,
        version=1,
        language=language,
        text=words,
        digest=digest_of(words),
        published_at=timezone.now(),
    )
