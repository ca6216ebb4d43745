"""What crm does when something happened; `config/flow.py` says when."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from crm.services.segments.keeping import keep_customers
from crm.services.segments.passes import start_pass
from tenancy.outbox import Announced, batched


@batched()
def keep_segments(events: Sequence[Announced]) -> None:
    """Something became known of these customers: put them into the segments they now belong to, all at once."""
    touched = {customer_id for event in events for customer_id in _named(event)}
    if touched:
        keep_customers(sorted(touched))


def _named(event: Announced) -> Iterable[UUID]:
    """The customers that an event is about: under `customer_id`, empty for an anonymous sale, or `customer_ids`."""
    one = event.payload.get("customer_id")
    return [UUID(key) for key in [one, *event.payload.get("customer_ids", ())] if key]


def pass_segments(event: Announced) -> None:
    """Something was done to everybody, or to more than an event can name. Once for each import and job."""
    key = next(event.payload[name] for name in ("import_id", "job_id") if name in event.payload)
    start_pass(f"after:{key}")
