"""The yardstick of bench/api.py: Django without our middleware, views of bytes and of bare SQL."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

BYTES = {"now": b""}
ORDER = """
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
    discount, net, margin, margin_is_estimate, source, source_detail, created_at)
VALUES (%(tenant)s, %(id)s, %(number)s, %(customer)s, 'sale', now(), current_date, 'web', 'GBP', 900, 0, 900, 270, true,
    'api', 'bench', now())
"""
LINE = """
INSERT INTO crm_orderline (tenant_id, id, order_id, position, description, quantity, unit_price, amount, discount)
VALUES (%(tenant)s, gen_random_uuid(), %(id)s, %(position)s, 'Loaf', %(quantity)s, 4.5, 450, 0)
"""
VALUES: dict[str, str] = {}
STATEMENTS: list[tuple[str, Any]] = []


def only_here(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The only middleware of the bare application: it has routes of its own."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = "bench._bare"  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


@csrf_exempt
@transaction.non_atomic_requests
def same_bytes(request: HttpRequest) -> HttpResponse:
    return HttpResponse(BYTES["now"], content_type="application/json")


def same_statements(request: HttpRequest) -> HttpResponse:
    """What the API asked of the database for one answer, asked again in one transaction."""
    with connection.cursor() as cursor:
        for statement, values in STATEMENTS:
            cursor.execute(statement, values)
            if cursor.description:
                cursor.fetchall()
    return HttpResponse(BYTES["now"], content_type="application/json")


@csrf_exempt
def order_by_hand(request: HttpRequest) -> HttpResponse:
    """An order with two lines, as SQL, in one transaction, under row-level security."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant_id = '{VALUES['tenant']}'")
        cursor.execute(ORDER, VALUES)
        for position in (1, 2):
            cursor.execute(LINE, {**VALUES, "position": position, "quantity": 1})
    return HttpResponse(BYTES["now"], status=201, content_type="application/json")


urlpatterns = [path("bytes/", same_bytes), path("sql/", same_statements), path("order/", order_by_hand)]
