"""A portfolio closes: its customers move out, at once while they are few, as a job beyond that.

Until that job ends the portfolio is marked as closing: nobody comes in any more, and who would follow an organisation
there goes where its customers go.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from portfolios.models import Portfolio
from portfolios.services.assignments import transfer_customers
from portfolios.services.locks import hold_to_close
from tenancy.context import current_actor, current_tenant_id, tenant_context
from tenancy.jobs import JobFailed, JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member

AT_ONCE: Final = 200
PART: Final = 2_000
KIND: Final = "portfolios.close"
UNFINISHED: Final = (Job.State.QUEUED, Job.State.RUNNING)


def empty_and_close(*, portfolio: Portfolio, to: Portfolio, reason: str, author_name: str) -> Job | None:
    """Move everybody out of a portfolio that the caller holds alone, and close it; or begin the job that does.

    Raises TransferRefused.
    """
    customers = customers_in(portfolio)
    if len(customers) > AT_ONCE:
        return _start(portfolio, to, reason, author_name, len(customers))
    if customers:
        transfer_customers(
            customer_ids=customers, to=to, reason=reason, author_name=author_name, out_of=portfolio
        )
    _close(portfolio)
    return None


def closing_job(portfolio: Portfolio) -> Job | None:
    """The newest job that closes this portfolio, however it ended."""
    jobs = Job.objects.filter(kind=KIND, arguments__portfolio=str(portfolio.id))
    return jobs.order_by("-created_at", "-id").first()


def customers_in(portfolio: Portfolio, *, among: list[str] | None = None) -> list[UUID]:
    """Ids of those who are in the portfolio now; `among`: ids to look for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM portfolios_assignment WHERE tenant_id = %(tenant)s AND upper_inf(period)"
            " AND portfolio_id = %(portfolio)s AND (%(all)s OR customer_id = ANY(%(among)s::uuid[]))"
            " ORDER BY customer_id",
            {"tenant": current_tenant_id(), "portfolio": portfolio.id, "all": among is None, "among": among or []},
        )  # fmt: skip
        return [row[0] for row in cursor.fetchall()]


def _start(portfolio: Portfolio, to: Portfolio, reason: str, author_name: str, count: int) -> Job:
    portfolio.closing_to = to
    portfolio.save(update_fields=["closing_to"])
    kind, _, member = current_actor().partition(":")
    return start_job(
        kind=KIND,
        title=f"Close {portfolio.name}: {count:,} customers move to {to.name}"[:200],
        arguments={
            "portfolio": str(portfolio.id), "to": str(to.id), "reason": reason.strip(),
            "author_name": author_name, "actor": current_actor(),
        },
        created_by=Member.objects.filter(id=member).first() if kind == "member" else None,
    )  # fmt: skip


def _plan(job: Job) -> Iterator[Part]:
    """Nobody has come in since the portfolio was marked, so these are all."""
    ids = [str(id_) for id_ in customers_in(_marked(job))]
    for start in range(0, len(ids), PART):
        chunk = ids[start : start + PART]
        yield Part({"ids": chunk}, rows=len(chunk))


def _run_part(job: Job, part: JobPart) -> None:
    """Whoever was moved elsewhere or forgotten meanwhile is left alone. It was decided when it was asked for."""
    portfolio = _marked(job)
    _move(job, portfolio, customers_in(portfolio, among=part.arguments["ids"]))


def _finish(job: Job) -> None:
    hold_to_close([UUID(job.arguments["portfolio"])], UUID(job.arguments["to"]))
    portfolio = _marked(job)
    _move(job, portfolio, customers_in(portfolio))
    _close(portfolio)
    job.result = {"customers": job.rows_done}


def _cancelled(job: Job) -> None:
    """It stays open, with those who have not moved yet."""
    Portfolio.objects.filter(
        id=job.arguments["portfolio"], closing_to=job.arguments["to"], closed_at=None
    ).update(closing_to=None)


def _move(job: Job, portfolio: Portfolio, customer_ids: list[UUID]) -> None:
    if not customer_ids:
        return
    with tenant_context(current_tenant_id(), actor=job.arguments["actor"]):
        transfer_customers(
            customer_ids=customer_ids, to=_target(portfolio), out_of=portfolio, reason=job.arguments["reason"],
            author_name=job.arguments["author_name"],
        )  # fmt: skip


def _close(portfolio: Portfolio) -> None:
    portfolio.closed_at, portfolio.closing_to = timezone.now(), None
    portfolio.save(update_fields=["closed_at", "closing_to"])


def _marked(job: Job) -> Portfolio:
    """The portfolio, still closing as this job was asked to. Raises JobFailed."""
    found = Portfolio.objects.filter(id=job.arguments["portfolio"], closing_to=job.arguments["to"]).first()
    if found is None:
        raise JobFailed("Meanwhile the portfolio was closed otherwise, or stays open; close it anew.")
    return found


def _target(portfolio: Portfolio) -> Portfolio:
    return Portfolio.objects.get(closing_into_it=portfolio)


CLOSE: Final = JobKind(name=KIND, plan=_plan, run_part=_run_part, finish=_finish, cancelled=_cancelled)
