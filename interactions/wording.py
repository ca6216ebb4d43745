"""What may stand in a template, and how it is filled in. Pure: no database, no clock.

A template is plain words with fields like `{{ customer.name }}`. There is nothing else to write: no code, no markup.
"""

import re
from collections.abc import Mapping
from html import escape
from typing import Final

FIELDS: Final[Mapping[str, str]] = {
    "customer.name": "the customer’s name",
    "customer.first_name": "the first word of a person’s name; an organisation’s whole name",
    "customer.number": "the customer’s number",
    "manager.name": "whoever manages their portfolio",
    "company.name": "our name as a sender",
    "today": "the day on which it is written",
}
"""Field -> what it stands for. Nothing else is filled in."""

_FIELD: Final = re.compile(r"\{\{([^{}]*)\}\}")
"""With its spaces: to leave them out here would take time by the cube of their number."""
_MARKS: Final = re.compile(r"\{\{|\}\}|\{%|%\}")
_LABELLED: Final = re.compile(r"(?P<label>[^<>]{1,80}) <(?P<url>https?://[^\s<>\"']+)>")
"""A line `words <address>`: in HTML the words are the link (RFC 3986, appendix C), large enough for a thumb."""
_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def wrong_fields(text: str) -> list[str]:
    """What stands between braces and is no field, in order; with braces that were left open."""
    unknown = [name for found in _FIELD.findall(text) if (name := found.strip()) not in FIELDS]
    return [*dict.fromkeys(unknown), *_MARKS.findall(_FIELD.sub("", text))[:1]]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields filled, once: what a value holds is not looked at again. Raises KeyError."""
    return _FIELD.sub(lambda found: " ".join(values[found[1].strip()].split()), text)


def html_of(text: str) -> str:
    """Plain words as HTML: paragraphs, line breaks, links; everything else is shown as it was written."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()) if part.strip()]
    return "\n".join(f'<p style="margin:0 0 16px">{_lines(part.strip())}</p>' for part in paragraphs)


def _lines(paragraph: str) -> str:
    return "<br>\n".join(_line(line) for line in paragraph.split("\n"))


def _line(line: str) -> str:
    if labelled := _LABELLED.fullmatch(line):
        return (
            f'<a href="{escape(labelled["url"])}" style="display:inline-block;min-width:28px;padding:8px 0;'
            f'color:#0d6175;font-weight:600">{escape(labelled["label"])}</a>'
        )
    made, end = [], 0
    for found in _LINK.finditer(line):
        url = escape(found[0])
        made += [escape(line[end : found.start()]), f'<a href="{url}" style="color:#0d6175">{url}</a>']
        end = found.end()
    return "".join([*made, escape(line[end:])])
