"""Answers of customers to surveys: the last one counts, for as long as the question is open."""

from django.db import transaction
from django.utils import timezone

from crm.services.timeline import Entry, add_entry, rewrite_entry
from interactions.events import SurveyAnswered
from interactions.models import SurveyAnswer, SurveyAsk
from interactions.scales import SCALES, scores_of
from interactions.services.holding import hold_customer
from interactions.services.refusals import require_text
from interactions.services.survey_asks import open_until
from interactions.services.surveys import SurveyRefused
from tenancy.outbox import emit

MOST = 2_000
EXCERPT = 400


def answer_survey(*, ask: SurveyAsk, score: int, text: str = "") -> SurveyAnswer:
    """Keep what a customer answers, or changed their mind to. Raises SurveyRefused and CustomerRefused."""
    if score not in scores_of(ask.survey.kind):
        raise SurveyRefused("Choose one of the numbers.", field="score", code="score")
    words = require_text(SurveyRefused, text, field="text", most=MOST)
    now = timezone.now()
    with transaction.atomic():
        hold_customer(ask.customer_id)
        held = SurveyAsk.objects.select_for_update(of=("self",)).select_related("survey").get(id=ask.id)
        if open_until(held) < now:
            raise SurveyRefused("This question is closed.", code="closed")
        answer, is_new = SurveyAnswer.objects.update_or_create(
            ask=held, defaults={"score": score, "text": words, "answered_at": now}
        )
        held.state, held.asked_at = SurveyAsk.State.ANSWERED, held.asked_at or now
        held.save(update_fields=["state", "asked_at"])
        (add_entry if is_new else rewrite_entry)(timeline_entry(held, answer))
        emit(SurveyAnswered(held.customer_id, held.id))
    return answer


def timeline_entry(ask: SurveyAsk, answer: SurveyAnswer) -> Entry:
    words = answer.text if len(answer.text) <= EXCERPT else f"{answer.text[: EXCERPT - 1]}…"
    return Entry(
        customer_id=ask.customer_id, at=answer.answered_at, kind="survey", key=f"survey:{ask.id}",
        title=f"Answered {score_words(ask.survey.kind, answer.score)}: {ask.survey.name}", text=words,
    )  # fmt: skip


def score_words(kind: str, score: int) -> str:
    """ "4 of 5" """
    return f"{score} of {SCALES[kind][1]}"
