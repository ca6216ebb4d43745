"""What rules can ask about answers to surveys."""

from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet, Subquery

from interactions.models import SurveyAnswer
from rules.catalogue import Beside, Cost, Fact, PersonalDataClass, Type

BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR


def _answers(kind: str) -> QuerySet[SurveyAnswer]:
    """The newest answer of each customer to surveys of a kind."""
    rows = SurveyAnswer.objects.filter(ask__survey__kind=kind)
    return rows.order_by("ask__customer_id", "-answered_at").distinct("ask__customer_id")


def _last_score(kind: str) -> Any:
    rows = SurveyAnswer.objects.filter(ask__customer_id=OuterRef("customer_id"), ask__survey__kind=kind)
    return Subquery(rows.order_by("-answered_at").values("score")[:1])


def _score(key: str, label: str, kind: str, unit: str, explanation: str) -> Fact:
    return Fact(
        key, label, Type.COUNT, explanation, BEHAVIOUR, _last_score(kind), unit=unit, cost=Cost.RELATED,
        permission="interactions.view", beside=Beside(lambda: _answers(kind), "ask__customer_id", F("score")),
    )  # fmt: skip


SURVEY_FACTS: Final = (
    _score(
        "interactions.last_nps", "Last recommendation (NPS)", "nps", "of 10",
        "What they answered last when asked whether they would recommend us, 0 to 10; unknown for who did not answer.",
    ),
    _score(
        "interactions.last_csat", "Last satisfaction (CSAT)", "csat", "of 5",
        "How satisfied they last said they were with a contact, 1 to 5; unknown for who did not answer.",
    ),
)  # fmt: skip
