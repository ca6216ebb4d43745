"""A step whose effect would show if it happened twice: each run posts a cost under a key of its own."""

import time
import uuid

from django.utils import timezone

from config.flow import FLOW as PRODUCT_FLOW
from crm.models import CostEvent
from tenancy.outbox import Announced


def post_a_cost(event: Announced) -> None:
    CostEvent.objects.create(
        customer_id=event.payload["customer_id"], key=f"chaos:{uuid.uuid4()}", kind="chaos", amount=1,
        occurred_at=timezone.now(),
    )  # fmt: skip
    time.sleep(0.02)  # long enough to be killed in


FLOW = {**PRODUCT_FLOW, "crm.customer_changed": ("tests.chaos.steps.post_a_cost",)}
