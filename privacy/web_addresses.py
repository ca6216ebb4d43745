"""Which addresses of web servers we call when a member names one: public ones, over TLS."""

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

_UNICAST: Final = ipaddress.ip_network("2000::/3")


class UrlRefused(ValueError):
    """This address is not called; the message says why."""


def usable_url(url: str) -> SplitResult:
    """The parts of an address that may be called at all. Nothing is resolved. Raises UrlRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UrlRefused("This is no address of a web server.") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise UrlRefused("Write the address as https://host/path.")
    if parts.scheme == "http" and not settings.CONNECTOR_ALLOW_PRIVATE:
        raise UrlRefused("Messages go over https only.")
    if parts.username or parts.password:
        raise UrlRefused("Leave name and password out of the address: what we send is signed.")
    return parts


def is_public(address: str) -> bool:
    """Whether it is an address of the public internet. IPv6: global unicast only, so that no IPv4 address of our own
    network is reached inside of one (mapped, translated, 6to4)."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        return found in _UNICAST and found.is_global and found.sixtofour is None
    return found.is_global and not found.is_multicast
