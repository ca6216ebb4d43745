"""Surveys: what is asked, what was answered, and what the answers say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone

from crm.selectors.scope import visible_portfolios
from interactions.models import Survey, SurveyAnswer, SurveyAsk
from interactions.scales import ENOUGH, Estimate, estimate
from interactions.services.survey_answers import score_words
from privacy.selectors.holders import is_erased
from tenancy.access import Access
from tenancy.links import Link
from tenancy.selectors.keyset import Order, Page, ordered_page

MONTHS: Final = 12
NEWEST: Final = Order("answered_at", "ask_id", descending=True)


def surveys() -> QuerySet[Survey]:
    return Survey.objects.order_by("-is_active", "name")


def survey_here(survey_id: UUID) -> Survey | None:
    return Survey.objects.filter(id=survey_id).first()


def ask_of_link(link: Link) -> SurveyAsk | None:
    """What a link asks; None where nothing is kept any more. Where records were joined the ask went along."""
    rows = SurveyAsk.objects.select_related("survey", "customer", "interaction", "answer")
    ask = rows.filter(id=link.ids[1]).first()
    return None if ask is None or is_erased(ask.customer_id) else ask


def visible_answers(access: Access) -> QuerySet[SurveyAnswer]:
    """Answers of customers in the scope."""
    rows = SurveyAnswer.objects.select_related("ask__survey", "ask__customer__summary").filter(
        ask__customer__trashed_at=None
    )
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(ask__customer__summary__portfolio_id__in=portfolios)


@dataclass(frozen=True)
class AnswerLine:
    answer: SurveyAnswer
    score: str
    customer_url: str


def answer_line(access: Access, answer: SurveyAnswer) -> AnswerLine:
    url = reverse("customer", args=[access.tenant.slug, answer.ask.customer_id])
    return AnswerLine(answer, score_words(answer.ask.survey.kind, answer.score), url)


@dataclass(frozen=True)
class Answers:
    """A page of answers; `elsewhere`: of customers that this member does not see."""

    page: Page[SurveyAnswer]
    lines: list[AnswerLine]
    elsewhere: int


def answers_page(access: Access, survey: Survey, month: date | None, cursor: str) -> Answers:
    """What was answered by those who were asked in a month (None: in the last twelve), newest first."""
    asked = _asked_in(month)
    everybody = SurveyAnswer.objects.filter(asked, ask__survey=survey)
    rows = visible_answers(access).filter(asked, ask__survey=survey)
    page = ordered_page(rows, NEWEST, cursor=cursor)
    return Answers(page, [answer_line(access, one) for one in page.rows], everybody.count() - rows.count())


def _asked_in(month: date | None) -> Q:
    if month is None:
        return Q(ask__asked_at__gte=first_month())
    begin = _midnight(month)
    return Q(ask__asked_at__gte=begin, ask__asked_at__lt=_midnight(next_month(month)))


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, timezone.get_current_timezone())


def first_month() -> datetime:
    """Where the last twelve months begin, in the company's zone."""
    today = timezone.localdate()
    count = today.year * 12 + today.month - MONTHS
    return _midnight(date(count // 12, count % 12 + 1, 1))


@dataclass(frozen=True)
class Figure:
    """What those say who were asked in one month (None: in all of them)."""

    month: date | None
    kind: str
    asked: int
    scores: dict[int, int]
    url: str

    @property
    def answered(self) -> int:
        return sum(self.scores.values())

    @property
    def estimate(self) -> Estimate | None:
        return estimate(self.kind, self.scores)

    @property
    def value_words(self) -> str:
        return _in_words(self.kind, self.estimate.value) if self.estimate else ""

    @property
    def interval_words(self) -> str:
        if self.estimate is None:
            return ""
        return f"{_in_words(self.kind, self.estimate.low)} to {_in_words(self.kind, self.estimate.high)}"

    @property
    def missing(self) -> int:
        """Answers until there is a figure."""
        return max(0, ENOUGH - self.answered)

    @property
    def share(self) -> int:
        """Answered of 100 asked."""
        return round(100 * self.answered / self.asked) if self.asked else 0

    @property
    def unknown(self) -> int:
        return self.asked - self.answered


def _in_words(kind: str, value: float) -> str:
    """ "83 %", "+12", "5.4" """
    if kind == "csat":
        return f"{value:.0f} %"
    return f"{value:+.0f}" if kind == "nps" else f"{value:.1f}"


@dataclass(frozen=True)
class Figures:
    survey: Survey
    whole: Figure
    months: list[Figure]


def figures(access: Access) -> list[Figures]:
    """The last twelve months of every survey that somebody was asked by: one statement for all."""
    counted: dict[UUID, dict[date, tuple[int, dict[int, int]]]] = {}
    for survey_id, month, score, count in _counts():
        asked, scores = counted.setdefault(survey_id, {}).setdefault(month.date(), (0, {}))
        if score is not None:
            scores[score] = scores.get(score, 0) + count
        counted[survey_id][month.date()] = (asked + count, scores)
    return [_figures_of(access, one, counted[one.id]) for one in surveys() if one.id in counted]


def _counts() -> Iterable[tuple[UUID, datetime, int | None, int]]:
    rows = SurveyAsk.objects.filter(asked_at__gte=first_month()).annotate(
        month=TruncMonth("asked_at"), score=F("answer__score")
    )
    return iter(rows.values_list("survey_id", "month", "score").annotate(count=Count("id")).order_by())


def _figures_of(access: Access, survey: Survey, months: dict[date, tuple[int, dict[int, int]]]) -> Figures:
    here = reverse("satisfaction_answers", args=[access.tenant.slug, survey.id])
    made = [
        Figure(month, survey.kind, asked, scores, f"{here}?month={month:%Y-%m}")
        for month, (asked, scores) in sorted(months.items(), reverse=True)
    ]
    every: dict[int, int] = {}
    for figure in made:
        for score, count in figure.scores.items():
            every[score] = every.get(score, 0) + count
    return Figures(survey, Figure(None, survey.kind, sum(one.asked for one in made), every, here), made)


def not_asked(survey: Survey) -> int:
    """How many were to be asked in the last twelve months and were not."""
    return SurveyAsk.objects.filter(survey=survey, state="withheld", due_at__gte=first_month()).count()


def answer_to_contact(interaction_id: UUID) -> dict[str, Any] | None:
    """What the customer answered about a contact: {survey, score: words, text, answered_at}."""
    answer = (
        SurveyAnswer.objects.select_related("ask__survey").filter(ask__interaction_id=interaction_id).first()
    )
    if answer is None:
        return None
    kind = answer.ask.survey.kind
    return {"survey": answer.ask.survey.name, "score": score_words(kind, answer.score), "text": answer.text,
            "answered_at": answer.answered_at}  # fmt: skip
