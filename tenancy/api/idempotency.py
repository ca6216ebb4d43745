"""`Idempotency-Key` on every POST: the same key and body get the same answer for 24 hours.

A middleware between the tenant's transaction and the view's: what a refusal rolls back, the record survives.
"""

import hashlib
import re
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from tenancy.api.problems import Problem, problem_of, problem_response
from tenancy.services.idempotency import Answer, KeyBusy, KeyReused, claim_key, keep_answer, release_key

KEY = re.compile(r"[\x21-\x7e]{1,200}")
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
# These say nothing about the request itself: the same one may be answered otherwise in a moment.
NOT_KEPT = {401, 403, 429}


class IdempotencyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or not _concerns(request):
            return self.get_response(request)
        if not KEY.fullmatch(key):
            return problem_response(
                Problem("malformed", "An Idempotency-Key is 1 to 200 visible ASCII characters.")
            )
        try:
            known = claim_key(key=key, route=f"POST {request.path}", digest=fingerprint(request))
        except KeyBusy:
            return problem_response(Problem("key_busy", "Wait for its answer.", headers={"Retry-After": "1"}))
        except KeyReused:
            return problem_response(Problem("key_reused", "Use a new key for a new request."))
        except (RequestDataTooBig, MultiPartParserError) as error:
            return problem_response(problem_of(error))
        return _repeated(known) if known else self._answered(request, key)

    def _answered(self, request: HttpRequest, key: str) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 500 or response.status_code in NOT_KEPT:
            release_key(key=key)
        else:
            headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            keep_answer(key=key, answer=Answer(response.status_code, headers, response.content))
        return response


def _concerns(request: HttpRequest) -> bool:
    inside = request.access is not None  # type: ignore[attr-defined]
    return inside and request.method == "POST" and request.path_info.startswith("/api/")


def _repeated(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    response["Idempotent-Replayed"] = "true"
    return response


def fingerprint(request: HttpRequest) -> bytes:
    """SHA-256 of path, query and body; of an upload its fields and files, since its boundary is random."""
    digest = hashlib.sha256(request.get_full_path().encode())
    if request.content_type == "multipart/form-data":
        for name, value in sorted(request.POST.items()):
            digest.update(f"\0{name}\0{value}".encode())
        for name, file in sorted(request.FILES.items()):
            digest.update(f"\0{name}\0{file.name}\0".encode())  # type: ignore[union-attr]
            for chunk in file.chunks():  # type: ignore[union-attr]
                digest.update(chunk)
            file.seek(0)  # type: ignore[union-attr]
    else:
        digest.update(b"\0" + request.body)
    return digest.digest()
