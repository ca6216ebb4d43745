"""What rules can ask about contacts. What a system did without anybody is none of them."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from interactions.models import Interaction
from rules.catalogue import Cost, Fact, Option, PersonalDataClass, Type
from rules.moment import Setting

BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR
SEES: Final = "interactions.view"


def _contacts() -> QuerySet[Interaction]:
    rows = Interaction.objects.filter(customer_id=OuterRef("customer_id"))
    return rows.exclude(touchpoint=Interaction.Touchpoint.SYSTEM)


def _last(rows: QuerySet[Interaction], column: str) -> Subquery:
    return Subquery(rows.order_by("-occurred_at", "-id").values(column)[:1])


def _in_a_year(setting: Setting) -> Combinable:
    since = setting.midnight(setting.day_before(365))
    rows = _contacts().filter(occurred_at__gte=since).order_by().values("customer_id")
    counted = rows.annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _sentiments() -> Sequence[Option]:
    return [(value, label) for value, label in Interaction.Sentiment.choices if value]


CONTACT_FACTS: Final = (
    Fact(
        "interactions.last_contact", "Last contact", Type.MOMENT,
        "When a person or a product of ours was last in touch with them, whoever began.", BEHAVIOUR,
        _last(_contacts(), "occurred_at"), cost=Cost.RELATED, permission=SEES,
    ),
    Fact(
        "interactions.contacts_year", "Contacts in a year", Type.COUNT,
        "How often a person or a product of ours was in touch with them in the last 365 days.", BEHAVIOUR, _in_a_year,
        unit="times", cost=Cost.RELATED, permission=SEES,
        phrases={"any": "who were in touch with us {value} in 12 months"},
    ),
    Fact(
        "interactions.last_sentiment", "Last mood", Type.CHOICE,
        "How pleased they were in the last contact of which somebody noted it.", BEHAVIOUR,
        _last(_contacts().exclude(sentiment=""), "sentiment"), cost=Cost.RELATED, permission=SEES,
        options=_sentiments,
    ),
    Fact(
        "interactions.last_satisfaction", "Last satisfaction", Type.COUNT,
        "From 1, very bad, to 5, very good, as they last said it themselves.", BEHAVIOUR,
        _last(_contacts().filter(satisfaction__isnull=False), "satisfaction"), unit="of 5", cost=Cost.RELATED,
        permission=SEES,
    ),
)  # fmt: skip
