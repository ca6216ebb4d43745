"""What the dialogs for many customers offer."""

from typing import Any, Final
from uuid import UUID

from crm.selectors.exports import exportable_facts
from desk.selectors.list_state import ListState
from desk.selectors.people import PortfolioName
from tenancy.access import Access

MAILING: Final = "mailing"
EXPORT_PURPOSES: Final = (
    {"key": "analysis", "label": "Analysis by ourselves"},
    {"key": MAILING, "label": "Contacting them: a mailing or calls"},
    {"key": "accounting", "label": "Accounting or tax"},
    {"key": "processor", "label": "Handing to a company that works for us"},
    {"key": "request", "label": "A request by an authority or the customers"},
    {"key": "other", "label": "Something else, said below"},
)


def transfer_targets(names: dict[UUID, PortfolioName]) -> list[dict[str, Any]]:
    """Every open portfolio: customers may be handed to a manager whose own ones one does not see."""
    return [
        {"id": name.id, "name": name.name, "manager": name.manager} for name in names.values() if name.is_open
    ]


_DRAWN_FROM: Final = {"range": ("value.lifetime_value_low", "value.lifetime_value_high"), "months": ()}


def export_columns(access: Access, state: ListState, *, everything: bool) -> list[str]:
    """Keys of the facts that go into a file: those of the list as it is shown, or all there are."""
    if everything:
        return [fact.key for fact in exportable_facts(access)]
    return [key for column in state.columns for key in _DRAWN_FROM.get(column.key, (column.key,))]
