"""What each list of addresses is: whose numbers stand in it, how they are written, how old it may be, by which rule."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from privacy.models import Suppression

Reason = Suppression.Reason


@dataclass(frozen=True)
class KnownList:
    """`country`: numbers of it may be written as dialled there. `days`: how old the list may be when it is used."""

    code: str
    name: str
    what: str
    country: str = ""
    days: int | None = None
    source: str = ""
    is_national: bool = True

    def usable_until(self, as_of: date) -> date | None:
        """The last day on which a list of this day may be relied on; None: it does not age."""
        return as_of + timedelta(days=self.days) if self.days else None


LISTS: Final = {
    one.code: one
    for one in (
        KnownList(
            Reason.DO_NOT_CONTACT, "Do not contact", "Whoever told this company so, by whatever way.",
            is_national=False,
        ),
        KnownList(
            Reason.UK_TPS, "UK Telephone Preference Service", "Numbers in the UK that take no live sales calls.",
            "GB", 28, "PECR 2003, reg. 21(1)(b) and 21(4)",
        ),
        KnownList(
            Reason.US_DNC, "US National Do Not Call Registry", "Numbers in the US that take no sales calls.",
            "US", 31, "16 CFR 310.4(b)(3)(iv)",
        ),
        KnownList(
            Reason.CA_DNCL, "Canadian National Do Not Call List", "Numbers in Canada that take no sales calls.",
            "CA", 31, "CRTC Unsolicited Telecommunications Rules, part II",
        ),
    )
}  # fmt: skip
"""Not legal advice: see docs/policy-data.md."""

_SIGNS = re.compile(r"[\s().\-/,]+")
_PLAIN: Final = {
    # As the registers publish them: area code and number, with or without the country's code.
    "US": (re.compile(r"(?:\+?1)?([2-9]\d{9})"), "+1"),
    "CA": (re.compile(r"(?:\+?1)?([2-9]\d{9})"), "+1"),
    "GB": (re.compile(r"(?:\+44|0044|44|0)([1-9]\d{8,9})"), "+44"),
}  # fmt: skip


def quick_key(line: str, country: str) -> str | None:
    """E.164 of a number written as the registers of `country` publish it; None: read it the long way."""
    known = _PLAIN.get(country)
    found = known[0].fullmatch(_SIGNS.sub("", line)) if known else None
    return f"{known[1]}{found[1]}" if known and found else None
