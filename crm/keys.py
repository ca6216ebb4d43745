"""Normal forms by which customers are found and compared: plain `=` or a range, never lower() or LIKE.

(Under row-level security only leakproof operators may use an index.)
"""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crm.models import ContactPoint

_SPACE = re.compile(r"\s+")


class AddressRefused(ValueError):
    """An address that cannot be right; the message says why."""


def name_key(name: str) -> str:
    """Case, accents and spacing taken away: "Zoë  ÅKERMAN" -> "zoe akerman". At most 200 characters."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return _SPACE.sub(" ", plain).strip()[:200]


def email_key(address: str) -> str:
    """The address in lower case, its domain in ASCII (RFC 5321, IDNA). Raises AddressRefused."""
    try:
        found = validate_email(address.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AddressRefused(f"{address!r} is not an e-mail address: {error}") from None
    return f"{found.local_part}@{found.ascii_domain}".lower()


def phone_key(number: str, *, country: str) -> str:
    """E.164, read as dialled in `country` (ISO 3166) where no prefix is given. Raises AddressRefused."""
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise AddressRefused(
            f"{number!r} is not a phone number; write it with its country, as +44 20 7946 0000."
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def value_key(kind: str, value: str, *, country: str) -> str:
    """The normal form of a contact point's value. Raises AddressRefused."""
    if kind == ContactPoint.Kind.EMAIL:
        return email_key(value)
    if kind == ContactPoint.Kind.PHONE:
        return phone_key(value, country=country)
    return name_key(value)
