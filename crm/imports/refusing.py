"""People who were erased do not come back with the next file; and an erasure meets no import at work.

Who was erased is asked of a registry: crm knows nothing of privacy.
"""

from typing import Final

from django.db import connection

from crm.imports.staging import fetch
from tenancy.context import current_tenant_id
from tenancy.registries import refused_addresses

ERASED: Final = "belongs to somebody whose data was erased at their request; take the row out of the file"
NOT_KEPT: Final = '"…"'
"""What stands in the place of such a row."""
_LOCK = "hashtextextended('crm:imports:' || %s, 0)"


def begin_part() -> None:
    """Parts of imports run side by side, but never beside an erasure; until the transaction ends."""
    _lock(f"pg_advisory_xact_lock_shared({_LOCK})")


def hold_imports_still() -> None:
    """Wait for the parts that run, and let none begin until the transaction ends. Before any other lock."""
    _lock(f"pg_advisory_xact_lock({_LOCK})")


def _lock(call: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", [str(current_tenant_id())])


def take_out_erased_customers() -> None:
    """Of `import_customer`: rows that would bring an erased number or address anew go to `import_refused`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS import_refused (number bigint) ON COMMIT DELETE ROWS;"
            "TRUNCATE import_refused"
        )
        refused = _refused(_ASKED)
        if refused:
            values = {"kinds": [kind for kind, _ in refused], "keys": [key for _, key in refused]}
            cursor.execute(_REFUSE, values | {"tenant": current_tenant_id()})
            cursor.execute("DELETE FROM import_customer WHERE number IN (SELECT number FROM import_refused)")


def take_erased_off_orders() -> list[str]:
    """Of `import_line`: orders of an erased customer are kept for the books, as sales to nobody named.

    Returns the numbers of these orders.
    """
    numbers = [key for _, key in _refused(_NAMED)]
    if not numbers:
        return []
    return [
        order_no
        for (order_no,) in fetch(
            "WITH taken AS (UPDATE import_line SET customer_no = NULL, customer_name = NULL"
            " WHERE customer_no = ANY(%(numbers)s) RETURNING order_no) SELECT DISTINCT order_no FROM taken",
            {"numbers": numbers},
        )
    ]


def leave_where_they_are(order_numbers: list[str]) -> None:
    """Of `import_order`: orders that are stored already stay with the customer they have, who has no name any more."""
    if order_numbers:
        with connection.cursor() as cursor:
            cursor.execute(_STAY, {"tenant": current_tenant_id(), "numbers": order_numbers})


_STAY = """
UPDATE import_order AS i SET customer_id = o.customer_id, customer_no = ''
  FROM crm_order AS o
 WHERE i.there AND i.order_no = ANY(%(numbers)s) AND o.tenant_id = (SELECT %(tenant)s::uuid) AND o.id = i.id
   AND o.customer_id IS NOT NULL
"""


def refused_rows() -> list[tuple[int, str]]:
    """Rows that were taken out: (line, reason)."""
    return [(number, ERASED) for (number,) in fetch("SELECT number FROM import_refused ORDER BY number")]


_ASKED = """
SELECT DISTINCT x.kind, x.key FROM import_customer AS f
 CROSS JOIN LATERAL (VALUES ('number', f.external_id), ('email', f.email_key), ('phone', f.phone_key)) AS x (kind, key)
 WHERE x.key <> ''
"""
_NAMED = "SELECT DISTINCT 'number', customer_no FROM import_line WHERE customer_no IS NOT NULL"

# An address that another customer has already is theirs too: a household is not locked out.
_REFUSE = """
INSERT INTO import_refused
SELECT DISTINCT f.number
  FROM import_customer AS f
 CROSS JOIN LATERAL (VALUES ('number', f.external_id), ('email', f.email_key), ('phone', f.phone_key)) AS x (kind, key)
  JOIN unnest(%(kinds)s::text[], %(keys)s::text[]) AS r (kind, key) ON r.kind = x.kind AND r.key = x.key
 WHERE NOT EXISTS (SELECT FROM crm_contactpoint AS p
                     JOIN crm_customer AS c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id
                    WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.value_key = x.key AND p.kind = x.kind
                      AND c.external_id = f.external_id)
"""


def _refused(asked: str) -> set[tuple[str, str]]:
    """Whom nobody may bring back, of those the statement names."""
    registered = list(refused_addresses)
    if not registered:
        return set()
    wanted = [(kind, key) for kind, key in fetch(asked)]
    return set().union(*(refuse(wanted) for refuse in registered)) if wanted else set()
