"""From the bytes of a mail to its parts, by the standard library, within bounds: the parser is asked for nothing that
grows out of hand, and what it cannot read is read as far as its headers."""

import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Any, Final

Part = Message

LONGEST_HEADER: Final = 4_000
MOST_HEADERS: Final = 64 * 1024
"""Bytes of the head of a mail that are looked at where the whole cannot be read."""
MOST_LINES: Final = 1_000_000
MOST_BOUNDARIES: Final = 100
MOST_PARTS: Final = 1_000
_HEAD_ENDS: Final = re.compile(rb"\r?\n\r?\n")
_NO_TEXT: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TURNED: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class _Careful(policy.EmailPolicy):
    """A header that cannot be understood is empty, and none is read further than LONGEST_HEADER."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        try:
            return super().header_fetch_parse(name, value[:LONGEST_HEADER])
        except Exception:  # the parser of the standard library raises what it likes on what it did not expect
            return self.header_factory("x-unreadable", "")


CAREFUL: Final = _Careful()


def parsed(raw: bytes) -> tuple[Part, bool]:
    """The mail, and whether all of it was read; where not, it has headers only."""
    raw = raw.lstrip(b"\r\n")
    whole = _whole(raw) if _is_bounded(raw) else None
    return (head_of(raw), False) if whole is None else (whole, True)


def _whole(raw: bytes) -> Part | None:
    try:
        return BytesParser(policy=CAREFUL).parsebytes(raw)
    except Exception:  # RecursionError among them: parts within parts without end
        return None


def head_of(raw: bytes) -> Part:
    """The headers of a mail alone."""
    head = _HEAD_ENDS.split(raw[:MOST_HEADERS], maxsplit=1)[0]
    try:
        return BytesParser(policy=CAREFUL).parsebytes(head + b"\n\n", headersonly=True)
    except Exception:
        return Message(policy=CAREFUL)


def _is_bounded(raw: bytes) -> bool:
    return raw.count(b"\n") <= MOST_LINES and raw.lower().count(b"boundary") <= MOST_BOUNDARIES


def leaves(message: Part) -> Iterator[Part]:
    """Parts that hold something, in order. A mail within the mail is one of them, and is not gone into."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(), seen + 1
        inner = part.get_payload()
        if type_of(part).startswith("multipart/") and isinstance(inner, list):
            waiting.extend(one for one in reversed(inner) if isinstance(one, Message))
        else:
            yield part


def type_of(part: Part) -> str:
    """ "text/plain", as it is claimed."""
    try:
        return part.get_content_type()
    except Exception:
        return "text/plain"


def header(part: Part, name: str) -> str:
    """The first header of this name on one line; empty where there is none."""
    found = headers(part, name)
    return found[0] if found else ""


def headers(part: Part, name: str) -> list[str]:
    try:
        return [one_line(str(value)) for value in part.get_all(name, [])[:50]]
    except Exception:
        return []


def bytes_of(part: Part) -> bytes:
    """The content as it was before it was encoded for the way."""
    try:
        found = part.get_payload(decode=True)
    except Exception:
        return b""
    return found if isinstance(found, bytes) else b""


def text_of(part: Part, most: int) -> str:
    """The content as text, in the charset that is claimed, else as UTF-8; what is no text is replaced."""
    raw = bytes_of(part)[: most * 4]
    try:
        charset = part.get_content_charset() or "utf-8"
        return clean(raw.decode(charset, "replace"))[:most]
    except Exception:  # no such charset, or one that is no text
        return clean(raw.decode("utf-8", "replace"))[:most]


def filename_of(part: Part) -> str:
    try:
        return part.get_filename() or ""
    except Exception:
        return ""


def clean(text: str) -> str:
    """What a database can hold and a page can show: no control characters, no halves of characters."""
    return _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Cleaned, and without what turns the direction of writing: names of files hide their ending by it."""
    return " ".join(_TURNED.sub("", clean(text)).split())
