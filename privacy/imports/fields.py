"""What a file of old consents may hold, by which names its columns are known, and what holds for every row."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from crm.keys import name_key
from privacy.models import ConsentEvent
from privacy.models.purpose import Channel

Method = ConsentEvent.Method


@dataclass(frozen=True)
class Field:
    """`proof`: without it a consent cannot be proven."""

    name: str
    label: str
    words: tuple[str, ...]
    help: str = ""
    proof: bool = False


FIELDS: Final = (
    Field("number", "Customer number", ("customer", "customer number", "customer id", "external id", "id", "kunde")),
    Field("address", "E-mail or phone", ("email", "e mail", "mail", "phone", "mobile", "address", "telefon")),
    Field("action", "Yes or no", ("consent", "action", "status", "opt in", "optin", "subscribed", "einwilligung"),
          "yes, no, opt-out, withdrawn; without it every row is a yes"),
    Field("purpose", "For what", ("purpose", "list", "newsletter", "zweck"), "a purpose’s name or key"),
    Field("channel", "By which channel", ("channel", "medium", "kanal")),
    Field("occurred_at", "When they said it", ("occurred at", "date", "timestamp", "consent date", "opt in date",
          "datum", "created at"), "without it a consent proves nothing", True),
    Field("method", "How they said it", ("method", "how", "type", "methode"), "web form, call, paper, double opt-in"),
    Field("source", "Where they said it", ("source", "form", "campaign", "url", "quelle"),
          "which form or campaign", True),
    Field("words", "The exact words", ("wording", "words", "text", "consent text", "wortlaut"), "", True),
    Field("notice_version", "Version of the notice", ("notice version", "version", "policy version")),
    Field("evidence", "Proof", ("evidence", "proof", "reference", "recording", "beleg"),
          "number of the form post, recording or document", True),
    Field("confirmed_at", "Confirmed", ("confirmed at", "confirmed", "doi", "double opt in date", "bestätigt"),
          "when they confirmed a double opt-in"),
    Field("documentation_record", "Documentation record", ("documentation record", "documentation")),
    Field("language", "Language", ("language", "locale", "sprache")),
)  # fmt: skip
NAMES: Final = {one.name for one in FIELDS}

YES: Final = frozenset(
    "yes y true 1 x ja oui si sim granted grant opt-in optin in subscribed active agreed".split()
)
NO: Final = frozenset(
    "no n false 0 nein non opt-out optout out unsubscribed inactive refused objected object stop".split()
)
BACK: Final = frozenset("withdrawn withdraw revoked widerrufen".split())
CHANNELS: Final = {
    **{name_key(str(label)): value for value, label in Channel.choices},
    **{value: value for value in Channel.values}, "mail": "email", "newsletter": "email", "text": "sms",
    "text message": "sms", "call": "phone", "calls": "phone", "telephone": "phone", "letter": "post", "all": "*",
    "*": "*",
}  # fmt: skip
METHODS: Final = {
    **{name_key(str(label)): value for value, label in Method.choices},
    **{value: value for value in Method.values}, "form": "web_form", "web": "web_form", "website": "web_form",
    "doi": "double_opt_in", "double opt in": "double_opt_in", "phone": "call", "letter": "paper",
    "checkbox": "web_form",
    "prechecked": "preticked_box", "pre ticked": "preticked_box", "pre-ticked": "preticked_box",
}  # fmt: skip
WORDINGS: Final = (
    ("none", "is not known: no proof"),
    ("specific", "named us, the channel and what for"),
    ("generic", "agreed to everything at once"),
)


@dataclass(frozen=True)
class Mapping:
    """Our field -> the file's column; and what is taken where the file says nothing."""

    columns: dict[str, str] = field(default_factory=dict)
    purpose: str = ""
    channel: str = ""
    wording: str = "none"
    date_order: str = "day"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def guess(header: Sequence[str]) -> Mapping:
    """A first mapping by the names of the columns; one column serves one field."""
    found: dict[str, str] = {}
    for one in FIELDS:
        for column in header:
            if (
                column not in found.values()
                and name_key(column).replace("_", " ").replace("-", " ") in one.words
            ):
                found[one.name] = column
                break
    return Mapping(columns=found)
