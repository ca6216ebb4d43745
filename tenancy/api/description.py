"""`schema/` and `docs/`: the API describes itself; the readable page is plain HTML and needs no script."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenancy.api.problems import TITLES
from tenancy.permissions import PUBLIC, public


@cache
def document() -> dict[str, Any]:
    """The OpenAPI description of every endpoint, made once a process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


class SchemaView(APIView):
    permission = PUBLIC
    schema = None
    authentication_classes = ()

    def get(self, request: Request) -> Response:
        return Response(document())


@dataclass(frozen=True)
class Example:
    title: str
    text: str


@dataclass
class Operation:
    """One method of one address, as the readable page shows it."""

    method: str
    path: str
    summary: str
    parameters: list[dict[str, Any]]
    statuses: list[tuple[str, str]]
    examples: list[Example] = field(default_factory=list)

    @property
    def short(self) -> str:
        return self.path.removeprefix("/api/v1")

    @property
    def anchor(self) -> str:
        return f"{self.method}-{self.path}".lower().replace("/", "-").replace("{", "").replace("}", "")


@public
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description for people."""
    problems = [(code, status, title) for code, (status, title) in TITLES.items()]
    return render(request, "api/docs.html", {"groups": groups(), "problems": problems})


@cache
def groups() -> dict[str, list[Operation]]:
    """Operations by tag, in the order of their addresses."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document()["paths"].items():
        for method, said in methods.items():
            found.setdefault(said["tags"][0], []).append(_operation(method, path, said))
    return found


def _operation(method: str, path: str, said: dict[str, Any]) -> Operation:
    statuses = [(code, body.get("description", "")) for code, body in said["responses"].items()]
    examples = _examples("Send", said.get("requestBody", {}))
    for code, body in said["responses"].items():
        if code.startswith("2"):
            examples += _examples(f"Answer {code}", body)
    return Operation(
        method=method.upper(), path=path, summary=said.get("description", ""),
        parameters=said.get("parameters", []), statuses=statuses, examples=examples,
    )  # fmt: skip


def _examples(title: str, body: dict[str, Any]) -> list[Example]:
    media = body.get("content", {}).get("application/json", {})
    values = [example["value"] for example in media.get("examples", {}).values()]
    return [Example(title, json.dumps(value, indent=2, ensure_ascii=False)) for value in values[:1]]
