"""Rows of an order file, checked column by column and made into lines for COPY."""

from collections import defaultdict

from uuid_utils import uuid7

from crm.imports import cells
from crm.imports.cells import NOTHING, Memo
from crm.imports.guessing import Mapping
from crm.imports.reading import Block, Dialect, decoded
from crm.imports.staged import Columns, Settings, Staged, broken_rows, bucket_of
from crm.services.orders import MOST
from tenancy.db.copy import copy_field

LINE_COLUMNS = (
    "number", "order_no", "is_return", "returns_no", "customer_no", "customer_name", "country", "product_no",
    "description", "quantity", "price", "amount", "discount", "cost", "ordered_at", "ordered_on", "channel", "id",
)  # fmt: skip
"""Of a staged line, in this order; the instant and its day are one field with a tab inside."""


def stage_orders(
    block: Block, dialect: Dialect, mapping: Mapping, settings: Settings, *, buckets: int
) -> Staged:
    """Check the rows of a block: lines by the bucket of their order, rejected rows, and what was noticed.

    A rejected row takes its whole order with it: "bad" names the order, and its bucket leaves it out.
    """
    columns = Columns(block, dialect, mapping.columns)
    read = _read(columns, mapping, settings)
    staged = Staged(read=len(block.rows) + len(block.broken))
    staged.noticed = columns.settle()
    _look_across(columns, read, MOST / 10**settings.digits)
    staged.rejected = sorted(broken_rows(block, dialect) + columns.rejected())
    _blame_broken(staged, block, dialect, mapping, buckets)
    _put_into_buckets(staged, columns, read, buckets)
    return staged


def _read(columns: Columns, mapping: Mapping, settings: Settings) -> dict[str, list[str]]:
    """Every field's cells for COPY."""
    decimal, digits = mapping.decimal, settings.digits
    memos = {
        "order": Memo(cells.text("order number", 80, needed=True, whole=True)),
        "ordered_at": Memo(cells.moment(order=mapping.date_order, zone=settings.time_zone)),
        "customer": Memo(cells.text("customer number", 80, whole=True)),
        "customer_name": Memo(cells.cut_text("customer name", 200)),
        "country": Memo(cells.country),
        "product": Memo(cells.text("product number", 80)),
        "description": Memo(cells.cut_text("product name", 200)),
        "quantity": Memo(cells.number("quantity", decimal=decimal, digits=3, most=10**11, empty="1")),
        "price": Memo(cells.number("price", decimal=decimal, digits=4, most=10**12)),
        "amount": Memo(cells.money("amount", decimal=decimal, digits=digits)),
        "discount": Memo(cells.money("discount", decimal=decimal, digits=digits, empty="0")),
        "cost": Memo(cells.money("cost", decimal=decimal, digits=digits)),
        "returns": Memo(cells.text("number of the order it returns", 80, whole=True)),
        "channel": Memo(cells.cut_text("channel", 40)),
        "currency": Memo(cells.currency(settings.currency)),
    }
    absent = {"quantity": "1", "discount": "0", "description": "", "channel": "", "country": "",
              "customer_name": ""}  # fmt: skip
    read = {name: columns.read(name, memo, absent=absent.get(name, NOTHING)) for name, memo in memos.items()}
    return _with_numbers(read, columns, mapping)


def _with_numbers(read: dict[str, list[str]], columns: Columns, mapping: Mapping) -> dict[str, list[str]]:
    """Order numbers made up where the file has none, and what a C before one says."""
    if "order" not in columns:
        days = (moment.rpartition("\t")[2] for moment in read["ordered_at"])
        read["order"] = [
            NOTHING if customer == NOTHING else f"{customer} {day}"
            for customer, day in zip(read["customer"], days, strict=True)
        ]
    marked = {
        o: "t" if mapping.c_is_return and o[:1] in "Cc" and o[1:2].isdigit() else "f"
        for o in set(read["order"])
    }
    read["is_return"] = [marked[order] for order in read["order"]]
    if mapping.c_names_order and "returns" not in columns:
        named = {order: order[1:] if mark == "t" else NOTHING for order, mark in marked.items()}
        read["returns"] = [named[order] for order in read["order"]]
    return read


def _look_across(columns: Columns, read: dict[str, list[str]], limit: float) -> None:
    """Reasons that need more than one cell of a row."""
    for place, order in enumerate(read["order"]):
        if order == NOTHING:
            columns.reasons.setdefault(place, "has neither an order number nor a customer")
    if "price" not in columns:
        for place, (amount, quantity) in enumerate(zip(read["amount"], read["quantity"], strict=True)):
            if amount == NOTHING:
                columns.reasons.setdefault(place, "has no amount")
            elif quantity != NOTHING and abs(int(amount)) >= 10**10 * abs(float(quantity)) > 0:
                columns.reasons.setdefault(place, f"has a price beyond anything: {amount} for {quantity}")
        return
    _look_at_sums(columns, read, limit)


def _look_at_sums(columns: Columns, read: dict[str, list[str]], limit: float) -> None:
    """Quantity times price may be absurd though neither is; looked at row by row only where it could be."""
    quantities = {cell: abs(float(cell)) if cell != NOTHING else 0.0 for cell in set(read["quantity"])}
    prices = {cell: abs(float(cell)) if cell != NOTHING else 0.0 for cell in set(read["price"])}
    if max(quantities.values(), default=0) * max(prices.values(), default=0) < limit:
        return
    for place, (quantity, price) in enumerate(zip(read["quantity"], read["price"], strict=True)):
        if quantities[quantity] * prices[price] >= limit:
            columns.reasons.setdefault(place, f"has an amount beyond anything: {quantity} times {price}")


def _put_into_buckets(staged: Staged, columns: Columns, read: dict[str, list[str]], buckets: int) -> None:
    if not columns.block.rows:
        return
    places = {order: bucket_of(order, buckets) for order in set(read["order"])}
    order = ("order", "is_return", "returns", "customer", "customer_name", "country", "product", "description",
             "quantity", "price", "amount", "discount", "cost", "ordered_at", "channel")  # fmt: skip
    numbers = map(str, columns.block.numbers)
    ids = (str(uuid7()) for _ in columns.block.numbers)
    lines = list(map("\t".join, zip(numbers, *(read[name] for name in order), ids, strict=True)))
    taken = staged.lines["lines"]
    if columns.reasons:
        _reject(staged, columns, read["order"], places)
        kept = [place for place in range(len(lines)) if place not in columns.reasons]
        for place in kept:
            taken[places[read["order"][place]]].append(lines[place])
        staged.anonymous = sum(read["customer"][place] == NOTHING for place in kept)
        return
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for number, line in zip(read["order"], lines, strict=True):
        groups[places[number]].append(line)
    taken.update(groups)
    staged.anonymous = read["customer"].count(NOTHING)


def _blame_broken(staged: Staged, block: Block, dialect: Dialect, mapping: Mapping, buckets: int) -> None:
    """A row that could not be cut may still name its order, which then is left out."""
    if "order" not in mapping.columns:
        return
    place = dialect.header.index(mapping.columns["order"])
    for number, _, line in block.broken:
        cell = (line.split(dialect.delimiter) + [""] * (place + 1))[place].strip().strip('"').strip()
        if cell and "\0" not in cell and len(cell) <= 80:
            order = copy_field(decoded(cell, dialect.encoding))
            staged.lines["bad"][bucket_of(order, buckets)].append(f"{order}\t{number}")


def _reject(staged: Staged, columns: Columns, orders: list[str], places: dict[str, int]) -> None:
    for place in columns.reasons:
        if orders[place] != NOTHING:
            line = f"{orders[place]}\t{columns.block.numbers[place]}"
            staged.lines["bad"][places[orders[place]]].append(line)
