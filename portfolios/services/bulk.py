"""Many customers change hands: at once while they are few, as a job beyond that.

Each customer is checked again, in the job, against the scope that whoever asked for it has by then.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from crm.selectors.scope import visible_summaries
from crm.selectors.where import FilterUnreadable, Raw, rows_for
from portfolios.models import Portfolio
from portfolios.services.assignments import TransferRefused, transfer_customers
from tenancy.access import Access
from tenancy.context import current_tenant_id, tenant_context
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart
from tenancy.selectors.acting import access_again

AT_ONCE: Final = 200
PART: Final = 5_000
KIND: Final = "portfolios.transfer"


def transfer_chosen(*, access: Access, customer_ids: Sequence[UUID], to: Portfolio, reason: str) -> Job | int:
    """Transfer customers in the scope of `access`: how many moved, or the job that moves them.

    Raises TransferRefused, also when one of them is not (or no longer) in the scope; then none has moved.
    """
    wanted = list(dict.fromkeys(customer_ids))
    if visible_summaries(access).filter(customer_id__in=wanted).count() != len(wanted):
        raise TransferRefused("Some of these customers are not in your reach any more; load the list again.")
    if len(wanted) > AT_ONCE:
        return _start(access, to, reason, {"ids": [str(id_) for id_ in wanted]}, len(wanted))
    return transfer_customers(
        customer_ids=wanted, to=to, reason=reason, author_name=access.member.name if access.member else ""
    ).customers


def transfer_matching(*, access: Access, where: Raw, to: Portfolio, reason: str) -> Job | int:
    """Transfer everybody in the scope whom the filter keeps. Raises TransferRefused."""
    try:
        rows = rows_for(access, {"where": where}).order_by("customer_id")
    except FilterUnreadable as error:
        raise TransferRefused(str(error)) from error
    first = list(rows.values_list("customer_id", flat=True)[: AT_ONCE + 1])
    if len(first) <= AT_ONCE:
        return transfer_chosen(access=access, customer_ids=first, to=to, reason=reason)
    return _start(access, to, reason, {"where": where}, None)


def _start(access: Access, to: Portfolio, reason: str, chosen: dict[str, object], count: int | None) -> Job:
    if not reason.strip():
        raise TransferRefused("Say why; the next manager and the customer's timeline will show it.")
    number = f"{count:,} customers" if count else "customers"
    return start_job(
        kind=KIND,
        title=f"Transfer {number} to {to.name}",
        arguments={"to": str(to.id), "reason": reason.strip(), **chosen},
        created_by=access.member,
    )


def _plan(job: Job) -> Iterator[Part]:
    """Who moves is decided here, once: customers who match later stay where they are."""
    access = _asker(job)
    try:
        rows = rows_for(access, job.arguments)
    except FilterUnreadable as error:
        raise JobFailed(str(error)) from error
    ids = [str(id_) for id_ in rows.order_by("customer_id").values_list("customer_id", flat=True)]
    for start in range(0, len(ids), PART):
        chunk = ids[start : start + PART]
        yield Part({"ids": chunk}, rows=len(chunk))


def _run_part(job: Job, part: JobPart) -> None:
    access = _asker(job)
    rows = visible_summaries(access).filter(customer_id__in=part.arguments["ids"])
    ids = list(rows.values_list("customer_id", flat=True))
    to = Portfolio.objects.filter(id=job.arguments["to"]).first()
    if to is None or access.member is None:
        raise JobFailed("The portfolio does not exist any more; choose another.")
    with tenant_context(current_tenant_id(), actor=access.actor):
        try:
            transfer_customers(
                customer_ids=ids, to=to, reason=job.arguments["reason"], author_name=access.member.name
            )
        except TransferRefused as error:
            raise JobFailed(str(error)) from error


def _finish(job: Job) -> None:
    job.result = {"customers": job.rows_done}


def _asker(job: Job) -> Access:
    access = access_again(job.created_by_id)
    if access is None or not access.may("portfolios.transfer_customer"):
        raise JobFailed("Whoever asked for this transfer may not do it any more.")
    return access


TRANSFER: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish)
