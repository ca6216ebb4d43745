"""Who changed what, and who looked at whom, in words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from tenancy.db.fields import TenantForeignKey
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
    model = _model_of(table)
    return str(model._meta.verbose_name) if model else table


def _model_of(table: str) -> type[TenantModel] | None:
    models = (model for model in apps.get_models() if issubclass(model, TenantModel))
    return next((model for model in models if model._meta.db_table == table), None)


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


def differences_of(entry: AuditEntry, names: dict[str, str]) -> list[Difference]:
    """What one change did, field by field; nothing when its values were erased. `names` as from `names_of_rows`."""
    before, after = _values(entry)
    fields = entry.fields or [name for name in (after or before) if name not in HIDDEN]
    pairs = ((name, _words(before.get(name), names), _words(after.get(name), names)) for name in fields)
    return [
        Difference(name.removesuffix("_id").replace("_", " "), old, new)
        for name, old, new in pairs
        if old != new
    ]


def names_of_rows(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Id -> name, of the rows that changes point at; one query for each table pointed at."""
    wanted: dict[type[TenantModel], set[str]] = {}
    for entry in entries:
        for field in _references(entry.table):
            for values in _values(entry):
                if values.get(field.attname):
                    wanted.setdefault(field.related_model, set()).add(values[field.attname])
    return {
        str(row.pk): str(row) for model, ids in wanted.items() for row in model.objects.filter(pk__in=ids)
    }


def _references(table: str) -> list[Any]:
    model = _model_of(table)
    return [f for f in model._meta.local_fields if isinstance(f, TenantForeignKey)] if model else []


def _values(entry: AuditEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    difference = getattr(entry, "difference", None)
    return (difference.before or {}, difference.after or {}) if difference else ({}, {})


def _words(value: Any, names: dict[str, str]) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return names.get(text) or _MOMENT.sub(_moment_words, _PERIOD.sub(_period_words, text))


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?\+\d\d(:\d\d)?")


_PERIOD = re.compile(r'^\["?([^",]+)"?,"?([^",)]*)"?\)$')


def _period_words(found: re.Match[str]) -> str:
    """A period as PostgreSQL writes it: from, and to where it has an end."""
    return f"from {found[1]} to {found[2]}" if found[2] else f"from {found[1]}"


def _moment_words(found: re.Match[str]) -> str:
    """A moment in the tenant's time zone, to the minute."""
    return f"{timezone.localtime(datetime.fromisoformat(found[0])):%-d %b %Y, %H:%M}"
