"""The facts that this room offers to rules, lists and segments; each noun keeps its own."""

from interactions.case_facts import CASE_FACTS
from interactions.contact_facts import CONTACT_FACTS
from interactions.give_and_take_facts import GIVE_AND_TAKE_FACTS
from interactions.need_facts import NEED_FACTS, PROMISE_FACTS
from interactions.survey_facts import SURVEY_FACTS
from rules.catalogue import register_facts


def register() -> None:
    register_facts(
        *CONTACT_FACTS, *PROMISE_FACTS, *NEED_FACTS, *CASE_FACTS, *SURVEY_FACTS, *GIVE_AND_TAKE_FACTS
    )
