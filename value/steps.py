"""What value does when something happened elsewhere; `config/flow.py` says when."""

from collections.abc import Sequence

from tenancy.outbox import Announced, batched, ids_in
from value.rule_kinds import KIND
from value.services.kinds import decide_kinds, start_deciding
from value.services.recompute import start_recompute
from value.services.revalue import protect_customers, revalue_customers


@batched()
def revalue_customer(events: Sequence[Announced]) -> None:
    """Orders and returns of known customers: value them again, at once, all that wait together."""
    customer_ids = ids_in(events, "customer")
    if customer_ids:
        revalue_customers(customer_ids)


@batched()
def follow_protection(events: Sequence[Announced]) -> None:
    """Somebody objected to profiling or took that back, is reported dead or restricted: their numbers go or return."""
    protect_customers(ids_in(events, "customer"))


def recompute_after_import(event: Announced) -> None:
    """An import of orders has finished: learn and value everybody. The same import starts one job."""
    start_recompute(slot=f"import:{event.payload['import_id']}")


def recompute_after_restating(event: Announced) -> None:
    """Margins follow another rate: learn and value everybody, also where a recompute began before. One job a time."""
    start_recompute(slot=f"margins:{event.payload['job_id']}")


@batched()
def decide_kind(events: Sequence[Announced]) -> None:
    """Customers were entered or changed: what the rules look at may be another."""
    decide_kinds(ids_in(events, "customer"))


def decide_kinds_after_import(event: Announced) -> None:
    """A batch of customers was imported: ask about everybody, once an import."""
    start_deciding(slot=f"import:{event.payload['import_id']}")


def decide_kinds_after_values(event: Announced) -> None:
    """Everybody was valued again: ask about everybody, once a recompute."""
    start_deciding(slot=f"values:{event.payload['job_id']}")


def decide_kinds_by_new_rules(event: Announced) -> None:
    """Other rules for kinds are in force, or none: ask about everybody. A later start begins with that night's work."""
    if event.payload["kind"] == KIND:
        start_deciding(slot=f"rules:{event.id}")
