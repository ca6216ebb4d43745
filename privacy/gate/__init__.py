"""May we contact this person, now, this way, for this? Nothing leaves the house without this room's yes.

`check` and `check_many` read and answer, `permit` answers and holds the place until its transaction ends, `replay`
gives a past answer again. Every answer is logged with what it stood on. Unreadable policy means no.
"""

from privacy.gate.answering import check, check_many
from privacy.gate.asks import Already, Ask, AskRefused, Given
from privacy.gate.permits import Claim, Permit, PermitInvalid, permit, reserve
from privacy.gate.replay import Erased, Replayed, replay

__all__ = [
    "Already",
    "Ask",
    "AskRefused",
    "Claim",
    "Erased",
    "Given",
    "Permit",
    "PermitInvalid",
    "Replayed",
    "check",
    "check_many",
    "permit",
    "replay",
    "reserve",
]
