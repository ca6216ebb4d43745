"""Two who change at once what facts made by rules read could each close half of a circle: they take turns."""

from django.db import connection

from tenancy.context import current_tenant_id


def hold_circles() -> None:
    """The company's turn at what facts made by rules read, until the transaction ends. Take it before looking."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"circles:{current_tenant_id()}"]
        )
