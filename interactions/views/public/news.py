"""Where the provider of a connector says what became of messages, signed. `tenancy.public` has read the link."""

import json
from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from interactions.models import Connector
from interactions.selectors.connectors import connector_here
from interactions.services.connectors import connection_of
from interactions.services.inbound_news import News, NewsRefused, take_news
from interactions.views.public.mails import body_of, plain
from tenancy.links import Kind
from tenancy.permissions import PUBLIC, requires
from tenancy.public import PublicRequest, nothing_here

MOST: Final = 64 * 1024


@requires(PUBLIC)
@csrf_exempt
@require_POST
def news(request: PublicRequest, token: str) -> HttpResponse:
    """202 taken, also where it was before; 401 not signed by the provider; 409 tell it again later."""
    connector = connector_here(request.link.ids[0]) if request.link.kind is Kind.NEWS else None
    if connector is None:
        return nothing_here(request)
    body = body_of(request, MOST)
    if body is None:
        return plain("One piece of news has at most 64 KiB.\n", 413)
    if not _is_signed(connector, request, body):
        return plain("", 401)
    said = _read(body)
    if said is None:
        return plain('Send JSON: {"type": "message.delivered", "data": {"id": "..."}}\n', 400)
    try:
        take_news(connector=connector, news=News(request.headers["webhook-id"], *said))
    except NewsRefused as refused:
        return plain(f"{refused}\n", 409 if refused.code == "unknown" else 400)
    return plain("Taken.\n", 202)


def _is_signed(connector: Connector, request: PublicRequest, body: bytes) -> bool:
    try:
        Webhook(connection_of(connector).secret).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # a signature that is none, or a body that is no text
        return False
    return True


def _read(body: bytes) -> tuple[str, dict[str, Any]] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("type"), str)
        or not isinstance(said.get("data"), dict)
    ):
        return None
    return said["type"], said["data"]
