"""Measuring how consents stand: by night, and when somebody asks. In parts, each a range of customers."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from privacy.models import ConsentChain
from privacy.models.health import ConsentCount, ConsentMeasure
from privacy.selectors.worth import Worth, chain_ranges, worths_between
from tenancy.jobs import JobKind, Part, start_job
from tenancy.models import Job, JobPart, Member

KIND: Final = "privacy.health"
TITLE: Final = "Measuring what consents are worth"
RANGE: Final = 10_000
"""Customers of one part: a few seconds where each has ten events."""
MOST_SOURCES: Final = 300
OTHERS: Final = "other sources"
KEPT: Final = timedelta(days=62)
_LINE: Final = ("purpose", "channel", "state", "code", "method", "source")


def start_measure(*, slot: str | None = None, created_by: Member | None = None) -> Job:
    """Measure the whole ledger; one that runs already is joined, unless this one has a slot of its own."""
    running = None if slot else running_measure()
    return running or start_job(kind=KIND, title=TITLE, arguments={}, created_by=created_by, slot=slot)


def start_nightly(slot: str) -> None:
    start_measure(slot=f"night:{slot}")


def running_measure() -> Job | None:
    unfinished = Job.objects.filter(kind=KIND, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    return unfinished.order_by("created_at").first()


def plan(job: Job) -> Iterator[Part]:
    ConsentMeasure.objects.get_or_create(job=job, defaults={"as_of": timezone.now()})
    for number, (first, last, count) in enumerate(chain_ranges(RANGE), start=1):
        yield Part({"first": str(first), "last": str(last), "part": number}, rows=count)


def run_part(job: Job, part: JobPart) -> None:
    """Count one range. Its counts are written with the part, so one that is run again counts once."""
    measure = ConsentMeasure.objects.get(job=job)
    first, last = UUID(part.arguments["first"]), UUID(part.arguments["last"])
    counted = Counter(_line(one) for one in worths_between(first, last, as_of=measure.as_of))
    _write(measure, part.arguments["part"], counted)


def _line(one: Worth) -> tuple[str, ...]:
    event = one.standing.event
    how = (event.method or "", event.source or "") if event else ("", "")
    return (one.purpose, one.channel, one.standing.state, one.standing.code or "", *how)


def _write(measure: ConsentMeasure, part: int, counted: Counter[tuple[str, ...]]) -> None:
    ConsentCount.objects.bulk_create(
        (
            ConsentCount(
                measure=measure, part=part, customers=customers, **dict(zip(_LINE, line, strict=True))
            )
            for line, customers in counted.items()
        ),
        batch_size=1_000,
    )


def finish(job: Job) -> None:
    """Add up the parts; what is older than two months keeps its sums alone."""
    measure = ConsentMeasure.objects.get(job=job)
    rows = measure.counts.values_list(*_LINE).annotate(sum=Sum("customers"))
    counted = _folded(Counter({tuple(line): customers for *line, customers in rows}))
    measure.counts.all().delete()
    _write(measure, 0, counted)
    measure.customers = ConsentChain.objects.count()
    measure.consents = sum(_of_state(counted, "granted", "claimed"))
    measure.provable = sum(_of_state(counted, "granted"))
    measure.taken_at = timezone.now()
    measure.save(update_fields=["customers", "consents", "provable", "taken_at"])
    _forget(before=measure.taken_at - KEPT)


def _of_state(counted: Counter[tuple[str, ...]], *states: str) -> Iterator[int]:
    return (customers for line, customers in counted.items() if line[2] in states)


def _folded(counted: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """Sources that few consents came from are counted together, so that a page can show them."""
    by_source: Counter[str] = Counter()
    for line, customers in counted.items():
        by_source[line[-1]] += customers
    shown = {source for source, _ in by_source.most_common(MOST_SOURCES)}
    folded: Counter[tuple[str, ...]] = Counter()
    for line, customers in counted.items():
        folded[line if line[-1] in shown else (*line[:-1], OTHERS)] += customers
    return folded


def _forget(*, before: datetime) -> None:
    ConsentCount.objects.filter(measure__as_of__lt=before).delete()
    # One that never ended has nothing to say.
    ConsentMeasure.objects.filter(taken_at=None, as_of__lt=before).delete()


MEASURE: Final = JobKind(KIND, plan, run_part, finish)
