"""How refusals of crm's services are answered."""

from django.db import IntegrityError

from crm.selectors.lists import TooSlow
from crm.services.contact_points import ContactPointRefused
from crm.services.costs import CostRefused
from crm.services.customers import Conflict, CustomerRefused
from crm.services.imports import ImportRefused, MappingRefused
from crm.services.orders import OrderConflict, OrderRefused
from crm.services.segments.definitions import SegmentChanged, SegmentRefused
from rules.language.problems import RuleInvalid
from tenancy.api.problems import Errors, Problem, declare_problem

Refused = CustomerRefused | OrderRefused | CostRefused | ContactPointRefused | MappingRefused | SegmentRefused


TOO_SLOW = "This condition reads too much for one page: narrow it, or save it as a segment and ask for that."


def _refused(error: Refused) -> Problem:
    taken = isinstance(error.__cause__, IntegrityError)
    errors = {error.field: [str(error)]} if error.field else None
    return Problem("conflict" if taken else "refused", str(error), errors)


def _taken(error: OrderConflict) -> Problem:
    return Problem("conflict", str(error), {error.field: [str(error)]})


def _unreadable(error: RuleInvalid) -> Problem:
    """Errors by place in the condition: {"condition.all.0.value": ["..."]}."""
    errors: Errors = {}
    for problem in error.problems:
        errors.setdefault(f"condition.{problem.at}".rstrip("."), []).append(problem.message)
    return Problem("invalid", str(error), errors)


def declare() -> None:
    """Called once, where the routes are put together."""
    for kind in (CustomerRefused, OrderRefused, CostRefused, ContactPointRefused, SegmentRefused):
        declare_problem(kind, _refused)
    declare_problem(MappingRefused, _refused)
    declare_problem(ImportRefused, lambda error: Problem("refused", str(error)))
    declare_problem(OrderConflict, _taken)
    declare_problem(TooSlow, lambda error: Problem("refused", TOO_SLOW))
    declare_problem(Conflict, lambda error: Problem("edited_meanwhile", "Read it again; it has changed."))
    declare_problem(SegmentChanged, lambda error: Problem("edited_meanwhile", str(error)))
    declare_problem(RuleInvalid, _unreadable)
