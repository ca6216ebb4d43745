"""A tenant with N customers, written past the services by the superuser, because only reading is measured.

Names, values and dates are drawn with a fixed seed; a fifth never ordered, a fifth ordered once. One manager
(`nadia`) answers for 400 customers, another (`olga`) for 20,000; the house holds the rest.
"""

from contextlib import closing

from bench._database import superuser

PASSWORD = "a benchmark has no secrets"

GIVEN = (
    "Ada Ben Carla Dmitri Elena Farid Grace Hugo Ines Jamal Karin Luca Maria Nadia Omar Paula Quentin Rosa Samir Tara "
    "Ugo Vera Wim Xenia Yusuf Zoe Anna Anton Beatriz Chiara David Emma Felix Hannah Ivan Julia Katrin Lars Mona Noah"
).split()
HEAD = (
    "Acker Berg Carl Dal Ek Fair Gold Hart Isa Jan Kal Lind Mont Nord Oak Pet Quar Ros Stein Tor Ul Val West Yard Zim"
).split()
TAIL = "mann sen ova son berg ini ez feld ton well strom quist ley mark ard ski elli au more wick".split()

_CUSTOMERS = """
INSERT INTO crm_customer (tenant_id, id, kind, name, name_key, external_id, country, language, time_zone,
    manual_status, source, source_detail, version, created_at, updated_at)
SELECT %(tenant)s, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       CASE WHEN n %% 20 = 0 THEN 'organisation' ELSE 'person' END, name, lower(name), 'C' || n,
       (ARRAY['GB','GB','GB','DE','FR','NL','US'])[1 + n %% 7], '', '', '', 'import', 'customers.csv', 1,
       now() - interval '2 years', now()
  FROM (SELECT n, g[1 + floor(random() ^ 1.5 * 40)::int] || ' ' || h[1 + floor(random() * 25)::int]
                  || t[1 + floor(random() * 20)::int]
                  || CASE WHEN n %% 3 = 0 THEN '-' || h[1 + (n / 3) %% 25] ELSE '' END AS name
          FROM generate_series(1, %(customers)s) AS n,
               (SELECT %(given)s::text[] AS g, %(head)s::text[] AS h, %(tail)s::text[] AS t) AS parts) AS made
"""

_ASSIGNMENTS = """
INSERT INTO portfolios_assignment (tenant_id, id, customer_id, portfolio_id, period, reason)
SELECT tenant_id, id, id, CASE WHEN n <= 400 THEN %(nadia)s::uuid
                                 WHEN n <= 20400 THEN %(olga)s::uuid ELSE %(house)s::uuid END,
       tstzrange(created_at, NULL, '[)'), 'asked for at creation'
  FROM (SELECT *, row_number() OVER (ORDER BY md5(id::text)) AS n FROM crm_customer WHERE tenant_id = %(tenant)s) AS c
"""

_SUMMARIES = """
INSERT INTO crm_customersummary (tenant_id, customer_id, name_key, trashed, status, orders, returns, revenue, margin,
    margin_year, margin_year_before, cost_year, first_order_on, last_order_on, months, portfolio_id, score, alive,
    no_order_90, orders_year, margin_3y, value, value_low, value_high)
SELECT tenant_id, id, name_key, false,
       CASE WHEN orders = 0 THEN 'prospect' WHEN silent < 180 THEN 'active' WHEN silent < 540 THEN 'lapsed'
            ELSE 'lost' END,
       orders, orders / 9, spent, spent * 3 / 10,
       CASE WHEN silent < 365 THEN spent / 8 ELSE 0 END, spent / 12, orders * 30,
       CASE WHEN orders > 0 THEN current_date - 730 + (orders * 7) %% 90 END,
       CASE WHEN orders > 0 THEN current_date - silent END,
       CASE WHEN orders > 0 AND silent < 365
            THEN ARRAY(SELECT (orders * 731 * m) %% 9000 FROM generate_series(1, 12) AS m) ELSE '{}' END,
       portfolio_id, CASE WHEN orders = 0 THEN 'none' WHEN orders = 1 THEN 'one_order' ELSE 'scored' END,
       CASE WHEN orders > 1 THEN chance END, CASE WHEN orders > 1 THEN 1 - chance * 0.8 END, orders / 2.0,
       CASE WHEN orders > 0 THEN worth * 6 / 5 END, CASE WHEN orders > 0 THEN worth END,
       CASE WHEN orders > 0 THEN worth * 7 / 10 END, CASE WHEN orders > 0 THEN worth * 14 / 10 END
  FROM (SELECT c.*, a.portfolio_id, d.orders, d.silent, d.chance, (d.orders * d.basket)::bigint AS spent,
               (d.orders * d.basket * d.chance)::bigint AS worth
          FROM crm_customer AS c
          JOIN portfolios_assignment AS a ON a.tenant_id = c.tenant_id AND a.customer_id = c.id,
          (SELECT id, greatest(0, floor(-ln(1 - random()) * 4 - 0.9))::int AS orders,
                  floor(random() * 700)::int AS silent,
                  random() AS chance, 1000 + random() * 20000 AS basket FROM crm_customer OFFSET 0) AS d
         WHERE c.tenant_id = %(tenant)s AND d.id = c.id) AS drawn
"""

_POINTS = """
INSERT INTO crm_contactpoint (tenant_id, id, customer_id, kind, value, value_key, is_primary, source,
    source_detail, created_at)
SELECT tenant_id, gen_random_uuid(), id, p.kind, value, value, true, 'import', 'customers.csv', now()
  FROM (SELECT *, row_number() OVER () AS n FROM crm_customer WHERE tenant_id = %(tenant)s) AS c,
       LATERAL (VALUES ('email', replace(c.name_key, ' ', '.') || c.n || '@example.com'),
                       ('phone', '+4420' || lpad((70000000 + c.n)::text, 8, '0'))) AS p (kind, value)
 WHERE c.n %% 2 = 0
"""

_ORDERS = """
INSERT INTO crm_order (tenant_id, id, external_id, customer_id, kind, ordered_at, ordered_on, channel, currency, gross,
    discount, net, margin, margin_is_estimate, source, source_detail, created_at)
SELECT tenant_id, gen_random_uuid(), 'O' || customer_id || '-' || k, customer_id, 'sale', d, d::date, 'web', 'GBP',
       4000, 0, 4000,       1200, true, 'import', 'orders.csv', now()
  FROM (SELECT * FROM crm_customersummary WHERE tenant_id = %(tenant)s AND orders > 0
         ORDER BY customer_id LIMIT 200000) AS s,
       generate_series(1, s.orders) AS k, LATERAL (SELECT now() - make_interval(days => 700 * k / s.orders)) AS at (d)
"""

_TIMELINE = """
INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
SELECT tenant_id, gen_random_uuid(), customer_id, ordered_at, 'order', 'order:' || id, 'Order ' || external_id,
       '1 line, web', ''
  FROM crm_order WHERE tenant_id = %(tenant)s
"""

# Built afterwards: row by row a million periods would take minutes, and nothing here writes.
_RULE = """
ALTER TABLE portfolios_assignment ADD CONSTRAINT one_portfolio_at_a_time
  EXCLUDE USING gist (tenant_id WITH =, customer_id WITH =, period WITH &&)
"""


def fill(database: str, customers: int) -> None:
    """Make the tenant `bench` with its people and customers in an empty, migrated database."""
    values = {"customers": customers, "given": GIVEN, "head": HEAD, "tail": TAIL, **_people()}
    with closing(superuser(database)) as server, server.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SELECT setseed(0.5)")
        cursor.execute("ALTER TABLE portfolios_assignment DROP CONSTRAINT one_portfolio_at_a_time")
        for statement in (_CUSTOMERS, _ASSIGNMENTS, _SUMMARIES, _POINTS, _ORDERS, _TIMELINE):
            cursor.execute(statement, values)
            cursor.execute("ANALYZE")
        cursor.execute(_RULE)
        cursor.execute("VACUUM ANALYZE")


def _people() -> dict[str, object]:
    from portfolios.services.assignments import house_portfolio  # noqa: PLC0415
    from portfolios.services.portfolios import open_portfolio  # noqa: PLC0415
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.services.members import add_member  # noqa: PLC0415
    from tenancy.services.tenants import create_tenant  # noqa: PLC0415

    made = create_tenant(
        slug="bench", name="Bench", country="GB", currency="GBP", time_zone="Europe/London",
        admin_email="admin@bench.example", admin_password=PASSWORD,
    )  # fmt: skip
    with tenant_context(made.tenant.id):
        ids: dict[str, object] = {"tenant": str(made.tenant.id), "house": str(house_portfolio().id)}
        for name in ("nadia", "olga"):
            member = add_member(
                email=f"{name}@bench.example", name=name.capitalize(), role=made.roles["relationship-manager"],
                unit=made.root, password=PASSWORD,
            )  # fmt: skip
            ids[name] = str(open_portfolio(name=name.capitalize(), manager=member).id)
    return ids
