"""How often a public page sends mail: few times from one place, and fewer to one address, whoever asks."""

from dataclasses import dataclass
from hashlib import sha256

from tenancy.api.limits import take_from
from tenancy.public import PublicRequest
from tenancy.selectors.locks import client_address

FROM_ONE_PLACE, PLACE_WINDOW = 20, 3600
TO_ONE_ADDRESS, ADDRESS_WINDOW = 4, 3600


@dataclass(frozen=True)
class Wait:
    """`seconds` until this place may ask again, 0 for now. `may`: whether this address may get another mail.

    A full address is not told apart from outside: that would say that somebody else asked for it.
    """

    seconds: int
    may: bool


def may_ask_for_mail(request: PublicRequest, address: str) -> Wait:
    tenant = request.tenant.id
    place = take_from(f"{tenant}:mail:{client_address(request)}", FROM_ONE_PLACE, PLACE_WINDOW)
    if place and not place.allowed:
        return Wait(place.seconds, may=False)
    name = sha256(f"{tenant}:{address.strip().lower()}".encode()).hexdigest()[:32]
    there = take_from(f"{tenant}:mail-to:{name}", TO_ONE_ADDRESS, ADDRESS_WINDOW)
    return Wait(0, may=there is None or there.allowed)
