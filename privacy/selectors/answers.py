"""What the gate answered: the log, and today's answers in sums."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from privacy.models import GateAnswer
from privacy.selectors.browsing import Browsed, Stretch, browse
from tenancy.selectors.audit import names_of_actors

MOST_COUNTED: Final = 20_000


@dataclass(frozen=True)
class AnswerFilters(Stretch):
    """What is asked for; empty: anything."""

    decision: str = ""
    code: str = ""
    channel: str = ""
    purpose: str = ""

    def fitting(self) -> Q:
        return self.same("decision", "code", "channel", "purpose")

    def rows(self) -> QuerySet[GateAnswer]:
        return self.within(GateAnswer.objects.select_related("customer"), by="asked_at")


def browse_answers(filters: AnswerFilters, *, cursor: str = "") -> Browsed[GateAnswer]:
    """One page of the log, newest first."""
    return browse(filters.rows(), by="asked_at", fitting=filters.fitting(), cursor=cursor)


def answer_here(answer_id: UUID) -> GateAnswer | None:
    rows = GateAnswer.objects.select_related("customer", "policy", "looked_at")
    return rows.filter(id=answer_id).first()


@dataclass(frozen=True)
class AnswersToday:
    """Sums of the newest answers since a moment; `is_all`: there were no more than were counted."""

    total: int
    by_decision: dict[str, int]
    by_code: list[tuple[str, str, int]]
    since: datetime
    is_all: bool


def answers_since(since: datetime) -> AnswersToday:
    """Today's answers by decision and code; of very many the newest are counted, and that is said."""
    rows = GateAnswer.objects.filter(asked_at__gte=since).order_by("-asked_at", "-id")
    newest = list(rows.values_list("decision", "code", "asked_at")[: MOST_COUNTED + 1])
    counted = newest[:MOST_COUNTED]
    by_code = Counter((decision, code) for decision, code, _ in counted)
    is_all = len(newest) <= MOST_COUNTED
    return AnswersToday(
        total=len(counted),
        by_decision=dict(Counter(decision for decision, _, _ in counted)),
        by_code=[(decision, code, times) for (decision, code), times in by_code.most_common()],
        since=since if is_all else counted[-1][2],
        is_all=is_all,
    )


def actors_of(rows: list[GateAnswer]) -> dict[str, str]:
    """Actor -> name; those who have none are the system."""
    return names_of_actors(row.asked_by for row in rows)
