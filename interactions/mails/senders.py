"""Whether the sender of a mail is who it says, by the word of the mail server that took it in (RFC 8601).

Anybody can write such a header into a mail. Only the topmost one of the server that the company named counts: that
server takes out those that came from elsewhere under its name.
"""

import re
from collections.abc import Sequence
from typing import Final

PROVEN: Final = "pass"
DENIED: Final = "fail"
UNKNOWN: Final = "none"

_QUOTED: Final = re.compile(r'"[^"]*"')
_COMMENT: Final = re.compile(r"\([^()]*\)")
_RESULT: Final = re.compile(r"^(dmarc|dkim|spf)\s*=\s*([a-z]+)\b")
_DOMAIN: Final = {
    "dkim": re.compile(r"\bheader\.(?:d|i)\s*=\s*(?:[^\s@;]*@)?([a-z0-9.-]+)"),
    "spf": re.compile(r"\bsmtp\.mailfrom\s*=\s*(?:[^\s@;]*@)?([a-z0-9.-]+)"),
}


def sender_check(values: Sequence[str], *, checked_by: str, from_address: str) -> str:
    """pass, fail or none. `values`: the Authentication-Results of a mail, from the top; `checked_by`: our server."""
    server = checked_by.strip().lower()
    domain = from_address.rpartition("@")[2].lower()
    if not server or not domain:
        return UNKNOWN
    for value in values:
        name, *results = _pieces(value)
        if name.split(" ")[0] == server:
            return _verdict(results, domain)
    return UNKNOWN


def _pieces(value: str) -> list[str]:
    """Split at ";", without what a sender may have put into quotes or comments."""
    plain = _QUOTED.sub("", value[:4_000].lower())
    for _ in range(3):
        plain = _COMMENT.sub("", plain)
    return [" ".join(piece.split()) for piece in plain.split(";")]


def _verdict(results: Sequence[str], domain: str) -> str:
    said: dict[str, set[str]] = {"dmarc": set(), "dkim": set(), "spf": set()}
    for piece in results:
        found = _RESULT.match(piece)
        if found:
            said[found[1]].add(_aligned(found[1], found[2], piece, domain))
    if said["dmarc"] & {PROVEN, DENIED}:
        return PROVEN if said["dmarc"] == {PROVEN} else DENIED
    if PROVEN in said["dkim"] | said["spf"]:
        return PROVEN
    return DENIED if "failed" in said["spf"] else UNKNOWN


def _aligned(method: str, result: str, piece: str, domain: str) -> str:
    """A pass counts for the domain of the From address alone."""
    if method == "dmarc":
        return result
    if result != "pass":
        return "failed" if result == "fail" else UNKNOWN
    found = _DOMAIN[method].search(piece)
    return PROVEN if found and (domain == found[1] or domain.endswith(f".{found[1]}")) else UNKNOWN
