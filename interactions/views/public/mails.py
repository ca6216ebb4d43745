"""Where a mail server hands over mail, by the secret link of a mailbox. `tenancy.public` has read the link."""

from django.http import HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from interactions.selectors.mailboxes import mailbox_here
from interactions.services.inbound import MOST_BYTES, MailRefused, receive_mail
from tenancy.links import Kind
from tenancy.permissions import PUBLIC, requires
from tenancy.public import PublicRequest, nothing_here

TOO_LARGE = f"A mail has at most {MOST_BYTES >> 20} MiB.\n"


@requires(PUBLIC)
@csrf_exempt
@require_POST
def mail(request: PublicRequest, token: str) -> HttpResponse:
    """The body is the mail as it came over the wire. 202 taken in, also where it was before; 413 too large."""
    mailbox = mailbox_here(request.link.ids[0]) if request.link.kind is Kind.MAIL else None
    if mailbox is None:
        return nothing_here(request)
    raw = body_of(request, MOST_BYTES)
    if raw is None:
        return plain(TOO_LARGE, 413)
    if not raw.strip():
        return plain("Send the mail itself as the body of the request, as it came over the wire.\n", 400)
    try:
        receive_mail(mailbox=mailbox, raw=raw)
    except MailRefused as refused:
        return plain(f"{refused}\n", 413 if refused.code == "too_large" else 404)
    return plain("Taken in.\n", 202)


def body_of(request: PublicRequest, most: int) -> bytes | None:
    """The body; None where it is larger, and then no more of it was read than that."""
    try:
        if int(request.headers.get("Content-Length") or 0) > most:
            return None
        raw = request.read(most + 1)
    except (ValueError, UnreadablePostError):
        return b""
    return None if len(raw) > most else raw


def plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
