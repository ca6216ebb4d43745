"""Rules that the product brings to every company, once: it may change them, end them or put them away."""

from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from rules.content import keys_in, read_content
from rules.events import ActivationWaiting, VersionActivated
from rules.kinds import find_kind
from rules.models import Activation, RuleDraft, RuleSet, RuleVersion
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile
from tenancy.outbox import emit

AUTHOR: Final = "Cornershop"
_Period: Final = DateTimeRangeField().range_type
_RANDOM: Final = (1 << 80) - 1


def bring_rules(*, kind: str, name: str, description: str, rule: dict[str, Any]) -> RuleSet | None:
    """Put one rule of the product in force, asked before those of the company; None where it was brought before.

    What it is known by is the rule's id, in every version that the company makes of it. Where two people decide, it
    waits for somebody to agree.
    """
    content = {"rules": [rule], "otherwise": None}
    with transaction.atomic():
        versions = RuleVersion.objects.filter(rule_set__kind=kind)
        if versions.filter(content__rules__contains=[{"id": rule["id"]}]).exists():
            return None
        profile = TenantProfile.objects.get()
        found = read_content(find_kind(kind), content, currency=profile.currency)
        assert not found.problems, found.problems
        # Rule sets are asked in the order of their ids, which begin with the time: this one comes first.
        rule_set = RuleSet.objects.create(
            id=UUID(int=new_id().int & _RANDOM), kind=kind, name=_free_name(kind, name), description=description,
            standing=1,
        )  # fmt: skip
        RuleDraft.objects.create(rule_set=rule_set, content=content, based_on=1, edited_by_name=AUTHOR)
        _put_in_force(rule_set, content, waits=profile.rules_need_second_person)
    return rule_set


def _put_in_force(rule_set: RuleSet, content: dict[str, Any], *, waits: bool) -> None:
    now = timezone.now()
    version = RuleVersion.objects.create(
        rule_set=rule_set, number=1, content=content, reads=sorted(keys_in(content)), author_name=AUTHOR
    )
    state = Activation.State.WAITING if waits else Activation.State.AGREED
    row = Activation.objects.create(
        rule_set=rule_set, version=version, period=_Period(now, None, "[)"), state=state, asked_by_name=AUTHOR,
        decided_by_name="" if waits else AUTHOR, decided_at=None if waits else now,
    )  # fmt: skip
    if waits:
        emit(ActivationWaiting(rule_set_id=rule_set.id, activation_id=row.id))
        return
    emit(
        VersionActivated(
            rule_set_id=rule_set.id,
            kind=rule_set.kind,
            version_id=version.id,
            number=1,
            starts_at=now.isoformat(),
        )
    )


def _free_name(kind: str, name: str) -> str:
    """The name, or one like it where the company has rules that are called so."""
    rows = RuleSet.objects.filter(Q(name=name) | Q(name__startswith=f"{name} ("), kind=kind)
    taken = set(rows.values_list("name", flat=True))
    names = [name, *(f"{name} ({number})" for number in range(2, len(taken) + 3))]
    return next(one for one in names if one not in taken)
