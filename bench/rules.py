"""Rules over N customers: `python -m bench.rules --customers 1000000 [--rounds 5] [--fresh]`.

One JSON line each, beside its yardstick measured in the same run:
- twenty typical rules as sets, one by one and all in one pass, beside the same SQL written by hand (ask: ratio <= 1.3);
- evaluations a second of the same rules by closures in one process (ask: 500,000), beside the same tests written in
  Python by hand for one of them;
- count and five examples of rules over indexed facts (ask: 300 ms), beside the bare count.
Everything as the application, under row-level security. The database is kept under its name.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from bench._database import open_database
from bench._rules import TYPICAL, Json, Typical

SAMPLE = 2000
INDEXED = (0, 1, 2, 3, 8, 10, 11)
"""Places of the typical rules whose facts all have an index."""


class Bench:
    """The tenant, its typical rules read, and what the SQL by hand needs."""

    def __init__(self) -> None:
        from rules.language.parse import parse  # noqa: PLC0415
        from rules.moment import setting_now  # noqa: PLC0415
        from tenancy.models import Member  # noqa: PLC0415

        self.setting = setting_now()
        self.managers = dict(Member.objects.values_list("name", "id"))
        self.rules = [parse(self.raw(typical), currency="GBP") for typical in TYPICAL]
        self.values = self._values()

    def raw(self, typical: Typical) -> Json:
        if "manager" not in typical.tree:
            return typical.tree
        return {"fact": "portfolios.manager", "is": "one_of", "value": [str(self.managers["Olga"])]}

    def _values(self) -> dict[str, Any]:
        from portfolios.models import Portfolio  # noqa: PLC0415
        from tenancy.context import current_tenant_id  # noqa: PLC0415

        today = self.setting.today
        return {
            "tenant": str(current_tenant_id()), "today": today,
            "year": self.setting.midnight(today - timedelta(days=364)),
            "tomorrow": self.setting.midnight(today + timedelta(days=1)),
            "olga": str(Portfolio.objects.get(manager_id=self.managers["Olga"]).id),
        }  # fmt: skip

    def by_hand(self, select: str, conditions: str) -> list[tuple[Any, ...]]:
        from django.db import connection  # noqa: PLC0415

        join = "JOIN crm_customer AS c ON c.tenant_id = %(tenant)s AND c.id = s.customer_id"
        joined = join if "c." in (select + conditions).replace("s.c", "") else ""
        rows = f"FROM crm_customersummary AS s {joined} WHERE s.tenant_id = %(tenant)s AND NOT s.trashed"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {select} {rows}{conditions}", self.values)
            return list(cursor.fetchall())


def measured(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Milliseconds in the median of some rounds after one that warms, and what came out."""
    found, times = work(), []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), found


def line(what: str, **facts: Any) -> None:
    shown = {key: round(value, 2) if isinstance(value, float) else value for key, value in facts.items()}
    print(json.dumps({"what": what, **shown}), flush=True)


def measure_sets(bench: Bench, size: int, rounds: int) -> None:
    from rules.catalogue import customers  # noqa: PLC0415
    from rules.language.sql import condition  # noqa: PLC0415

    totals = [0.0, 0.0]
    for typical, tree in zip(TYPICAL, bench.rules, strict=True):

        def ours(tree: Any = tree) -> int:
            return customers().rows(None).filter(condition(tree, bench.setting)).count()

        def hand(typical: Typical = typical) -> int:
            return int(bench.by_hand("count(*)", f" AND ({typical.hand})")[0][0])

        (ms, kept), (yard, expected) = measured(ours, rounds), measured(hand, rounds)
        assert kept == expected, f"{typical.name}: {kept} and {expected} by hand"
        totals = [totals[0] + ms, totals[1] + yard]
        line(
            f"rules.set: {typical.name}", size=size, kept=kept, ms=ms, yardstick="the SQL by hand",
            yardstick_ms=yard, ratio=ms / yard,
        )  # fmt: skip
    line(
        "rules.sets, one by one", size=size, rules=len(TYPICAL), ms=totals[0], yardstick="the SQL by hand",
        yardstick_ms=totals[1], ratio=totals[0] / totals[1], asked="<= 1.3",
    )  # fmt: skip


def measure_pass(bench: Bench, size: int, rounds: int) -> None:
    """All of them in one pass over the population."""
    from django.db.models import Count  # noqa: PLC0415

    from rules.catalogue import customers  # noqa: PLC0415
    from rules.language.sql import condition, first_match  # noqa: PLC0415

    def ours() -> list[int]:
        counts = {
            f"n{n}": Count("pk", filter=condition(tree, bench.setting)) for n, tree in enumerate(bench.rules)
        }
        found = customers().rows(None).aggregate(**counts)
        return [found[f"n{n}"] for n in range(len(bench.rules))]

    def hand() -> list[int]:
        filters = ", ".join(f"count(*) FILTER (WHERE {typical.hand})" for typical in TYPICAL)
        return list(bench.by_hand(filters, "")[0])

    _compare("rules.sets, one pass", size, rounds, ours, hand)

    def first() -> dict[Any, int]:
        rows = customers().rows(None).annotate(first=first_match(bench.rules, bench.setting)).order_by()
        return dict(rows.values_list("first").annotate(n=Count("pk")))

    def first_by_hand() -> dict[Any, int]:
        cases = " ".join(f"WHEN {typical.hand} THEN {n}" for n, typical in enumerate(TYPICAL))
        return dict(bench.by_hand(f"CASE {cases} END, count(*)", " GROUP BY 1"))  # type: ignore[arg-type]

    _compare("rules.first that holds", size, rounds, first, first_by_hand)


def _compare(what: str, size: int, rounds: int, ours: Callable[[], Any], hand: Callable[[], Any]) -> None:
    (ms, kept), (yard, expected) = measured(ours, rounds), measured(hand, rounds)
    assert kept == expected, f"{what}: {kept} and {expected} by hand"
    line(
        what, size=size, rules=len(TYPICAL), ms=ms, yardstick="the SQL by hand", yardstick_ms=yard,
        ratio=ms / yard, asked="<= 1.3",
    )  # fmt: skip


def measure_closures(bench: Bench, size: int) -> None:
    """Each typical rule over records that were read before."""
    from rules.catalogue import customers  # noqa: PLC0415
    from rules.language.closures import predicate  # noqa: PLC0415
    from rules.selectors.records import read_records  # noqa: PLC0415

    ids: list[UUID] = list(
        customers().rows(None).order_by("name_key").values_list("customer_id", flat=True)[:SAMPLE]
    )
    records = list(read_records(bench.rules, ids, bench.setting).values())
    rates = []
    for typical, tree in zip(TYPICAL, bench.rules, strict=True):
        rates.append(_rate(predicate(tree, bench.setting), records))
        line(f"rules.single: {typical.name}", a_second=int(rates[-1]))

    def hand(record: dict[str, Any]) -> bool:
        orders, last = record["crm.orders"], record["crm.days_since_last_order"]
        return orders is not None and orders >= 4 and last is not None and last >= 90

    by_hand = _rate(hand, records)
    line(
        "rules.single", size=size, a_second=int(len(rates) / sum(1 / rate for rate in rates)), slowest=int(min(rates)),
        yardstick="regulars who are silent, in Python by hand", yardstick_a_second=int(by_hand),
        ratio=by_hand / rates[1], asked=">= 500,000 a second",
    )  # fmt: skip


def _rate(holds: Callable[[Any], bool], records: Sequence[Any]) -> float:
    """Evaluations a second of this process's own time, whatever else the machine does."""
    done, started = 0, time.process_time()
    while time.process_time() - started < 0.5:
        for record in records:
            holds(record)
        done += len(records)
    return done / (time.process_time() - started)


def measure_builder(bench: Bench, size: int, rounds: int) -> None:
    """What the builder asks at each key: how many, and five of them with names."""
    from rules.selectors.counting import count_condition, examples  # noqa: PLC0415
    from tenancy.access import access_of_member  # noqa: PLC0415
    from tenancy.models import Member, Tenant  # noqa: PLC0415

    admin = Member.objects.select_related("role", "unit").get(user__email="admin@bench.example")
    access = access_of_member(Tenant.objects.get(slug="bench"), admin, [])
    for n in INDEXED:
        tree = bench.rules[n]

        def ours(tree: Any = tree) -> tuple[bool, int]:
            counted = count_condition(tree, bench.setting, access=access)
            return counted.held.exact, len(examples(tree, bench.setting, access=access)[0])

        def hand(n: int = n) -> int:
            return int(bench.by_hand("count(*)", f" AND ({TYPICAL[n].hand})")[0][0])

        (ms, (exact, shown)), (yard, _) = measured(ours, rounds), measured(hand, rounds)
        line(
            f"rules.count and examples: {TYPICAL[n].name}", size=size, ms=ms, exact=exact, examples=shown,
            yardstick="the bare count", yardstick_ms=yard, ratio=ms / yard, asked="<= 300 ms",
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--fresh", action="store_true", help="make the database anew")
    parser.add_argument("--only", choices=["sets", "pass", "single", "builder"])
    options = parser.parse_args()
    name = f"bench_rules_{options.customers}"
    if open_database(name, fresh=options.fresh):
        from bench._purchases import fill_purchases  # noqa: PLC0415
        from bench._shop import fill  # noqa: PLC0415

        fill(name, options.customers)
        fill_purchases(name)
    from tenancy.context import tenant_context  # noqa: PLC0415
    from tenancy.models import Tenant  # noqa: PLC0415

    with tenant_context(Tenant.objects.get(slug="bench").id):
        bench = Bench()
        steps: dict[str, Callable[[], None]] = {
            "sets": lambda: measure_sets(bench, options.customers, options.rounds),
            "pass": lambda: measure_pass(bench, options.customers, options.rounds),
            "single": lambda: measure_closures(bench, options.customers),
            "builder": lambda: measure_builder(bench, options.customers, options.rounds),
        }
        for step, work in steps.items():
            if options.only in (None, step):
                work()


if __name__ == "__main__":
    main()
