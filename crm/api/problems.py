"""How refusals of crm's services are answered."""

from django.db import IntegrityError

from crm.selectors.lists import TooSlow
from crm.services.contact_points import ContactPointRefused
from crm.services.costs import CostRefused
from crm.services.customers import Conflict, CustomerRefused
from crm.services.imports import ImportRefused, MappingRefused
from crm.services.orders import OrderConflict, OrderRefused
from tenancy.api.problems import Problem, declare_problem

Refused = CustomerRefused | OrderRefused | CostRefused | ContactPointRefused | MappingRefused


TOO_SLOW = "This condition reads too much for one page: narrow it, or save it as a segment and ask for that."


def _refused(error: Refused) -> Problem:
    taken = isinstance(error.__cause__, IntegrityError)
    errors = {error.field: [str(error)]} if error.field else None
    return Problem("conflict" if taken else "refused", str(error), errors)


def _taken(error: OrderConflict) -> Problem:
    return Problem("conflict", str(error), {error.field: [str(error)]})


def declare() -> None:
    """Called once, where the routes are put together."""
    for kind in (CustomerRefused, OrderRefused, CostRefused, ContactPointRefused):
        declare_problem(kind, _refused)
    declare_problem(MappingRefused, _refused)
    declare_problem(ImportRefused, lambda error: Problem("refused", str(error)))
    declare_problem(OrderConflict, _taken)
    declare_problem(TooSlow, lambda error: Problem("refused", TOO_SLOW))
    declare_problem(Conflict, lambda error: Problem("edited_meanwhile", "Read it again; it has changed."))
