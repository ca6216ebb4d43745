"""Reports of mail servers and mail providers about what we sent.

They are matched by the Message-ID that we gave the mail, which nobody knows but whoever had the mail in their hands:
what names none of ours changes nothing.
"""

from interactions.mails.reports import Bounce, Complaint
from interactions.models import InboundMail
from interactions.services.inbound_sent import Sent, sent_among
from interactions.services.inbound_stops import stop_everything
from interactions.services.news import Kind, mark_invalid, note_news

State = InboundMail.State


def take_bounce(mail: InboundMail, bounce: Bounce) -> None:
    """What came back for good ends the address where it will never work; the rest is noted."""
    mail.kind, mail.state, mail.text = InboundMail.Kind.BOUNCE, State.IGNORED, ""
    sent = sent_among(bounce.mail_ids)
    if sent is None:
        mail.why = "It names no message that we sent, so nothing follows from it."
        return
    _file(mail, sent)
    if bounce.is_about_address:
        # The customer is locked for it; first, so that nobody waits in a circle.
        mark_invalid(sent, detail=f"mail came back: {bounce.status}")
    said = f"{bounce.status} {bounce.detail}".strip()
    note_news(sent=sent, kind=_kind(bounce), key=f"mail:{mail.id}", detail=said, at=mail.received_at)
    mail.why = f"A message {_words(bounce)} ({bounce.status})."


def _kind(bounce: Bounce) -> str:
    if bounce.is_hard:
        return Kind.BOUNCED
    return Kind.DELIVERED if bounce.action == "delivered" else Kind.DELAYED


def _words(bounce: Bounce) -> str:
    if bounce.is_hard:
        return "came back for good"
    return "was delivered" if bounce.action == "delivered" else "could not be delivered yet"


def take_complaint(mail: InboundMail, complaint: Complaint) -> None:
    """Somebody pressed "this is spam": everything of marketing ends, on every channel."""
    mail.kind, mail.state, mail.text = InboundMail.Kind.COMPLAINT, State.IGNORED, ""
    sent = sent_among(complaint.mail_ids)
    if sent is None:
        mail.why = "It names no message that we sent, so nothing follows from it."
        return
    _file(mail, sent)
    stop_everything(
        sent, source="complaint", key=f"complaint:{sent.contact.id}",
        detail={"mail": str(mail.id), "kind": complaint.kind, "reporter": complaint.reporter},
    )  # fmt: skip
    note_news(
        sent=sent, kind=Kind.COMPLAINED, key=f"mail:{mail.id}", detail=complaint.kind, at=mail.received_at
    )
    mail.why = "A message was reported as unwanted: marketing ended."


def _file(mail: InboundMail, sent: Sent) -> None:
    mail.state, mail.customer_id, mail.message = State.FILED, sent.customer_id, sent.message
