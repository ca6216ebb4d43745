"""Where text and push messages go now."""

from uuid import UUID

from interactions.models import Connector


def connectors_in_use() -> list[Connector]:
    return list(Connector.objects.filter(is_active=True).order_by("channel"))


def connector_here(connector_id: UUID) -> Connector | None:
    return Connector.objects.filter(id=connector_id, is_active=True).first()
