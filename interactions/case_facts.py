"""What rules can ask about the cases of a customer."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.fields import IntegerField
from django.db.models.functions import Coalesce

from interactions.models import Case
from rules.catalogue import Cost, Fact, PersonalDataClass, Type
from rules.moment import Setting

BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR
YEAR: Final = timedelta(days=365)


def _of_the_year(setting: Setting) -> QuerySet[Case]:
    return Case.objects.filter(customer_id=OuterRef("customer_id"), opened_at__gt=setting.now - YEAR)


def _summed(rows: QuerySet[Any], figure: Any) -> Combinable:
    """A figure over the rows of one customer; 0 where there are none."""
    summed = rows.order_by().values("customer_id").annotate(figure=figure).values("figure")
    return Coalesce(Subquery(summed), 0, output_field=IntegerField())


def _opened(setting: Setting) -> Combinable:
    return _summed(_of_the_year(setting), Count("id"))


def _reopened(setting: Setting) -> Combinable:
    return _summed(_of_the_year(setting), Sum("reopened"))


OPEN_CASES: Final = "interactions.open_cases"
CASE_FACTS: Final = (
    Fact(
        OPEN_CASES, "Open cases", Type.COUNT,
        "Cases that are not resolved, also those that wait for the customer.", BEHAVIOUR, "open_cases",
        unit="open cases", cost=Cost.INDEXED, phrases={"any": "who have {value}"},
    ),
    Fact(
        "interactions.cases_year", "Cases of the last 12 months", Type.COUNT,
        "Cases opened in the last 365 days, resolved or not.", BEHAVIOUR, _opened, unit="cases", cost=Cost.RELATED,
        phrases={"any": "who had {value} in 12 months"},
    ),
    Fact(
        "interactions.cases_reopened_year", "Cases opened again", Type.COUNT,
        "How often a case that was opened in the last 365 days was opened again.", BEHAVIOUR, _reopened,
        unit="times", cost=Cost.RELATED,
        phrases={"any": "whose cases were opened again {value} in 12 months"},
    ),
)  # fmt: skip
