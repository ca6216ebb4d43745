"""Many items in one request, each on its own: what one of them breaks, the others do not feel."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from tenancy.api.problems import problem_of
from tenancy.api.serializers import ProblemSerializer, StrictSerializer

MOST = 1000


class BulkSerializer(StrictSerializer):
    """Up to 1,000 items; each is checked by itself."""

    items = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST)


class BulkAnswerItem(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Which item, counted from 0.")
    status = serializers.IntegerField(help_text="What the item alone would have been answered with.")
    id = serializers.UUIDField(allow_null=True)
    problem = ProblemSerializer(allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "one made, one refused",
            value={
                "created": 1, "updated": 0, "unchanged": 0, "refused": 1,
                "results": [
                    {"index": 0, "status": 201, "id": "0192f0c1-2b3c-7d4e-8f50-617283940a1b", "problem": None},
                    {"index": 1, "status": 400, "id": None, "problem": {
                        "type": "/api/v1/docs/#invalid", "title": "Some values are not valid", "status": 400,
                        "detail": "name: This field is required.", "code": "invalid",
                        "errors": {"name": ["This field is required."]}}},
                ],
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class BulkAnswer(serializers.Serializer[Any]):
    """Counts, and an answer for each item in the order sent."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkAnswerItem(many=True)


# An item -> the id of what it is about, and its outcome: "created", "updated" or "unchanged".
Take = Callable[[dict[str, Any]], tuple[Any, str]]


def take_items(items: list[dict[str, Any]], take: Take) -> dict[str, Any]:
    """Run `take` for each item in a savepoint of its own; the shape of `BulkAnswer`."""
    return _counted([_take_one(item, take) for item in items])


def answer_items(outcomes: Sequence[tuple[Any, str] | Exception]) -> dict[str, Any]:
    """The same for items that were taken together: of each its id and outcome, or why it was refused."""
    return _counted([_refused(one) if isinstance(one, Exception) else _taken(*one) for one in outcomes])


def _counted(answers: list[dict[str, Any]]) -> dict[str, Any]:
    results = [{"index": index, **answer} for index, answer in enumerate(answers)]
    counts = dict.fromkeys(("created", "updated", "unchanged", "refused"), 0)
    for result in results:
        counts[result.pop("outcome")] += 1
    return {**counts, "results": results}


def _take_one(item: dict[str, Any], take: Take) -> dict[str, Any]:
    try:
        with transaction.atomic():
            found, outcome = take(item)
    except Exception as error:
        return _refused(error)
    return _taken(found, outcome)


def _taken(found: Any, outcome: str) -> dict[str, Any]:
    status = 201 if outcome == "created" else 200
    return {"outcome": outcome, "status": status, "id": found, "problem": None}


def _refused(error: Exception) -> dict[str, Any]:
    problem = problem_of(error)
    if problem.status >= 500:
        raise error
    return {"outcome": "refused", "status": problem.status, "id": None, "problem": problem.as_dict()}
