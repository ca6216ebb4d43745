"""The company's whole policy as one version: what ships with the product, its own regimes and purposes."""

import logging

from django.db import transaction

from privacy.models import PolicyVersion, PrivacyProfile, Purpose, TenantRegime
from privacy.policy.regimes import Policy, extend, policy_to_json, read_regime, shipped_policy
from tenancy.context import current_actor

log = logging.getLogger(__name__)


def publish_policy() -> PolicyVersion:
    """Put what is stated now in force, from the next question on; the version there is where nothing changed.

    Call it in the transaction of every change of purposes or regimes. Raises RegimeInvalid where they cannot be
    read together; then what was in force stays.
    """
    with transaction.atomic():
        PrivacyProfile.objects.bulk_create([PrivacyProfile()], ignore_conflicts=True)
        profile = PrivacyProfile.objects.select_for_update().get()
        policy = stated_policy()
        version, _ = PolicyVersion.objects.get_or_create(
            version=policy.version, defaults={"content": policy_to_json(policy), "made_by": current_actor()}
        )
        if profile.policy_id != version.id:
            PrivacyProfile.objects.filter(id=profile.id).update(policy=version)
            log.info("policy %s is in force", version.version)
    return version


def stated_policy() -> Policy:
    """What the product brings with the company's own regimes and purposes beside it. Raises RegimeInvalid."""
    shipped = shipped_policy()
    regimes = TenantRegime.objects.filter(archived_at=None).order_by("code").values_list("content", flat=True)
    purposes = Purpose.objects.exclude(key__in=shipped.purposes).values_list("key", "purpose_class")
    return extend(shipped, regimes=[read_regime(content) for content in regimes], purposes=dict(purposes))
