"""Who changed what, and who looked at whom, in words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from tenancy.db.models import TenantModel
from tenancy.models import ApiToken, AuditEntry, Member
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
    tables = [model._meta.db_table for model in _tenant_models()]
    return sorted(((table, words_of_table(table)) for table in tables), key=lambda row: row[1])


def words_of_table(table: str) -> str:
    model = _model_of(table)
    return str(model._meta.verbose_name) if model else table


def _model_of(table: str) -> type[TenantModel] | None:
    return next((model for model in _tenant_models() if model._meta.db_table == table), None)


def _tenant_models() -> list[type[TenantModel]]:
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def names_of_actors(actors: Iterable[str]) -> dict[str, str]:
    """Names by actor, also of those who left and what was revoked; a person came by a link, without a login."""
    ids: dict[str, list[UUID]] = {"member": [], "token": [], "person": []}
    for kind, _, key in (actor.partition(":") for actor in set(actors)):
        if kind in ids:
            ids[kind].append(UUID(key))
    found = {f"member:{key}": name for key, name in _names(Member, ids["member"])}
    found |= {f"token:{key}": f"token {name}" for key, name in _names(ApiToken, ids["token"])}
    people = names_of_subjects(ids["person"])
    return found | {f"person:{key}": f"{people.get(key, 'a customer')}, by a link" for key in ids["person"]}


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
    pairs = ((name, *(_words(row.get(name), names) for row in (before, after))) for name in _fields(entry))
    return [
        Difference(name.removesuffix("_id").replace("_", " "), old, new)
        for name, old, new in pairs
        if old != new
    ]


def note_in_words(entry: AuditEntry, names: dict[str, str]) -> str:
    """Counts of a batch, and what it belonged to. `names` as from `names_of_rows`."""
    words = ((key.replace("_", " "), _words(value, names)) for key, value in entry.note.items())
    return ", ".join(f"{key} {value}" for key, value in words if value)


def name_of_row(entry: AuditEntry, names: dict[str, str]) -> str:
    """What the row that changed is called, also where it is gone; "" where that cannot be said."""
    before, after = _values(entry)
    found = names.get(str(entry.row_id), "").removesuffix(_NAMELESS)
    return found or str(after.get("name") or before.get("name") or "")


def names_of_rows(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """Id -> name, of the rows that changed and of those they point at; one query for each table."""
    wanted: dict[type[Model], set[str]] = {}
    for entry in entries:
        for model, ids in _pointed_at(entry):
            wanted.setdefault(model, set()).update(ids)
    rows = [row for model, ids in wanted.items() for row in model._default_manager.filter(pk__in=ids)]
    # A first assignment has its customer's own id: who has a name goes before what has none.
    named = {str(row.pk): str(row) for row in rows if not _ID.search(str(row))}
    return {str(row.pk): _NAMELESS for row in rows} | named


def _pointed_at(entry: AuditEntry) -> Iterator[tuple[type[Model], list[str]]]:
    """The tables in which to look for the ids of one entry: its row, its references, what fields and notes name."""
    own = _model_of(entry.table)
    if own and entry.row_id:
        yield own, [str(entry.row_id)]
    values = [(name, row.get(name)) for row in _values(entry) for name in _fields(entry)]
    for name, value in [*values, *entry.note.items()]:
        for kind, key in _ID.findall(str(value)):
            model = _ACTORS.get(kind) or _reference(own, name) or _called(name)
            if model:
                yield model, [key]


def _reference(model: type[TenantModel] | None, name: str) -> type[Model] | None:
    """The table at which this column points, if it is a reference."""
    fields = model._meta.local_fields if model else []
    found: Any = next((field.related_model for field in fields if field.attname == name), None)
    return found if isinstance(found, type) else None


@cache
def _called(name: str) -> type[Model] | None:
    """The table meant by a field or a key that is no reference: "job", "portfolio_id", a path of units."""
    name = _MEANS.get(name, name.removesuffix("_id"))
    return next((model for model in _tenant_models() if model._meta.model_name == name), None)


_NAMELESS: Final = "one without a name"
_MEANS: Final = {"fit": "modelfit", "path": "unit"}
_ACTORS: Final[dict[str, type[Model]]] = {"member:": Member, "token:": ApiToken}
_ID: Final = re.compile(r"(member:|token:)?\b([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


def _fields(entry: AuditEntry) -> list[str]:
    before, after = _values(entry)
    return entry.fields or [name for name in (after or before) if name not in HIDDEN]


def _values(entry: AuditEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    difference = getattr(entry, "difference", None)
    return (difference.before or {}, difference.after or {}) if difference else ({}, {})


def _words(value: Any, names: dict[str, str]) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, list):
        return ", ".join(_words(item, names) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = _ID.sub(lambda found: names.get(found[2], found[0]), str(value)).removesuffix("/")
    return _MOMENT.sub(_moment_words, _PERIOD.sub(_period_words, text))


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?\+\d\d(:\d\d)?")


_PERIOD = re.compile(r'^\["?([^",]+)"?,"?([^",)]*)"?\)$')


def _period_words(found: re.Match[str]) -> str:
    """A period as PostgreSQL writes it: from, and to where it has an end."""
    return f"from {found[1]} to {found[2]}" if found[2] else f"from {found[1]}"


def _moment_words(found: re.Match[str]) -> str:
    """A moment in the tenant's time zone, to the minute."""
    return f"{timezone.localtime(datetime.fromisoformat(found[0])):%-d %b %Y, %H:%M}"
