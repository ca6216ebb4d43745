"""Expressions from which rooms make their facts."""

from collections.abc import Callable
from typing import Any

from django.db.models import DateField, F, FloatField, IntegerField, Value
from django.db.models.expressions import Combinable, Func
from django.db.models.functions import Cast, NullIf

from rules.moment import Setting


class DaysBetween(Func):
    """Whole days from the second date to the first; NULL where one is NULL."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    arity = 2
    output_field = IntegerField()


def stated(column: str) -> Combinable:
    """A text column in which '' says that nobody knows."""
    return NullIf(F(column), Value(""))


def measured(column: str) -> Combinable:
    """A numeric column as the measured number that rules compare."""
    return Cast(F(column), FloatField())


def days_since(column: str) -> Callable[[Setting], Combinable]:
    """Days from a date column to the tenant's today."""

    def expression(setting: Setting) -> Combinable:
        today: Any = Value(setting.today, DateField())
        return DaysBetween(today, F(column))

    return expression
