from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from crm.models import Customer
from crm.services.orders import Line, record_order


@pytest.fixture
def order_of() -> Callable[[Customer, datetime], None]:
    """Records a purchase."""

    def record(customer: Customer, at: datetime) -> None:
        record_order(
            external_id=uuid4().hex,
            customer=customer,
            ordered_at=at,
            lines=[Line(Decimal(1), Decimal(20))],
            source="api",
        )

    return record
