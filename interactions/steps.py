"""What interactions does when something happened; `config/flow.py` says when."""

from collections.abc import Sequence

from interactions.services.erased import end_for_erased
from interactions.services.hand_overs import write_hand_overs
from interactions.services.survey_asks import ask_about, note_letters_ended
from tenancy.outbox import Announced, batched, ids_in


@batched(100)
def ask_after_contacts(events: Sequence[Announced]) -> None:
    """Ask some of those who were in touch how it was."""
    ask_about(interaction_ids=ids_in(events, "interaction"))


@batched()
def note_survey_sent(events: Sequence[Announced]) -> None:
    """Whose letter went was asked; of the others it stands why not."""
    note_letters_ended(message_ids=ids_in(events, "message"))


@batched(100)
def hand_over_customers(events: Sequence[Announced]) -> None:
    """Customers were transferred: who answers for them now is told what stands open. A transfer by rule comes in parts,
    each an event of its own."""
    for transfer_id in ids_in(events, "transfer"):
        write_hand_overs(transfer_id=transfer_id)


def end_after_erasure(event: Announced) -> None:
    """Somebody was erased: what we owed them ends."""
    for customer_id in event.ids("customer"):
        end_for_erased(customer_id=customer_id)
