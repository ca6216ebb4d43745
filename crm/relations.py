"""Rows that belong to customers, as rules count and sum them: orders, their lines, payments, cost events."""

from typing import Final

from django.db.models import BooleanField, DateField, F, IntegerField, Value
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import Coalesce, Greatest, Lower, NullIf, TruncDate
from django.db.models.lookups import GreaterThan, IsNull

from crm.models import CostEvent, Order, OrderLine, Payment
from crm.models.customer import Source
from rules.catalogue import Fact, PersonalDataClass, Relation, Type
from rules.expressions import DaysBetween, measured
from rules.moment import Setting

BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR


def _plain(
    relation: str, name: str, label: str, type: Type, explanation: str, column: str = "", says: str = ""
) -> Fact:
    """A column of the relation's rows. `says`: how it reads after the rows' noun, "of {value}"."""
    phrases = {"any": says} if says else {}
    return Fact(f"{relation}.{name}", label, type, explanation, BEHAVIOUR, column or name, phrases=phrases)


def _words(column: str) -> Combinable:
    return NullIf(Lower(column), Value(""))


def _order_kind(relation: str, column: str) -> Fact:
    return Fact(
        f"{relation}.kind", "Order or return", Type.CHOICE, "Whether goods were bought or came back.", BEHAVIOUR,
        column, options=lambda: [("sale", "order"), ("return", "return")],
        phrases={"one_of": "of the kind {value}", "not_one_of": "of another kind than {value}"},
    )  # fmt: skip


ORDERS: Final = Relation(
    "crm.orders", "orders", "What they ordered and returned, by order. A return has negative sums.",
    Order.objects.all, "customer_id",
    (
        _order_kind("crm.orders", "kind"),
        _plain("crm.orders", "ordered_on", "Day", Type.DATE, "The day of the order in your time zone."),
        _plain(
            "crm.orders", "net", "Amount", Type.MONEY, "What was paid: the lines less discounts.", says="of {value}"
        ),
        _plain("crm.orders", "gross", "Amount before discount", Type.MONEY, "The sum of the lines."),
        _plain("crm.orders", "discount", "Discount", Type.MONEY, "What was taken off the order and its lines."),
        _plain("crm.orders", "margin", "Margin", Type.MONEY, "The amount less the cost of the goods."),
        _plain(
            "crm.orders", "margin_is_estimate", "Margin estimated", Type.FLAG,
            "Yes where the cost of the goods was not known and your margin rate stands in.",
        ),
        Fact(
            "crm.orders.channel", "Channel", Type.TEXT, "Where it was ordered: web, shop, phone, as you name them.",
            BEHAVIOUR, _words("channel"), normalise=str.lower,
        ),
        Fact(
            "crm.orders.source", "Source", Type.CHOICE, "How the order came here.", BEHAVIOUR, "source",
            options=lambda: Source.choices,
        ),
    ),
)  # fmt: skip

LINES: Final = Relation(
    "crm.lines", "order lines", "What they bought and returned, by product.", OrderLine.objects.all,
    "order__customer_id",
    (
        Fact(
            "crm.lines.product", "Product number", Type.TEXT, "The product's number in your other systems.", BEHAVIOUR,
            "product__external_id",
        ),
        Fact(
            "crm.lines.description", "Description", Type.TEXT, "What the line says of the goods.", BEHAVIOUR,
            _words("description"), normalise=str.lower,
        ),
        Fact(
            "crm.lines.quantity", "Quantity", Type.NUMBER, "How much of it; negative when it came back.", BEHAVIOUR,
            measured("quantity"),
        ),
        _plain("crm.lines", "amount", "Amount", Type.MONEY, "Quantity times price, before discount."),
        _plain("crm.lines", "discount", "Discount", Type.MONEY, "What was taken off the line."),
        _plain("crm.lines", "cost", "Cost of the goods", Type.MONEY, "What the goods cost you, where it is known."),
        _order_kind("crm.lines", "order__kind"),
        _plain(
            "crm.lines", "ordered_on", "Day", Type.DATE, "The day of the order in your time zone.",
            "order__ordered_on",
        ),
    ),
)  # fmt: skip

COSTS: Final = Relation(
    "crm.costs", "costs of serving them", "What serving them cost: visits, calls, letters, gifts.",
    CostEvent.objects.all, "customer_id",
    (
        Fact(
            "crm.costs.kind", "Kind", Type.TEXT, "What it was: visit, call, letter, as the cost was posted.", BEHAVIOUR,
            _words("kind"), normalise=str.lower,
        ),
        _plain("crm.costs", "amount", "Amount", Type.MONEY, "What it cost.", says="of {value}"),
        Fact(
            "crm.costs.minutes", "Minutes", Type.NUMBER, "How long it took, where it is known.", BEHAVIOUR,
            measured("minutes"), unit="minutes",
        ),
        _plain("crm.costs", "occurred_at", "Moment", Type.MOMENT, "When it happened."),
    ),
)  # fmt: skip


def _days_late(setting: Setting) -> Combinable:
    settled = Coalesce(
        TruncDate("paid_at", tzinfo=setting.zone), Value(setting.today, DateField()), output_field=DateField()
    )
    # GREATEST takes no notice of NULL; a payment without a due day is not known to be late.
    return ExpressionWrapper(
        Greatest(DaysBetween(settled, F("due_on")), _zero_where_due()), output_field=IntegerField()
    )


def _zero_where_due() -> Combinable:
    return DaysBetween(F("due_on"), F("due_on"))


PAYMENTS: Final = Relation(
    "crm.payments", "payments", "What they paid and what is due, by payment.", Payment.objects.all,
    "order__customer_id",
    (
        _plain("crm.payments", "amount", "Amount", Type.MONEY, "What was paid or is due.", says="of {value}"),
        Fact(
            "crm.payments.method", "Method", Type.TEXT, "How it was paid: card, transfer, as you name it.", BEHAVIOUR,
            _words("method"), normalise=str.lower,
        ),
        _plain("crm.payments", "due_on", "Due", Type.DATE, "The day by which it was to be paid.", says="due {value}"),
        _plain(
            "crm.payments", "paid_at", "Paid", Type.MOMENT, "When it was paid; unknown while it is open.",
            says="paid {value}",
        ),
        Fact(
            "crm.payments.is_paid", "Paid", Type.FLAG, "Whether it was paid.", BEHAVIOUR, IsNull(F("paid_at"), False),
            phrases={"yes": "that are paid", "no": "that are open"},
        ),
        Fact(
            "crm.payments.days_late", "Days late", Type.COUNT,
            "Days from the due day to the payment, or to today while it is open; 0 in time.", BEHAVIOUR, _days_late,
            unit="days",
        ),
        Fact(
            "crm.payments.is_late", "Late", Type.FLAG, "Paid, or still open, after the day on which it was due.",
            BEHAVIOUR, lambda setting: ExpressionWrapper(GreaterThan(_days_late(setting), 0), BooleanField()),
            phrases={"yes": "that are late", "no": "that are in time"},
        ),
    ),
)  # fmt: skip

RELATIONS: Final = (ORDERS, LINES, COSTS, PAYMENTS)
