"""Who changed what, and who looked at whom, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from tenancy.db.models import TenantModel
from tenancy.models import AccessEntry, ApiToken, AuditEntry, Member
from tenancy.registries import subject_names

HIDDEN = {"id", "tenant_id"}


@dataclass(frozen=True)
class Filters:
    """What of the log is asked for; None means everything."""

    table: str = ""
    actor: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Difference:
    """One field of one change, old and new in words; an empty text where there was nothing."""

    field: str
    before: str
    after: str


def changes(filters: Filters) -> QuerySet[AuditEntry]:
    """Audit entries with their differences, to be paged newest first."""
    rows = AuditEntry.objects.select_related("difference")
    if filters.table:
        rows = rows.filter(table=filters.table)
    return rows.filter(_by_actor_and_day(filters))


def looks(filters: Filters) -> QuerySet[AccessEntry]:
    """Who opened whose data, to be paged newest first."""
    return AccessEntry.objects.filter(_by_actor_and_day(filters))


def _by_actor_and_day(filters: Filters) -> Q:
    wanted = Q(actor=filters.actor) if filters.actor else Q()
    if filters.day:
        begins, ends = (
            timezone.make_aware(datetime.combine(day, time.min))
            for day in (filters.day, filters.day + timedelta(days=1))
        )
        wanted &= Q(at__gte=begins, at__lt=ends)
    return wanted


def audited_tables() -> list[tuple[str, str]]:
    """(table, its words) of everything that can appear in the audit."""
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return sorted(
        ((m._meta.db_table, words_of_table(m._meta.db_table)) for m in models), key=lambda row: row[1]
    )


def words_of_table(table: str) -> str:
    for model in apps.get_models():
        if model._meta.db_table == table:
            return str(model._meta.verbose_name)
    return table


def names_of_actors(actors: Iterable[str]) -> dict[str, str]:
    """ "member:<id>" and "token:<id>" -> names, also of those who left and what was revoked."""
    ids: dict[str, list[UUID]] = {"member": [], "token": []}
    for kind, _, key in (actor.partition(":") for actor in set(actors)):
        if kind in ids:
            ids[kind].append(UUID(key))
    found = {f"member:{key}": name for key, name in _names(Member, ids["member"])}
    found |= {f"token:{key}": f"token {name}" for key, name in _names(ApiToken, ids["token"])}
    return found


def _names(model: type[Member] | type[ApiToken], ids: list[UUID]) -> Iterable[tuple[UUID, str]]:
    return model.objects.filter(id__in=ids).values_list("id", "name") if ids else []


def names_of_subjects(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of the customers who were looked at; crm knows them."""
    wanted = [key for key in set(ids) if key]
    names: dict[UUID, str] = {}
    for read in subject_names:
        names |= read(wanted)
    return names


def differences_of(entry: AuditEntry) -> list[Difference]:
    """What one change did, field by field; nothing when its values were erased."""
    difference = getattr(entry, "difference", None)
    if difference is None:
        return []
    before, after = difference.before or {}, difference.after or {}
    fields = entry.fields or [name for name in (after or before) if name not in HIDDEN]
    pairs = ((name, _words(before.get(name)), _words(after.get(name))) for name in fields)
    return [
        Difference(name.removesuffix("_id").replace("_", " "), old, new)
        for name, old, new in pairs
        if old != new
    ]


def _words(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
