"""One mail as this room sees it. Attachments are noted by name and size; nothing of them is kept, opened or served."""

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final

from interactions.mails.parsing import (
    Part,
    bytes_of,
    filename_of,
    header,
    headers,
    leaves,
    one_line,
    parsed,
    text_of,
    type_of,
)
from interactions.mails.reports import MAIL_ID, Bounce, Complaint, report_in
from interactions.mails.stop_words import stop_word_in
from interactions.mails.texts import MOST_HTML, own_words, text_of_html

MOST_TEXT: Final = 98_000
"""Characters of a text; with the notes below it fits into a contact."""
MOST_ATTACHED: Final = 20
_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_ANSWER: Final = ("re:", "aw:", "sv:", "rv:", "res:", "fwd:", "fw:", "wg:")
_BY_MACHINE: Final = ("list-id", "x-autoreply", "x-autorespond", "x-autoresponse", "feedback-id")


@dataclass(frozen=True)
class Letter:
    """A mail, read. `text` ends with notes on what was not kept; `own` was written now; `stop`: words that stop.

    `answers`: Message-IDs that it answers, the nearest first. `senders`: how many addresses From names.
    """

    mail_id: str
    from_address: str
    from_name: str
    senders: int
    subject: str
    text: str
    own: str
    stop: str
    answers: tuple[str, ...]
    is_automatic: bool
    loops: tuple[str, ...]
    checks: tuple[str, ...]
    report: Bounce | Complaint | None
    was_read: bool


def read_mail(raw: bytes) -> Letter:
    """Any bytes; never raises."""
    message, was_read = parsed(raw)
    name, address, senders = _sender(message)
    subject = header(message, "subject")[:200]
    report = report_in(message, address) if was_read else None
    text = _body(message)
    own = own_words(text)
    return Letter(
        mail_id=_mail_id(message), from_address=address, from_name=name, senders=senders, subject=subject,
        text=_with_notes(text, message, was_read), own=own, stop=_stop(subject, own if text.strip() else ""),
        answers=_answers(message), is_automatic=_is_automatic(message), loops=tuple(headers(message, "x-loop")),
        checks=tuple(headers(message, "authentication-results")), report=report, was_read=was_read,
    )  # fmt: skip


def _mail_id(message: Part) -> str:
    found = MAIL_ID.search(header(message, "message-id"))
    return found[1] if found else ""


def _sender(message: Part) -> tuple[str, str, int]:
    """(name, address, how many claim to have written it)"""
    try:
        values = message.get_all("from", [])
        found = [one for value in values for one in getattr(value, "addresses", ())]
        if found:
            address = found[0].addr_spec if found[0].domain else ""
            return one_line(found[0].display_name)[:120], one_line(address)[:254], len(found)
    except Exception:
        values = []
    name, address = parseaddr(header(message, "from"))
    return one_line(name)[:120], one_line(address)[:254] if "@" in address else "", len(values)


def _body(message: Part) -> str:
    """The plain text, else what the HTML says."""
    shown = [part for part in leaves(message) if not _is_attached(part)]
    plain = [text_of(part, MOST_TEXT + 1) for part in shown if type_of(part) == "text/plain"]
    text = "\n\n".join(one.strip("\n") for one in plain if one.strip())
    if not text.strip():
        pages = [text_of_html(text_of(part, MOST_HTML)) for part in shown if type_of(part) == "text/html"]
        text = "\n\n".join(one for one in pages if one)
    return text


def _is_attached(part: Part) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or type_of(part).split("/")[0] not in (
            "text",
            "multipart",
        )
    except Exception:
        return True


def _with_notes(text: str, message: Part, was_read: bool) -> str:
    notes = []
    if len(text) > MOST_TEXT:
        notes.append("It goes on: what is longer than that is not kept.")
        text = text[:MOST_TEXT]
    if not was_read:
        notes.append("Only the head of this mail could be read.")
    attached = [_attached_words(part) for part in leaves(message) if _is_attached(part)]
    if attached:
        more = f" and {len(attached) - MOST_ATTACHED:,} more" if len(attached) > MOST_ATTACHED else ""
        notes.append(f"Attached, and not kept: {', '.join(attached[:MOST_ATTACHED])}{more}.")
    return "\n\n".join([text.strip("\n"), *(f"[{note}]" for note in notes)]).strip()


def _attached_words(part: Part) -> str:
    """ "photo.jpg (212 kB)"; what it claims to be is not believed, and not said."""
    name = one_line(filename_of(part))[:80].replace("/", "_").replace("\\", "_")
    if type_of(part) == "message/rfc822":
        return name or "another mail"
    size = len(bytes_of(part))
    return f"{name or 'a file'} ({_size(size)})"


def _size(size: int) -> str:
    return f"{size:,} bytes" if size < 1_000 else f"{size / 1_000:,.0f} kB"


def _stop(subject: str, own: str) -> str:
    """Said in the words, or as the subject of a mail that was written anew: there a weak word needs an empty mail."""
    said = stop_word_in(own)
    if said or subject.lower().startswith(_ANSWER):
        return said
    return stop_word_in(subject, only_strong=bool(own.strip()))


def _answers(message: Part) -> tuple[str, ...]:
    near = MAIL_ID.findall(header(message, "in-reply-to"))
    far = MAIL_ID.findall(" ".join(headers(message, "references")))
    return tuple(dict.fromkeys([*near, *reversed(far)]))[:20]


def _is_automatic(message: Part) -> bool:
    """RFC 3834 and what was usual before it."""
    submitted = header(message, "auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if header(message, "precedence").lower() in _BULK or header(message, "return-path") == "<>":
        return True
    return any(headers(message, name) for name in _BY_MACHINE)
