"""What several pages of portfolios need."""

from portfolios.selectors import portfolios as read
from tenancy.requests import TenantRequest


def customers_url(request: TenantRequest) -> str:
    """Where the desk keeps customers; the desk is to the right, so its name is not asked for."""
    return f"/t/{request.access.tenant.slug}/customers/"


def portfolio_choices(request: TenantRequest) -> list[tuple[str, str]]:
    """Every open portfolio: customers may be handed to somebody whose own ones one does not see."""
    rows = read.all_open_portfolios()
    return [(str(row.id), f"{row.name}, {row.manager.name}" if row.manager else row.name) for row in rows]
