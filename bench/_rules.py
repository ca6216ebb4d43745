"""Twenty rules as people write them, each beside the SQL that somebody would write by hand."""

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]


@dataclass(frozen=True)
class Typical:
    """`hand` is a condition over `s` (summaries) and `c` (their customers, joined where it is named)."""

    name: str
    tree: Json
    hand: str


def pounds(amount: str) -> Json:
    return {"amount": amount, "currency": "GBP"}


def is_(fact: str, operator: str, value: Any) -> Json:
    return {"fact": fact, "is": operator, "value": value}


def lately(days: int) -> Json:
    return is_("crm.orders.ordered_on", "within_last", {"days": days})


ORDERS: Final = "SELECT customer_id FROM crm_order WHERE tenant_id = %(tenant)s AND customer_id IS NOT NULL"
SHOP: Final = is_("crm.orders.channel", "equals", "shop")
OFTEN: Final = {"count": "crm.orders", "where": {"all": [lately(365)]}, "is": "at_least", "value": 3}
RARELY: Final = {"count": "crm.orders", "where": {"all": [lately(180)]}, "is": "at_most", "value": 1}
SPENT: Final = {
    "sum": "crm.orders", "of": "crm.orders.net", "where": {"all": [SHOP]}, "is": "at_least", "value": pounds("500"),
}  # fmt: skip
LARGEST: Final = {"largest": "crm.orders", "of": "crm.orders.net", "is": "at_least", "value": pounds("180")}
PRODUCT: Final = {
    "count": "crm.lines", "where": {"all": [is_("crm.lines.product", "equals", "P7")]}, "is": "at_least", "value": 1,
}  # fmt: skip
CALLS: Final = {
    "all": [
        is_("crm.costs.kind", "equals", "call"),
        is_("crm.costs.occurred_at", "within_last", {"days": 365}),
    ]
}
CALLED: Final = {
    "sum": "crm.costs", "of": "crm.costs.amount", "where": CALLS, "is": "at_least", "value": pounds("20"),
}  # fmt: skip
WORTH: Final = is_("value.lifetime_value", "at_least", pounds("300"))
AWAY: Final = is_("value.no_order_90", "at_least", "0.6")
SILENT: Final = is_("crm.last_order_on", "longer_ago", {"days": 180})

TYPICAL: Final = (
    Typical("lapsed", is_("crm.status", "one_of", ["lapsed"]), "s.status = 'lapsed'"),
    Typical(
        "regulars who are silent",
        {"all": [is_("crm.orders", "at_least", 4), is_("crm.days_since_last_order", "at_least", 90)]},
        "s.orders >= 4 AND s.last_order_on <= %(today)s::date - 90",
    ),
    Typical("worth much", WORTH, "s.value >= 30000"),
    Typical(
        "worth much and likely to stay away", {"all": [WORTH, AWAY]}, "s.value >= 30000 AND s.no_order_90 >= 0.6"
    ),
    Typical(
        "in Germany or France", is_("crm.country", "one_of", ["DE", "FR"]), "c.country IN ('DE', 'FR')"
    ),
    Typical(
        "organisations abroad",
        {
            "all": [
                is_("crm.kind", "one_of", ["organisation"]), is_("crm.country", "not_one_of", ["GB"]),
            ]
        },
        "c.kind = 'organisation' AND c.country NOT IN ('GB', '')",
    ),
    Typical(
        "margin has halved",
        is_("crm.margin_year", "less_than", {"fact": "crm.margin_year_before", "times": "0.5"}),
        "s.margin_year < s.margin_year_before * 0.5::float8",
    ),
    Typical(
        "late in their own rhythm",
        is_("crm.days_since_last_order", "more_than", {"fact": "value.usual_gap", "times": "2.5"}),
        "s.orders >= 3 AND s.last_order_on > s.first_order_on AND %(today)s::date - s.last_order_on"
        " > (s.last_order_on - s.first_order_on)::float8 / (s.orders - 1) * 2.5",
    ),
    Typical(
        "first ordered this year and half",
        is_("crm.first_order_on", "within_last", {"months": 23}),
        "s.first_order_on > %(today)s::date - interval '23 months' AND s.first_order_on <= %(today)s::date",
    ),
    Typical(
        "neither prospects nor silent",
        {"none": [is_("crm.status", "one_of", ["prospect"]), SILENT]},
        "NOT (s.status = 'prospect' OR COALESCE(s.last_order_on <= %(today)s::date - 180, false))",
    ),
    Typical(
        "called Ada", is_("crm.name", "starts_with", "Ada "), "s.name_key >= 'ada ' AND s.name_key < 'ada!'"
    ),
    Typical("looked after by Olga", {"manager": "olga"}, "s.portfolio_id = %(olga)s"),
    Typical(
        "reached by e-mail",
        is_("crm.contact_points", "has_any", ["email"]),
        "s.customer_id IN (SELECT customer_id FROM crm_contactpoint WHERE tenant_id = %(tenant)s AND kind = 'email'"
        " AND invalid_at IS NULL)",
    ),
    Typical(
        "three orders in a year",
        OFTEN,
        f"s.customer_id IN ({ORDERS} AND ordered_on > %(today)s::date - 365 AND ordered_on <= %(today)s::date"
        " GROUP BY 1 HAVING count(*) >= 3)",
    ),
    Typical(
        "one order at most in half a year",
        RARELY,
        f"s.customer_id NOT IN ({ORDERS} AND ordered_on > %(today)s::date - 180 AND ordered_on <= %(today)s::date"
        " GROUP BY 1 HAVING count(*) > 1)",
    ),
    Typical(
        "500 spent in shops",
        SPENT,
        f"s.customer_id IN ({ORDERS} AND lower(channel) = 'shop' GROUP BY 1 HAVING sum(net) >= 50000)",
    ),
    Typical(
        "one large order", LARGEST, f"s.customer_id IN ({ORDERS} GROUP BY 1 HAVING max(net) >= 18000)"
    ),
    Typical(
        "bought a product",
        PRODUCT,
        "s.customer_id IN (SELECT o.customer_id FROM crm_orderline l JOIN crm_order o ON o.id = l.order_id"
        " JOIN crm_product p ON p.id = l.product_id WHERE l.tenant_id = %(tenant)s AND o.tenant_id = %(tenant)s"
        " AND p.tenant_id = %(tenant)s AND p.external_id = 'P7' AND o.customer_id IS NOT NULL)",
    ),
    Typical(
        "20 of calls in a year",
        CALLED,
        "s.customer_id IN (SELECT customer_id FROM crm_costevent WHERE tenant_id = %(tenant)s"
        " AND lower(kind) = 'call' AND occurred_at >= %(year)s AND occurred_at < %(tomorrow)s"
        " GROUP BY 1 HAVING sum(amount) >= 2000)",
    ),
    Typical(
        "worth a visit",
        {
            "any": [
                {"all": [WORTH, AWAY]}, is_("crm.orders", "at_least", 12),
                {"all": [is_("crm.country", "one_of", ["NL"]), OFTEN]},
            ]
        },
        "(s.value >= 30000 AND s.no_order_90 >= 0.6) OR s.orders >= 12 OR (c.country = 'NL' AND s.customer_id IN"
        f" ({ORDERS} AND ordered_on > %(today)s::date - 365 AND ordered_on <= %(today)s::date"
        " GROUP BY 1 HAVING count(*) >= 3))",
    ),
)  # fmt: skip
