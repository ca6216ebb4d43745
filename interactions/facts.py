"""The facts that this room offers to rules, lists and segments; each noun keeps its own."""

from interactions.contact_facts import CONTACT_FACTS
from rules.catalogue import register_facts


def register() -> None:
    register_facts(*CONTACT_FACTS)
