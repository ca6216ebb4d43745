"""`contact-checks/`: may we contact this customer, now, this way, for this? Never sends anything."""

from collections import Counter
from dataclasses import replace
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from privacy.api.check_bodies import (
    AnswerFilters,
    AnswerSerializer,
    AnswersSerializer,
    LoggedAnswerSerializer,
    QuestionSerializer,
    QuestionsSerializer,
)
from privacy.gate import Ask, Given, check_many
from privacy.policy.facts import Message
from privacy.selectors.checks import (
    askable_customer,
    askable_customers,
    ordinary_message,
    visible_answer,
    visible_answers,
)
from tenancy.api.bulk import BulkSerializer
from tenancy.api.pagination import Orderings
from tenancy.api.problems import problem_of
from tenancy.api.viewsets import ApiViewSet, found

ASKED_FOR = "API"


class ContactCheckViewSet(ApiViewSet):
    """Answers are logged with what they stood on; an unknown customer is 404."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "privacy.view_consent",
        "retrieve": "privacy.view_consent",
        "create": "privacy.check_contact",
    }
    tag = "contact checks"
    serializer_class = AnswerSerializer
    filters = AnswerFilters
    orderings = Orderings({"asked_at": "asked_at"}, default="-asked_at")

    @extend_schema(responses=LoggedAnswerSerializer(many=True))
    def list(self, request: Request) -> Response:
        """A page of answers about customers in scope, the newest first."""
        return self.answer_page(LoggedAnswerSerializer, visible_answers(self.access))

    @extend_schema(responses=LoggedAnswerSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One answer as it was given."""
        return self.answer(LoggedAnswerSerializer, found(visible_answer(self.access, pk)))

    @extend_schema(request=QuestionSerializer, responses={200: AnswerSerializer})
    def create(self, request: Request) -> Response:
        """Ask. A refusal is an answer too: it is 200 with `deny` and the reason."""
        body = self.read(QuestionSerializer)
        found(askable_customer(self.access, body["customer"]))
        (given,) = check_many([ask_of(body, ordinary_message())])
        if given.answer_id is None:
            raise Http404
        return Response(self.show(AnswerSerializer, shown(given)))


class ContactCheckBatchViewSet(ApiViewSet):
    permissions: ClassVar[dict[str, str]] = {"create": "privacy.check_contact"}
    tag = "contact checks"

    @extend_schema(
        operation_id="contact_checks_batch", request=QuestionsSerializer, responses={200: AnswersSerializer}
    )
    def create(self, request: Request) -> Response:
        """Ask up to 1,000 questions; each is answered by itself, in the order sent."""
        bodies = [self._checked(item) for item in self.read(BulkSerializer)["items"]]
        mine = askable_customers(self.access, {body["customer"] for body in bodies if isinstance(body, dict)})
        ordinary = ordinary_message()
        asked = [
            Http404() if isinstance(body, dict) and body["customer"] not in mine else body for body in bodies
        ]
        asks = [ask_of(body, ordinary) for body in asked if isinstance(body, dict)]
        answers = iter(check_many(asks))
        items = [next(answers) if isinstance(body, dict) else body for body in asked]
        results = [{"index": index, **_item(one)} for index, one in enumerate(items)]
        counts = Counter(one["answer"]["decision"] if one["answer"] else "refused" for one in results)
        sums = {name: counts[name] for name in ("allow", "deny", "defer", "refused")}
        return Response(self.show(AnswersSerializer, {**sums, "results": results}))

    def _checked(self, item: dict[str, Any]) -> dict[str, Any] | Exception:
        serializer = QuestionSerializer(data=item, context=self.get_serializer_context())
        try:
            serializer.is_valid(raise_exception=True)
        except Exception as error:
            return error
        values: dict[str, Any] = serializer.validated_data
        return values


def _item(one: Given | Exception) -> dict[str, Any]:
    if isinstance(one, Given) and one.answer_id is None:
        one = Http404()
    if isinstance(one, Given):
        return {"status": 200, "answer": shown(one), "problem": None}
    problem = problem_of(one)
    return {"status": problem.status, "answer": None, "problem": problem.as_dict()}


def ask_of(body: dict[str, Any], ordinary: Message) -> Ask:
    return Ask(
        customer_id=body["customer"], channel=body["channel"], purpose=body["purpose"], at=body.get("at"),
        contact_point_id=body.get("contact_point"), asked_for=ASKED_FOR,
        message=_message(body["message"], ordinary) if body.get("message") else ordinary,
    )  # fmt: skip


def _message(said: dict[str, Any], ordinary: Message) -> Message:
    """What is said of it; the rest as usual."""
    product = said.pop("product", {})
    if "owner" in product:
        said["product_owner"] = product["owner"]
    if "similar_to_purchase" in product:
        said["similar_to_purchase"] = product["similar_to_purchase"]
    return replace(ordinary, **said)


def shown(given: Given) -> dict[str, Any]:
    """As AnswerSerializer reads it."""
    ask, answer = given.ask, given.answer
    return {
        "id": given.answer_id, "customer": ask.customer_id, "channel": ask.channel, "purpose": ask.purpose,
        "decision": answer.decision, "until": answer.until, "code": answer.code, "all_codes": answer.all_codes,
        "obligations": answer.obligations, "evidence_ids": answer.evidence_ids,
        "policy_version": answer.policy_version, "as_of": answer.as_of,
    }  # fmt: skip
