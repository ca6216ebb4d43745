"""Where text and push messages are handed over. What signs them is derived from a key of the installation each time it
is needed: the database holds no secret, and nobody is shown one twice. The provider signs with the same secret what it
tells us, at the address of `news_url`."""

import hashlib
import hmac
import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from interactions.models import Connector
from interactions.services.refusals import Refused, require_text
from privacy.delivery import Connection
from privacy.keys import key_named, keys_of
from privacy.models.purpose import Channel
from privacy.web_addresses import UrlRefused, usable_url
from tenancy.context import current_tenant_id
from tenancy.links import Kind, public_url, sign

CHANNELS: Final = (Channel.SMS, Channel.PUSH)
_USE: Final = "connector"


class ConnectorRefused(Refused):
    """The connector cannot be so."""


@dataclass(frozen=True)
class Shown:
    """What the company gives to its provider. `secret`, shown once, signs what we send there and what is told to us."""

    connector: Connector
    secret: str


def add_connector(*, channel: str, name: str, url: str, cost: int = 0) -> Shown:
    """From now on messages of this channel go there; the one before ends. Raises ConnectorRefused."""
    if channel not in CHANNELS:
        raise ConnectorRefused("Connectors are for text and push messages.", field="channel")
    values = _checked(name, url, cost)
    salt = _salt()
    with transaction.atomic():
        Connector.objects.filter(channel=channel, is_active=True).update(is_active=False)
        made = Connector.objects.create(channel=channel, secret=salt, **values)
    return Shown(made, _word(made))


def change_connector(*, connector: Connector, name: str, url: str, cost: int = 0) -> Connector:
    """Raises ConnectorRefused."""
    for field, value in _checked(name, url, cost).items():
        setattr(connector, field, value)
    connector.trouble, connector.trouble_at = "", None
    connector.save(update_fields=["name", "url", "cost", "trouble", "trouble_at"])
    return connector


def renew_secrets(*, connector: Connector) -> Shown:
    """Another secret; the old one holds no longer."""
    connector.secret = _salt()
    connector.save(update_fields=["secret"])
    return Shown(connector, _word(connector))


def news_url(connector: Connector) -> str:
    """Where the provider tells us what became of messages; nothing is believed there without its signature."""
    return public_url("public_news", sign(Kind.NEWS, current_tenant_id(), connector.id))


def end_connector(*, connector: Connector) -> None:
    """Nothing goes there any more; messages of its channel wait for another."""
    Connector.objects.filter(id=connector.id).update(is_active=False)


def note_trouble(*, connector: Connector, words: str) -> None:
    """What went wrong last; empty once it works again."""
    if connector.trouble != words[:300]:
        Connector.objects.filter(id=connector.id).update(
            trouble=words[:300], trouble_at=timezone.now() if words else None
        )


def note_trouble_of(channel: str, words: str) -> None:
    """The same for whatever takes this channel; mail has no connector."""
    connector = Connector.objects.filter(channel=channel, is_active=True).first()
    if connector:
        note_trouble(connector=connector, words=words)


def connection_of(connector: Connector) -> Connection:
    """Raises privacy.keys.UnknownKey where the installation lost the key it was made under."""
    return Connection(connector.url, _secret(connector))


def _checked(name: str, url: str, cost: int) -> dict[str, object]:
    name = require_text(ConnectorRefused, name, field="name", most=80, least=1)
    url = require_text(ConnectorRefused, url, field="url", most=400, least=1)
    try:
        usable_url(url)
    except UrlRefused as error:
        raise ConnectorRefused(str(error), field="url") from error
    if not 0 <= cost <= 1_000_000:
        raise ConnectorRefused("A message costs nothing or something, not that.", field="cost")
    return {"name": name, "url": url, "cost": cost}


def _salt() -> str:
    return f"{keys_of(current_tenant_id(), _USE)[0].name}:{secrets.token_hex(16)}"


def _secret(connector: Connector) -> bytes:
    name, _, salt = connector.secret.partition(":")
    return hmac.new(key_named(current_tenant_id(), _USE, name).secret, salt.encode(), hashlib.sha256).digest()


def _word(connector: Connector) -> str:
    """As Standard Webhooks writes secrets."""
    return f"whsec_{b64encode(_secret(connector)).decode()}"
