"""The words of a mail: as text, and the part of them that its writer wrote now."""

import re
from html.parser import HTMLParser
from typing import Final

import nh3

MOST_HTML: Final = 400_000
MOST_TAGS: Final = 12_000
"""Tags within tags cost by their square."""
_BLOCKS: Final = frozenset(
    (
        "address article blockquote br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table tr ul"
    ).split()
)
_NOT_SHOWN: Final = {"script", "style", "head", "title", "noscript", "template", "svg", "object", "iframe"}
_MANY_LINES: Final = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")


class _Words(HTMLParser):
    """Text of HTML: a line a block, quotations marked as mail programs mark them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self.quoted: list[int] = [0]
        self.depth = 0

    def _next(self) -> None:
        self.lines.append([])
        self.quoted.append(self.depth)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "blockquote":
            self.depth += 1
        if tag in _BLOCKS:
            self._next()

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)
        if tag in _BLOCKS:
            self._next()

    def handle_data(self, data: str) -> None:
        self.lines[-1].append(data)

    def text(self) -> str:
        found = []
        for words, depth in zip(self.lines, self.quoted, strict=True):
            line = " ".join("".join(words).split())
            found.append(f"{'> ' * min(depth, 5)}{line}" if line else "")
        return _MANY_LINES.sub("\n\n", "\n".join(found)).strip()


def text_of_html(html: str) -> str:
    """What a reader sees of a page of HTML, without pictures and addresses behind words."""
    safe = nh3.clean(
        _bounded(html[:MOST_HTML]),
        tags=set(_BLOCKS),
        attributes={},
        clean_content_tags=_NOT_SHOWN,
        strip_comments=True,
    )
    words = _Words()
    words.feed(safe)
    words.close()
    return words.text()


def _bounded(html: str) -> str:
    pieces = html.split("<", MOST_TAGS)
    return html if len(pieces) <= MOST_TAGS else "<".join(pieces[:MOST_TAGS])


# Where what the writer wrote now ends: signature, or the words above what they answer.
_SIGNATURE: Final = re.compile(r"^(?:-- ?|__+|\*\*+|==+)$")
_ANSWERED: Final = re.compile(
    r"^(?:On|Am|Le|El|Em|Il|Op|Den|Dne|W dniu)\b.{0,400}"
    r"(?:wrote|schrieb|écrit|escribió|escreveu|scritto|schreef)\b.{0,200}:$",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"^[-_ ]{2,}\s*(?:original message|ursprüngliche nachricht|message d.origine|mensaje original|mensagem original"
    r"|forwarded message|weitergeleitete nachricht)\b",
    re.IGNORECASE,
)
_HEAD_OF_ANSWERED: Final = re.compile(r"^(?:from|von|de|da)\s?:\s.{0,200}$", re.IGNORECASE)
_SENT_OF_ANSWERED: Final = re.compile(
    r"^(?:sent|gesendet|envoyé|enviado|enviada em|date|datum|fecha|data)\s?:", re.IGNORECASE
)
_BY_PHONE: Final = re.compile(
    r"^(?:sent from my |sent from outlook|get outlook for |von meinem |gesendet von |envoyé de mon |enviado desde mi "
    r"|enviado do meu )",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    """Without quotations and signature, for an excerpt; where nothing else is left, the whole."""
    lines = [line.strip() for line in text.split("\n")[:2_000]]
    kept: list[str] = []
    for place, line in enumerate(lines):
        if _ends(lines, place):
            break
        if not line.startswith(">"):
            kept.append(line)
    return _MANY_LINES.sub("\n\n", "\n".join(kept)).strip() or text.strip()


def _ends(lines: list[str], place: int) -> bool:
    line = lines[place][:600]
    if _SIGNATURE.match(line) or _FORWARDED.match(line) or _BY_PHONE.match(line):
        return True
    # Mail programs break the line above a quotation where it is long.
    after = [one[:300] for one in lines[place + 1 : place + 3]]
    if _ANSWERED.match(line) or (after and _ANSWERED.match(f"{line} {after[0]}")):
        return True
    return bool(_HEAD_OF_ANSWERED.match(line)) and any(_SENT_OF_ANSWERED.match(one) for one in after)
