"""The schema is true: what endpoints answer is what it says, and every operation has its examples."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from tenancy.api.description import document
from tenancy.api.problems import TITLES
from tests.api.conftest import V1, token_client, undone
from tests.api.test_table import TABLE, filled
from tests.cast import Company


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, said)
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
    ]


def loosened(schema: Any) -> Any:
    """OpenAPI 3.0 says `nullable`; JSON Schema says a second type."""
    if isinstance(schema, list):
        return [loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: loosened(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def require_shape(path: str, method: str, answer: Any) -> None:
    """The answer's status is documented for the operation, and its body has the documented shape."""
    said = document()["paths"][path][method]["responses"]
    assert str(answer.status_code) in said, f"{method} {path} answered {answer.status_code}"
    content = said[str(answer.status_code)].get("content")
    if not content:
        assert not answer.content
        return
    schema = loosened(content[answer["Content-Type"]]["schema"])
    schema["components"] = loosened(document()["components"])
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())]
    assert errors == [], f"{method} {path}: {errors}"


def template_of(route: str) -> str:
    """The documented address of a row of the table."""
    wanted = [
        part if "{" not in part and part != "ada-1" else None for part in (V1 + route).strip("/").split("/")
    ]
    for path in document()["paths"]:
        parts = [part if "{" not in part else None for part in path.strip("/").split("/")]
        if parts == wanted:
            return path
    raise AssertionError(f"{route} is not described")


@pytest.mark.parametrize("role", ["administrator", "api-client", "frontline"])
def test_answers_have_the_documented_shape(
    company_a: Company,
    things: dict[str, str],
    role: str,
) -> None:
    client = token_client(company_a, role)
    for (route, method), (body, _) in TABLE.items():
        data = {} if body is None else {"data": filled(body, things), "format": "json"}
        with undone():
            answer = getattr(client, method.lower())(V1 + route.format(**things), **data)
        require_shape(template_of(route), method.lower(), answer)


def test_every_operation_has_examples() -> None:
    for path, method, said in operations():
        bodies = [said["requestBody"]] if "requestBody" in said else []
        bodies += [
            body for code, body in said["responses"].items() if code.startswith("2") and "content" in body
        ]
        for body in bodies:
            assert all(media.get("examples") for media in body["content"].values()), f"{method} {path}"


def test_examples_have_the_documented_shape() -> None:
    components = loosened(document()["components"])
    for path, method, said in operations():
        for body in [said.get("requestBody", {}), *said["responses"].values()]:
            media = body.get("content", {}).get("application/json")
            if not media or "examples" not in media:
                continue
            schema = {**loosened(media["schema"]), "components": components}
            for example in media["examples"].values():
                errors = [e.message for e in Draft202012Validator(schema).iter_errors(example["value"])]
                assert errors == [], f"{method} {path}: {errors}"


def test_every_operation_says_what_it_does_and_what_it_needs() -> None:
    for path, method, said in operations():
        first = said["description"].split("\n")[0]
        assert first.endswith((".", "(200).", ")")), f"{method} {path}: {first!r}"
        assert "Permission: `" in said["description"], f"{method} {path}"
        if method == "post":
            assert any(p["name"] == "Idempotency-Key" for p in said["parameters"]), path


def test_the_schema_is_public_and_complete(db: None) -> None:
    answer = APIClient().get(f"{V1}schema/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"].startswith("3.")
    assert len(operations()) == len(TABLE)


def test_the_readable_page_needs_no_script(db: None) -> None:
    answer = Client().get(f"{V1}docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self' 'nonce-" in answer["Content-Security-Policy"] or "unsafe" not in answer[
        "Content-Security-Policy"
    ]  # fmt: skip
    assert "<style" not in page
    assert " style=" not in page
    for path, _, _ in operations():
        assert path in page
    for code in TITLES:
        assert f'id="{code}"' in page


def test_problem_types_lead_to_the_readable_page(company_a: Company, charlie: APIClient) -> None:
    problem = charlie.get(f"{V1}customers/{company_a.customer['ada'].id}/").json()
    assert problem["type"] == "/api/v1/docs/#not_found"


@pytest.fixture
def open_connection() -> Iterator[None]:
    """The whole application runs in the test's transaction, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("open_connection")
def test_generated_requests_get_documented_answers(company_a: Company, things: dict[str, str]) -> None:
    """Property-based: schemathesis makes requests out of the schema, odd ones too."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    from config.wsgi import application

    client = token_client(company_a, "administrator")
    headers = {"Authorization": client._credentials["HTTP_AUTHORIZATION"]}
    schema = schemathesis.openapi.from_wsgi(f"{V1}schema/", application)
    failures = []
    for found in schema.get_all_operations():

        @given(case=found.ok().as_strategy())
        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def holds(case: Any) -> None:
            # Numbers that exist and cursors that were signed cannot be said in a schema.
            with undone():
                case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        try:
            holds()
        except Exception as error:
            failures.append(f"{found.ok().label}: {error}")
    assert failures == [], "\n".join(failures)
