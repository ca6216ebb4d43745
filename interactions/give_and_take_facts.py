"""What rules can ask about give and take; `interactions.selectors.give_and_take` says how it is counted."""

from typing import Final

from django.db.models.expressions import Combinable

from interactions.selectors.give_and_take import ASKED, GIVEN, total_of
from rules.catalogue import Cost, Fact, PersonalDataClass, Type
from rules.moment import Setting


def _asked(setting: Setting) -> Combinable:
    return total_of(ASKED, "customer_id", setting.midnight(setting.day_before(365)))


def _given(setting: Setting) -> Combinable:
    return total_of(GIVEN, "customer_id", setting.midnight(setting.day_before(365)))


GIVE_AND_TAKE_FACTS: Final = (
    Fact(
        "interactions.asked_year", "Asked of them in a year", Type.COUNT,
        "How often we asked something of them in the last 365 days: offers sent, surveys, calls that we began.",
        PersonalDataClass.BEHAVIOUR, _asked, unit="times", cost=Cost.RELATED, permission="interactions.view",
    ),
    Fact(
        "interactions.given_year", "Given to them in a year", Type.COUNT,
        "How often we gave them something in the last 365 days: grants on the spot, promises kept, needs met.",
        PersonalDataClass.BEHAVIOUR, _given, unit="times", cost=Cost.RELATED, permission="interactions.view",
    ),
)  # fmt: skip
