"""`permit`: may we, at this moment, and hold the place. What every channel demands before it hands anything over.

A permit holds the customer's chain and the address until its transaction ends; a withdrawal waits for it, and a permit
that waited for a withdrawal has read it. So nothing is handed over after its withdrawal was committed.

A message that must not be sent twice is claimed first: `reserve` in a transaction of its own, then `permit` with that
claim in the transaction of the handing over. Whoever finds a reservation that is not their own cannot know how it
ended, and leaves it alone. A service message may be handed over again under the same key.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from privacy.gate.answering import Judged, judge, write_answers
from privacy.gate.asks import Already, Ask, AskRefused, Given
from privacy.models import Contact
from privacy.policy.facts import NO_CHANNEL
from privacy.policy.ledger import MARKETING_CLASSES
from privacy.services.contacts import RESERVE, State, accept_contact, let_contact_go
from tenancy.db.ids import new_id

_MADE_HERE: Final = object()


class PermitInvalid(RuntimeError):
    """A permit that was not given by the gate, was used up, or outlived its transaction."""


class Permit:
    """A yes for one message to one address, now. Only this module makes one; it ends with its transaction."""

    __slots__ = ("_ended", "_transaction", "address", "address_hash", "contact_id", "given", "point_id")

    given: Given
    contact_id: UUID
    point_id: UUID | None
    address: str
    address_hash: str
    _transaction: str
    _ended: list[str]

    def __init__(
        self, made_here: object, *, given: Given, contact_id: UUID, point_id: UUID | None, address: str,
        address_hash: str, transaction: str,
    ) -> None:  # fmt: skip
        if made_here is not _MADE_HERE:
            raise PermitInvalid("Only privacy.gate gives permits: ask it with permit().")
        values = {
            "given": given, "contact_id": contact_id, "point_id": point_id, "address": address,
            "address_hash": address_hash, "_transaction": transaction, "_ended": [],
        }  # fmt: skip
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise PermitInvalid("A permit cannot be changed: ask for another.")

    def __repr__(self) -> str:
        return f"<Permit {self.contact_id} {self.channel} {self.purpose}>"

    @property
    def customer_id(self) -> UUID:
        return self.given.ask.customer_id

    @property
    def channel(self) -> str:
        return self.given.ask.channel

    @property
    def purpose(self) -> str:
        return self.given.ask.purpose

    @property
    def obligations(self) -> tuple[str, ...]:
        return self.given.answer.obligations

    def require(self) -> None:
        """To be called before the handing over. Raises PermitInvalid."""
        if self._ended or not connection.in_atomic_block or not self._holds():
            raise PermitInvalid("This permit is used up, or its transaction has ended: ask for another.")

    def _holds(self) -> bool:
        """Whether the reservation stands in the transaction that made it, whatever savepoint was undone since."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(pg_current_xact_id_if_assigned()::text, '') = %s AND EXISTS (SELECT FROM"
                " privacy_contact WHERE id = %s AND state = 'reserved' AND answer_id = %s)",
                [self._transaction, self.contact_id, self.given.answer_id],
            )
            return bool(cursor.fetchone()[0])

    def accepted(self, outcome: str = "") -> None:
        """The channel took the message. Raises PermitInvalid."""
        self.require()
        accept_contact(contact_id=self.contact_id, outcome=outcome)
        self._ended.append("accepted")

    def let_go(self) -> None:
        """Nothing was handed over: the place is free again. Raises PermitInvalid."""
        self.require()
        let_contact_go(contact_id=self.contact_id)
        self._ended.append("let go")


@dataclass(frozen=True)
class Claim:
    """A place that this worker holds for one message, committed before anything is handed over."""

    ask: Ask
    key: str
    contact_id: UUID


def reserve(ask: Ask, *, key: str, once: bool = False) -> Claim | Given | Already:
    """Hold a place for a message that must not be sent twice; commit, then ask `permit` with the claim.

    Marketing is never sent twice; what is none may be taken up again under its key, unless it is to go `once`.
    """
    permitted = _permit(ask, key, None, once=once)
    return Claim(ask, key, permitted.contact_id) if isinstance(permitted, Permit) else permitted


def permit(ask: Ask, *, key: str, claim: Claim | None = None) -> Permit | Given | Already:
    """A permit, or the answer that there is none, or what became of this key before.

    In the caller's transaction, which is to end right after the handing over. The same `key` is the same message. A
    claim that is refused now is let go. Raises AskRefused for the key of another customer, and for a question
    about another moment than now.
    """
    return _permit(ask, key, claim)


def _permit(ask: Ask, key: str, claim: Claim | None, *, once: bool = False) -> Permit | Given | Already:
    _require_sense(ask, key, claim)
    judged = judge([ask], but=key, locked=True)[0]
    if judged.read is None:
        return judged.given
    earlier = Contact.objects.filter(key=key).first()
    if earlier and earlier.customer_id != ask.customer_id:
        raise AskRefused(f"The key {key!r} belongs to a message to another customer.")
    if earlier and not _may_take_up(earlier, claim, once=once):
        write_answers([judged])
        return Already(ask, earlier.id, earlier.state)
    if not judged.given.may:
        write_answers([judged], permit=True)
        if earlier and earlier.state == State.RESERVED:
            let_contact_go(contact_id=earlier.id)
        return judged.given
    return _reserved(ask, key, judged)


def _require_sense(ask: Ask, key: str, claim: Claim | None) -> None:
    if not connection.in_atomic_block:
        raise PermitInvalid("A permit lives in the transaction of the handing over: open one.")
    if ask.at is not None:
        raise AskRefused("A permit is for now; ask check() about another moment.")
    if ask.channel == NO_CHANNEL:
        raise AskRefused("A permit is for a message; ask check() without one.")
    if not key or len(key) > 120:
        raise AskRefused("Give the message a key of 1 to 120 characters.")
    if claim and (claim.key, claim.ask) != (key, ask):
        raise AskRefused("This claim is for another message.")


def _may_take_up(earlier: Contact, claim: Claim | None, *, once: bool) -> bool:
    if earlier.state == State.SENT:
        return False
    if earlier.state == State.LET_GO or not (earlier.is_marketing or once):
        return True
    return claim is not None and claim.contact_id == earlier.id


def _reserved(ask: Ask, key: str, judged: Judged) -> Permit:
    facts, read = judged.facts, judged.read
    assert facts is not None
    assert read is not None
    point = read.point(ask)
    address_hash = point.hashes[0] if point else ""
    made = write_answers(
        [judged], permit=True, then=RESERVE, contact=str(new_id()), customer=str(ask.customer_id), key=key,
        at=facts.now, channel=ask.channel, purpose=ask.purpose, is_marketing=_is_marketing(judged),
        subject=(ask.message.subject or "")[:80], address_hash=address_hash, answer=str(judged.given.answer_id),
    )  # fmt: skip
    if made is None:
        raise AskRefused(f"The key {key!r} belongs to a message to another customer.")
    contact, transaction = made
    return Permit(
        _MADE_HERE, given=judged.given, contact_id=contact, point_id=point.id if point else None,
        address=point.value if point else "", address_hash=address_hash, transaction=transaction,
    )  # fmt: skip


def _is_marketing(judged: Judged) -> bool:
    """As the policy counts it: what carries a promotion is marketing, whatever it is called."""
    ask, read = judged.given.ask, judged.read
    policy: Any = read.standing.policy if read else None
    return ask.message.has_promotion or policy.purposes.get(ask.purpose) in MARKETING_CLASSES
