"""The worker's doors to sending: it commits between asking and handing over, so it is no step of an event."""

from uuid import UUID

from celery import shared_task

from interactions.services import sending


@shared_task(name="interactions.send_message")
def send_message(tenant_id: str, message_id: str) -> None:
    sending.send_message(UUID(tenant_id), UUID(message_id))


@shared_task(name="interactions.send_due", expires=60)
def send_due(tenant_id: str) -> None:
    sending.send_due(UUID(tenant_id))
