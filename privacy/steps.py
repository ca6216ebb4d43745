"""What follows what privacy announces."""

from uuid import UUID

from privacy.selectors.holders import opt_in_to_confirm
from privacy.services.erasure import sweep_after
from privacy.services.identity import send_code
from privacy.services.mailing import send_confirmation
from privacy.services.sign_ups import take_sign_up
from tenancy.outbox import Announced


def sweep_up_after_erasure(event: Announced) -> None:
    sweep_after(customer_id=UUID(event.payload["customer_id"]))


def ask_to_confirm(event: Announced) -> None:
    """A double opt-in that was just begun by e-mail: one letter asks whether it is meant."""
    consent = opt_in_to_confirm(UUID(event.payload["event_id"]))
    if consent:
        send_confirmation(event=consent)


def take_sign_ups(event: Announced) -> None:
    take_sign_up(UUID(event.payload["sign_up_id"]))


def send_identity_code(event: Announced) -> None:
    send_code(
        request_id=UUID(event.payload["request_id"]),
        contact_point_id=UUID(event.payload["contact_point_id"]),
        key=f"identity:{event.id}",
    )
