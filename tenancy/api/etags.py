"""ETag and If-Match: an edit names what it was made from, and a lost update is refused."""

import hashlib
import json
from typing import Any

from rest_framework.request import Request

from tenancy.api.problems import Refusal


def version_etag(version: int) -> str:
    """The ETag of a thing that counts its changes."""
    return f'"v{version}"'


def content_etag(representation: Any) -> str:
    """The ETag of a thing that does not: a hash of what is shown of it."""
    text = json.dumps(representation, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def has_condition(request: Request) -> bool:
    return "If-Match" in request.headers


def require_match(request: Request, current: str) -> None:
    """Refuse (412) when the request names another state than the current one. No If-Match: anything goes."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return
    if current not in [tag.strip() for tag in wanted.split(",")]:
        raise Refusal("precondition_failed", "Read it again, apply your change to what it is now, send that.")
