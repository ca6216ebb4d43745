"""What follows in the same transaction from new events of the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import connection

from crm.services.timeline import Entry, add_entries
from privacy.events import MOST_NAMED, ConsentChanged, OptInBegun, PersonChanged
from privacy.models import ConsentEvent, Person
from privacy.selectors.consents import profiling_stopped, purpose_names, title_of
from privacy.selectors.holders import begins_opt_in
from tenancy.context import current_tenant_id
from tenancy.outbox import emit_all

Item = TypeVar("Item")
ALL = "*"
PROFILING = "profiling"
Action, Method = ConsentEvent.Action, ConsentEvent.Method

_NOT_ABOUT_PROFILING = frozenset(
    {Action.RESTRICT, Action.RELEASE, Action.PAUSE, Action.EXPIRE, Action.PRIVACY_SIGNAL}
)

# Said by somebody or something else, or by a click that nobody made: no sign of life from the person.
_NOT_THE_PERSON = frozenset({Method.IMPORT, Method.PRETICKED_BOX, Method.FEEDBACK_LOOP, Method.BROWSER, ""})


def apply_effects(events: Sequence[ConsentEvent], *, who: str) -> None:
    """The events are written and their chains are held.

    A stop for an address adds no line to the suppression list: the event holds for the address already, whoever has
    it, and the person may change their mind; a line could only be taken off by the company.
    """
    if not events:
        return
    _move_chains(events)
    _keep_profiling(events)
    _restrict_persons(events)
    add_entries(_entries(events, who))
    emit_all(
        ConsentChanged(_customers_of(part), tuple(event.id for event in part)) for part in _parts(events)
    )
    emit_all(OptInBegun(event.customer_id, event.id) for event in events if begins_opt_in(event))


def _customers_of(events: Iterable[ConsentEvent]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(event.customer_id for event in events))


def _move_chains(events: Iterable[ConsentEvent]) -> None:
    """The end of each chain is its newest event; a sign of life is remembered with it. One statement."""
    ends = {event.customer_id: event for event in events}
    seen = _signs_of_life(events)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_consentchain AS c SET events = n.events, head = n.head,"
            " last_contact_at = greatest(c.last_contact_at, n.seen)"
            " FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::timestamptz[]) AS n (id, events, head, seen)"
            " WHERE c.tenant_id = %s AND c.customer_id = n.id",
            [
                list(ends),
                [event.sequence for event in ends.values()],
                [event.digest for event in ends.values()],
                [seen.get(customer_id) for customer_id in ends],
                current_tenant_id(),
            ],
        )


def _signs_of_life(events: Iterable[ConsentEvent]) -> dict[UUID, datetime]:
    seen: dict[UUID, datetime] = {}
    for event in events:
        if event.occurred_at and event.method not in _NOT_THE_PERSON:
            seen[event.customer_id] = max(event.occurred_at, seen.get(event.customer_id, event.occurred_at))
    return seen


def _keep_profiling(events: Iterable[ConsentEvent]) -> None:
    """Whether an objection to profiling is in force, by the same reading as the gate's. Two statements at most.

    Where that changes it is told as a change of what protects the person: value takes or gives back the numbers.
    """
    now = max(event.recorded_at for event in events)
    customer_ids = {event.customer_id for event in events if _may_change_profiling(event)}
    if not customer_ids:
        return
    since = dict.fromkeys(customer_ids) | profiling_stopped(customer_ids, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_consentchain AS c SET profiling_objected_at = n.since"
            " FROM unnest(%s::uuid[], %s::timestamptz[]) AS n (id, since)"
            " WHERE c.tenant_id = %s AND c.customer_id = n.id AND c.profiling_objected_at IS DISTINCT FROM n.since"
            " RETURNING c.customer_id",
            [list(since), list(since.values()), current_tenant_id()],
        )
        changed = [customer_id for (customer_id,) in cursor.fetchall()]
    _tell_of_persons(sorted(changed), "profiling_objected_at")


def _may_change_profiling(event: ConsentEvent) -> bool:
    return event.action not in _NOT_ABOUT_PROFILING and _names(event, PROFILING)


def _names(event: ConsentEvent, *purposes: str) -> bool:
    return bool({ALL, *purposes} & set(event.purposes))


def _restrict_persons(events: Iterable[ConsentEvent]) -> None:
    """Processing is restricted from the first time it was asked for (GDPR 18)."""
    asked = {e.customer_id: e.recorded_at for e in events if e.action == Action.RESTRICT}
    if not asked:
        return
    Person.objects.bulk_create(
        [Person(customer_id=customer_id) for customer_id in sorted(asked)], ignore_conflicts=True
    )
    free = Person.objects.filter(customer_id__in=asked, restricted_at=None).select_for_update()
    persons = list(free.order_by("customer_id"))
    for person in persons:
        person.restricted_at = asked[person.customer_id]
    Person.objects.bulk_update(persons, ["restricted_at"])
    _tell_of_persons([person.customer_id for person in persons], "restricted_at")


def _tell_of_persons(customer_ids: Sequence[UUID], field: str) -> None:
    emit_all(PersonChanged(tuple(part), (field,)) for part in _parts(customer_ids))


def _parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """What one event names each time."""
    return (items[start : start + MOST_NAMED] for start in range(0, len(items), MOST_NAMED))


def _entries(events: Sequence[ConsentEvent], who: str) -> list[Entry]:
    names = purpose_names()
    return [
        Entry(
            customer_id=event.customer_id, at=event.occurred_at or event.recorded_at, kind="consent",
            key=f"consent:{event.id}", title=title_of(event, names), text=event.get_method_display(), who=who,
        )
        for event in events
    ]  # fmt: skip
