"""What the dialogs for many customers offer."""

from typing import Any, Final
from uuid import UUID

from desk.selectors.people import PortfolioName

EXPORT_PURPOSES: Final = (
    {"key": "analysis", "label": "Analysis by ourselves"},
    {"key": "mailing", "label": "A mailing or calls we are allowed to make"},
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
