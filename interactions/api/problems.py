"""How refusals of this room's services are answered."""

from interactions.services.corrections import Conflict
from interactions.services.refusals import Refused
from tenancy.api.problems import Problem, declare_problem

_CODES = {
    "key_reused": "conflict", "changed": "edited_meanwhile", "customer_trashed": "refused",
    "customer_erased": "refused", "customer_restricted": "refused",
}  # fmt: skip


def _problem(error: Refused) -> Problem:
    errors = {error.field: [str(error)]} if error.field else {}
    return Problem(_CODES.get(error.code, "invalid"), str(error), errors)


declare_problem(Refused, _problem)
declare_problem(Conflict, lambda error: Problem("edited_meanwhile", str(error)))
