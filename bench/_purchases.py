"""Orders of all customers of the benchmark's tenant, with lines and costs: written past the services, as in `_shop`."""

from contextlib import closing

from bench._database import superuser

_MORE_ORDERS = """
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
    discount, net, margin, margin_is_estimate, source, source_detail, created_at)
SELECT tenant_id, gen_random_uuid(), 'O' || customer_id || '-' || k, customer_id,
       CASE WHEN chance < 0.08 THEN 'return' ELSE 'sale' END, d, d::date,
       (ARRAY['web','shop','shop','phone'])[1 + floor(chance * 4)::int], 'GBP', paid, 0, paid, paid * 3 / 10,
       chance < 0.5, 'import', 'orders.csv', now()
  FROM (SELECT s.tenant_id, s.customer_id, k, now() - make_interval(days => 700 * k / s.orders) AS d,
               random() AS chance, (500 + random() * 20000)::bigint AS paid
          FROM (SELECT * FROM crm_customersummary WHERE tenant_id = %(tenant)s AND orders > 0
                 ORDER BY customer_id OFFSET 200000) AS s, generate_series(1, s.orders) AS k) AS drawn
"""

_PRODUCTS = """
INSERT INTO crm_product (tenant_id, id, external_id, name)
SELECT %(tenant)s, gen_random_uuid(), 'P' || n, 'Product ' || n FROM generate_series(1, 1000) AS n
"""

_LINES = """
INSERT INTO crm_orderline (tenant_id, id, order_id, position, product_id, description, quantity, unit_price, amount,
    discount)
SELECT o.tenant_id, gen_random_uuid(), o.id, 1, p.ids[1 + floor(random() ^ 2 * 1000)::int], '', 1 + floor(random() * 3),
       o.net / 100.0, o.net, 0
  FROM crm_order AS o, (SELECT array_agg(id) AS ids FROM crm_product WHERE tenant_id = %(tenant)s) AS p
 WHERE o.tenant_id = %(tenant)s
"""

_COSTS = """
INSERT INTO crm_costevent (tenant_id, id, customer_id, key, kind, amount, minutes, occurred_at, detail)
SELECT tenant_id, gen_random_uuid(), customer_id, 'cost:' || customer_id || k,
       (ARRAY['call','visit','letter'])[1 + floor(random() * 3)::int], (100 + random() * 4000)::bigint,
       CASE WHEN random() < 0.5 THEN random() * 60 END, now() - make_interval(days => floor(random() * 700)::int), ''
  FROM crm_customersummary, generate_series(1, 3) AS k WHERE tenant_id = %(tenant)s AND orders >= k * 2
"""


def fill_purchases(database: str) -> None:
    """Beside what `_shop.fill` made."""
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("SELECT id FROM tenancy_tenant WHERE slug = 'bench'")
        values = {"tenant": cursor.fetchone()[0]}
        cursor.execute("SET session_replication_role = replica; SELECT setseed(0.5)")
        for statement in (_MORE_ORDERS, _PRODUCTS, _LINES, _COSTS):
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
