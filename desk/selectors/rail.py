"""What other rooms show of a customer, beside the timeline and on the service card.

A part is a template and what builds its context. Each room brings its own; the order here is that of the page: what
binds us first, then what they told us.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crm.models import Customer
from interactions.selectors.cases import cases_on_card, cases_part
from interactions.selectors.give_and_take import give_and_take_part
from interactions.selectors.grants import grants_part
from interactions.selectors.needs import needs_card, needs_part
from interactions.selectors.promises import promises_card, promises_part
from interactions.selectors.stories import stories_part
from interactions.selectors.tasks import tasks_part
from tenancy.access import Access

Build = Callable[[Access, Customer], dict[str, Any] | None]


@dataclass(frozen=True)
class Part:
    """`build` answers None where this member may see nothing of it, or there is nothing to see."""

    template: str
    build: Build


RECORD: Final[tuple[Part, ...]] = (
    Part("interactions/parts/_promises.html", promises_part),
    Part("interactions/parts/_cases.html", cases_part),
    Part("interactions/parts/_tasks.html", tasks_part),
    Part("interactions/parts/_grants.html", grants_part),
    Part("interactions/parts/_needs.html", needs_part),
    Part("interactions/parts/_give_and_take.html", give_and_take_part),
    Part("interactions/parts/_stories.html", stories_part),
)
"""On the customer page, for those whose scope reaches the customer."""
CARD: Final[tuple[Part, ...]] = (
    Part("interactions/parts/_promises.html", promises_card),
    Part("interactions/parts/_cases_card.html", cases_on_card),
    Part("interactions/parts/_grants.html", grants_part),
    Part("interactions/parts/_needs.html", needs_card),
)
"""On the service card, for whoever serves them: no value, no private need."""


def parts_of(parts: Sequence[Part], access: Access, customer: Customer) -> list[dict[str, Any]]:
    """Contexts of the parts that there are, each with its `template`."""
    built = [(part.template, part.build(access, customer)) for part in parts]
    return [{**context, "template": template} for template, context in built if context is not None]
