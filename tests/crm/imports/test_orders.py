"""Files of orders: rows become orders, and the same file twice changes nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from crm.models import Customer, Import, Order, OrderLine, Product, TimelineEntry
from crm.services.orders import Line, record_order
from crm.services.products import save_product
from portfolios.models import Assignment
from tenancy.context import tenant_context
from tenancy.models import AuditEntry, OutboxEvent
from tests.cast import Company
from tests.crm.imports.helpers import bring_in, check, load, outcome, reasons, upload

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
FILE = HEAD + (
    "536365,85123A,WHITE HEART,6,2010-12-01 08:26,2.55,17850,United Kingdom\n"
    "536366,22633,HAND WARMER,6,2010-12-01 08:28,1.85,17850,United Kingdom\n"
    "536365,71053,LANTERN,6,2010-12-01 08:26,3.39,17850,United Kingdom\n"
    "C536379,D,Discount,-1,2010-12-01 09:41,27.50,14527,EIRE\n"
    '536414,22139,"POT, ""BIG""",56,2010-12-01 11:52,0.00,,Unspecified\n'
)


def test_rows_become_orders(in_a: Company) -> None:
    run = bring_in(FILE)
    assert run.state == Import.State.DONE
    assert outcome(run) == (4, 0, 0)
    assert (run.counts["read"], run.counts["rejected"], run.counts["anonymous"]) == (5, 0, 1)
    order = Order.objects.get(external_id="536365")
    assert (order.kind, order.gross, order.net, order.margin) == ("sale", 3564, 3564, 1069)
    assert order.ordered_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert list(order.lines.order_by("position").values_list("description", "position")) == [
        ("WHITE HEART", 1),
        ("LANTERN", 2),
    ]
    back = Order.objects.get(external_id="C536379")
    assert (back.kind, back.net, back.returns) == ("return", -2750, None)
    assert Order.objects.get(external_id="536414").customer is None
    assert Product.objects.get(external_id="22139").name == 'POT, "BIG"'


def test_unknown_customers_are_made_and_belong_to_the_house(in_a: Company) -> None:
    bring_in(FILE)
    customer = Customer.objects.get(external_id="17850")
    assert (customer.name, customer.name_key, customer.country) == ("Customer 17850", "customer 17850", "GB")
    assert Customer.objects.get(external_id="14527").country == "IE"
    assert Assignment.objects.get(customer=customer).portfolio.is_house
    summary = customer.summary
    assert (summary.orders, summary.revenue, summary.status) == (2, 4674, "lost")
    assert summary.portfolio_id == Assignment.objects.get(customer=customer).portfolio_id
    entries = TimelineEntry.objects.filter(customer=customer, kind="order").order_by("at")
    assert [(e.title, e.text) for e in entries] == [
        ("Order 536365", "£35.64"),
        ("Order 536366", "£11.10"),
    ]
    assert TimelineEntry.objects.filter(customer=customer, kind="created").exists()


def test_the_same_file_twice_changes_nothing(in_a: Company) -> None:
    bring_in(FILE)
    before = list(OrderLine.objects.order_by("id").values())
    audited = AuditEntry.objects.count()
    again = bring_in(FILE)
    assert outcome(again) == (0, 0, 4)
    assert again.counts["customers_created"] == 0
    assert list(OrderLine.objects.order_by("id").values()) == before
    assert AuditEntry.objects.count() == audited
    assert OutboxEvent.objects.filter(name="crm.orders_imported").count() == 1


def test_a_changed_row_changes_its_order_only(in_a: Company) -> None:
    bring_in(FILE)
    first = Order.objects.get(external_id="536365")
    run = bring_in(FILE.replace("71053,LANTERN,6", "71053,LANTERN,5"))
    assert outcome(run) == (0, 1, 3)
    changed = Order.objects.get(external_id="536365")
    assert (changed.id, changed.net) == (first.id, 3225)
    assert Customer.objects.get(external_id="17850").summary.revenue == 4335
    assert TimelineEntry.objects.get(key=f"order:{first.id}").text == "£32.25"


def test_a_row_less_is_a_line_less(in_a: Company) -> None:
    bring_in(FILE)
    lines = FILE.splitlines(keepends=True)
    assert outcome(bring_in("".join(lines[:3] + lines[4:]))) == (0, 1, 3)
    assert Order.objects.get(external_id="536365").lines.count() == 1


def test_an_order_that_changes_hands_leaves_the_first(in_a: Company) -> None:
    bring_in(FILE)
    bring_in(FILE.replace("28,1.85,17850", "28,1.85,14527"))
    first, second = (Customer.objects.get(external_id=n) for n in ("17850", "14527"))
    assert (first.summary.revenue, second.summary.revenue) == (3564, 1110 - 2750)
    order = Order.objects.get(external_id="536366")
    assert TimelineEntry.objects.get(key=f"order:{order.id}").customer == second


def test_a_check_writes_nothing(in_a: Company) -> None:
    run = check(upload(FILE))
    assert run.state == Import.State.CHECKED
    assert outcome(run) == (4, 0, 0)
    assert (run.counts["customers"], run.counts["customers_created"]) == (2, 2)
    assert not Order.objects.exists()
    assert not Customer.objects.filter(external_id="17850").exists()
    assert [s["what"] for s in run.counts["samples"]] == [
        "Order 536365", "Order 536366", "Return C536379", "Order 536414"]  # fmt: skip
    assert run.counts["samples"][0]["words"] == "2 lines, £35.64, customer 17850, 2010-12-01"


def test_an_order_with_a_bad_row_is_left_out_whole(in_a: Company) -> None:
    run = bring_in(FILE.replace("71053,LANTERN,6,", "71053,LANTERN,six,"))
    assert outcome(run) == (3, 0, 0)
    assert not Order.objects.filter(external_id="536365").exists()
    assert reasons(run) == {
        2: "left out with order 536365, because of line 4",
        4: "'six' is no number with a decimal point",
    }
    assert run.counts["rejected"] == 2
    assert not Product.objects.filter(external_id="85123A").exists()


def test_two_customers_in_one_order_are_refused(in_a: Company) -> None:
    run = bring_in(FILE.replace("3.39,17850", "3.39,14527"))
    assert reasons(run) == dict.fromkeys((2, 4), "order 536365 names two customers")
    assert not Order.objects.filter(external_id="536365").exists()


def test_a_customer_in_two_countries_stays_in_the_first(in_a: Company) -> None:
    run = bring_in(FILE.replace("1.85,17850,United Kingdom", "1.85,17850,France"))
    assert Customer.objects.get(external_id="17850").country == "GB"
    assert ["customers stand in two countries; the first stays", 1] in run.counts["noticed"]


def test_known_customers_stay_who_they_are(in_a: Company) -> None:
    run = bring_in(FILE.replace("17850", "ada-1"))
    assert run.counts["customers_created"] == 1
    ada = Customer.objects.get(external_id="ada-1")
    assert (ada.name, ada.country, ada.summary.orders) == ("Ada Lovelace", "", 2)


def test_the_file_and_the_service_agree(in_a: Company) -> None:
    save_product(external_id="TEA", name="Tea", unit_cost=155)
    bring_in("order,date,product,quantity,price,discount,customer\n"
             "f-1,2026-03-01T10:00:00Z,TEA,2,4.555,0.50,ada-1\nf-2,2026-03-01T10:00:00Z,TEA,3,1.005,0,ada-1\n"
             "f-2,2026-03-01T10:00:00Z,CUP,1,9.99,0,ada-1\n")  # fmt: skip
    tea = Line(Decimal(2), Decimal("4.555"), product="TEA", discount=Decimal("0.50"))
    pair = [
        Line(Decimal(3), Decimal("1.005"), product="TEA"),
        Line(Decimal(1), Decimal("9.99"), product="CUP"),
    ]
    at = datetime(2026, 3, 1, 10, tzinfo=UTC)
    common = {"customer": in_a.customer["ada"], "ordered_at": at, "source": "api"}
    assert record_order(external_id="f-1", lines=[tea], **common).outcome == "unchanged"
    assert record_order(external_id="f-2", lines=pair, **common).outcome == "unchanged"
    for mine, lines in (("s-1", [tea]), ("s-2", pair)):
        order = record_order(external_id=mine, lines=lines, **common).order
        twin = Order.objects.get(external_id=mine.replace("s", "f"))
        fields = ("gross", "discount", "net", "margin", "margin_is_estimate", "ordered_on", "currency")
        assert [getattr(order, f) for f in fields] == [getattr(twin, f) for f in fields]
        assert [x.cost for x in order.lines.order_by("position")] == [
            x.cost for x in twin.lines.order_by("position")
        ]


def test_without_an_order_number_a_customer_has_one_order_a_day(in_a: Company) -> None:
    text = "customer_id,date,amount\n1,1997-01-01,11.77\n1,1997-01-01,5.00\n1,1997-01-12,12.00\n2,1997-01-12,77\n"
    run = bring_in(text)
    assert outcome(run) == (3, 0, 0)
    order = Order.objects.get(external_id="1 1997-01-01")
    assert (order.net, order.lines.count()) == (1677, 2)
    assert outcome(bring_in(text)) == (0, 0, 3)


def test_returns_find_their_order_when_the_file_says_so(in_a: Company) -> None:
    text = "order,date,customer,quantity,price\nC77,2026-01-02,1,2,10\n77,2026-01-01,1,3,10\n78,2026-01-01,2,1,5\n"
    bring_in(text, c_is_return=True, c_names_order=True)
    back = Order.objects.get(external_id="C77")
    assert (back.kind, back.net, back.returns.external_id) == ("return", -2000, "77")
    again = bring_in(text, c_is_return=True, c_names_order=True)
    assert outcome(again) == (0, 0, 3)
    assert Order.objects.get(external_id="C77").returns == back.returns


@pytest.mark.parametrize("number", ["1234567.0", "1234567"])
def test_numbers_that_a_spreadsheet_made_decimal(in_a: Company, number: str) -> None:
    bring_in(f"order,date,customer,amount\no1,2026-01-01,{number},5\n")
    assert Order.objects.get().customer.external_id == "1234567"


def test_two_companies_with_the_same_numbers_do_not_meet(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_a.tenant.id):
        bring_in(FILE)
    with tenant_context(company_b.tenant.id):
        run = bring_in(FILE.replace("2.55", "9.99"))
        assert outcome(run) == (4, 0, 0)
        assert Customer.objects.get(external_id="17850").summary.orders == 2
    with tenant_context(company_a.tenant.id):
        assert Order.objects.get(external_id="536365").net == 3564
        assert not Import.objects.filter(id=run.id).exists()


def test_a_load_is_audited_once_a_bucket_as_who_gave_the_go(in_a: Company) -> None:
    bring_in(FILE)
    entries = AuditEntry.objects.filter(action="import").values_list("table", "actor")
    assert sorted({table for table, _ in entries}) == ["crm_customer", "crm_order", "crm_product"]
    assert {actor for _, actor in entries} == {f"member:{in_a.member['alice'].id}"}
    assert not AuditEntry.objects.filter(table="crm_order", action="insert").exists()


def test_what_changed_between_check_and_go_is_weighed_again(in_a: Company) -> None:
    run = check(upload(FILE))
    bring_in(FILE)
    assert outcome(load(run)) == (0, 0, 4)
