"""What crm does when something happened; `config/flow.py` says when."""

from collections.abc import Sequence

from crm.services.segments.keeping import keep_customers
from crm.services.segments.passes import start_pass
from tenancy.outbox import Announced, batched, ids_in


@batched()
def keep_segments(events: Sequence[Announced]) -> None:
    """Something became known of these customers: put them into the segments they now belong to, all at once."""
    touched = ids_in(events, "customer")
    if touched:
        keep_customers(touched)


def pass_segments(event: Announced) -> None:
    """Something was done to everybody, or to more than an event can name. Once for each import and job."""
    key = next(event.payload[name] for name in ("import_id", "job_id") if name in event.payload)
    start_pass(f"after:{key}")
