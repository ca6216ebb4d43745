"""What rules can ask about needs and promises. Private needs are no facts: lists would show them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from crm.services.summaries import tenant_today
from interactions.models import Need, NeedKind, Promise
from rules.catalogue import Cost, Fact, Option, PersonalDataClass, Type
from rules.moment import Setting
from tenancy.models import TenantProfile

BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR
SEES: Final = "interactions.view"
_STRENGTHS: Final = {
    Need.Strength.MENTIONED: "mentioned", Need.Strength.WANTED: "wanted", Need.Strength.DECISIVE: "decisive",
}  # fmt: skip


def _of_customer() -> QuerySet[Promise]:
    return Promise.objects.filter(customer_id=OuterRef("customer_id")).order_by()


def _ended(setting: Setting) -> QuerySet[Promise]:
    """Of the last 365 days, kept or broken."""
    return _of_customer().filter(
        state__in=["kept", "broken"], ended_at__gte=setting.midnight(setting.day_before(365))
    )


def _broken(setting: Setting) -> Combinable:
    counted = _ended(setting).filter(state="broken").values("customer_id").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _share_kept(setting: Setting) -> Combinable:
    share = Cast(Count("id", filter=Q(state="kept")), FloatField()) / Cast(Count("id"), FloatField())
    rows = _ended(setting).values("customer_id").annotate(share=share).values("share")
    return Subquery(rows, output_field=FloatField())


def _shared(status: str) -> QuerySet[Need]:
    rows = Need.objects.filter(visibility=Need.Visibility.SHARED, status=status)
    if status != Need.Status.UNMET:
        return rows
    return rows.filter(expires_on__gte=tenant_today(TenantProfile.objects.get()))


def _kinds() -> list[Option]:
    rows = NeedKind.objects.order_by("position", "name_key")
    return [(str(key), name) for key, name in rows.values_list("id", "name")]


def _with_open(kinds: Sequence[Any]) -> Q:
    return Q(Exists(_shared("open").filter(kind_id__in=list(kinds), customer_id=OuterRef("customer_id"))))


def _with_unmet(kinds: Sequence[Any]) -> Q:
    return Q(Exists(_shared("unmet").filter(kind_id__in=list(kinds), customer_id=OuterRef("customer_id"))))


def _open_kinds(customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    return _kinds_of(_shared("open"), customer_ids)


def _unmet_kinds(customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    return _kinds_of(_shared("unmet"), customer_ids)


def _kinds_of(rows: QuerySet[Need], customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for customer_id, kind_id in rows.filter(customer_id__in=list(customer_ids)).values_list(
        "customer_id", "kind_id"
    ):
        found.setdefault(customer_id, set()).add(kind_id)
    return {customer_id: frozenset(kinds) for customer_id, kinds in found.items()}


def _strongest() -> Combinable:
    words = Case(
        *(When(strength=at, then=Value(word)) for at, word in _STRENGTHS.items()), output_field=CharField()
    )
    rows = _shared("open").filter(customer_id=OuterRef("customer_id")).order_by("-strength")
    return Subquery(rows.annotate(word=words).values("word")[:1])


PROMISE_FACTS: Final = (
    Fact(
        "interactions.open_promises", "Open promises", Type.COUNT, "What we promised them and have not done yet.",
        BEHAVIOUR, "open_promises", unit="promises", cost=Cost.INDEXED, permission=SEES,
        phrases={"any": "to whom we have promised {value}"},
    ),
    Fact(
        "interactions.broken_promises", "Promises broken in a year", Type.COUNT,
        "Promises to them that we broke in the last 365 days, also those that we kept after their hour.",
        BEHAVIOUR, _broken, unit="promises", cost=Cost.RELATED, permission=SEES,
    ),
    Fact(
        "interactions.promises_kept", "Share of promises kept", Type.SHARE,
        "Of the promises to them that ended in the last 365 days; unknown where none did.",
        BEHAVIOUR, _share_kept, cost=Cost.RELATED, permission=SEES,
    ),
)  # fmt: skip
NEED_FACTS: Final = (
    Fact(
        "interactions.open_need", "Needs", Type.SET,
        "What they told us they need, while we rely on it. Needs that are private to a portfolio are left out.",
        BEHAVIOUR, cost=Cost.RELATED, permission=SEES, options=_kinds, python=UUID, among=_with_open,
        members=_open_kinds,
        phrases={"has_any": "who need {value}", "has_none": "who do not need {value}"},
    ),
    Fact(
        "interactions.unmet_need", "Needs we cannot meet", Type.SET,
        "What they need and we said we cannot do, until it is too old. Private needs are left out.",
        BEHAVIOUR, cost=Cost.RELATED, permission=SEES, options=_kinds, python=UUID, among=_with_unmet,
        members=_unmet_kinds,
        phrases={"has_any": "whom we cannot give {value}", "has_none": "whom we need not refuse {value}"},
    ),
    Fact(
        "interactions.strongest_need", "Strongest need", Type.CHOICE,
        "How strong the strongest of their open needs is. Private needs are left out.", BEHAVIOUR, _strongest(),
        cost=Cost.RELATED, permission=SEES,
        options=lambda: [(_STRENGTHS[at], str(at.label)) for at in Need.Strength],
        phrases={"one_of": "whose strongest need is {value}", "unknown": "who told us no need"},
    ),
)  # fmt: skip
