"""What follows what privacy announces."""

from uuid import UUID

from privacy.selectors.holders import opt_in_to_confirm
from privacy.services.answering import tell_of_answer as answer_by_letter
from privacy.services.erasure import sweep_after
from privacy.services.identity import send_code
from privacy.services.mailing import send_confirmation
from privacy.services.reminders import write_reminder
from privacy.services.sign_ups import take_sign_up
from tenancy.outbox import Announced, Then


def sweep_up_after_erasure(event: Announced) -> None:
    sweep_after(customer_id=UUID(event.payload["customer_id"]))


def ask_to_confirm(event: Announced) -> Then | None:
    """A double opt-in that was just begun by e-mail: one letter asks whether it is meant."""
    consent = opt_in_to_confirm(UUID(event.payload["event_id"]))
    return send_confirmation(event=consent) if consent else None


def tell_of_answer(event: Announced) -> Then | None:
    """A request was done, refused or extended: its person is told."""
    return answer_by_letter(request_id=UUID(event.payload["request_id"]), what=event.payload.get("what", ""))


def remind_member(event: Announced) -> None:
    """The time of a request runs out: one of those who handle requests is told."""
    write_reminder(
        request_id=UUID(event.payload["request_id"]), member_id=UUID(event.payload["member_id"]),
        mark=event.payload["mark"],
    )  # fmt: skip


def take_sign_ups(event: Announced) -> None:
    take_sign_up(UUID(event.payload["sign_up_id"]))


def send_identity_code(event: Announced) -> None:
    send_code(
        request_id=UUID(event.payload["request_id"]),
        contact_point_id=UUID(event.payload["contact_point_id"]),
        key=f"identity:{event.id}",
    )
