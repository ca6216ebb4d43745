"""The spread is even, deterministic, and never above a limit: for whatever customers and loads there are."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portfolios.services.balance import Candidate, Load, Loads, Measure, spread

PORTFOLIOS = tuple(UUID(int=1000 + n) for n in range(4))
choices = st.lists(st.sampled_from(PORTFOLIOS), min_size=1, max_size=4, unique=True).map(tuple)
amounts = st.integers(0, 100_000)
measures = st.sampled_from(list(Measure))


def candidate(number: int, among: tuple[UUID, ...], value: int, workload: int) -> Candidate:
    return Candidate(UUID(int=number), PORTFOLIOS[number % 4], among, value, workload)


@st.composite
def people(draw: st.DrawFn) -> list[Candidate]:
    rows = draw(st.lists(st.tuples(choices, amounts, amounts), max_size=60))
    return [candidate(number, *row) for number, row in enumerate(rows)]


@st.composite
def standing(draw: st.DrawFn) -> Loads:
    return {
        portfolio: Load(draw(st.integers(0, 20)), draw(amounts), draw(amounts)) for portfolio in PORTFOLIOS
    }


def copy(loads: Loads) -> Loads:
    return {key: Load(load.customers, load.value, load.workload) for key, load in loads.items()}


@given(people(), standing(), measures)
def test_everybody_gets_one_of_their_choices_and_the_loads_add_up(
    customers: list[Candidate], before: Loads, measure: Measure
) -> None:
    after = copy(before)
    found = spread(customers, after, measure=measure)
    assert set(found) == {one.customer_id for one in customers}
    assert all(found[one.customer_id] in one.choices for one in customers)
    for what in Measure:
        added = sum(one.weight(what) for one in customers)
        assert sum(load.of(what) for load in after.values()) == added + sum(
            load.of(what) for load in before.values()
        )


@given(people(), standing(), measures)
def test_the_order_in_which_customers_come_does_not_matter(
    customers: list[Candidate], before: Loads, measure: Measure
) -> None:
    assert spread(customers, copy(before), measure=measure) == spread(
        customers[::-1], copy(before), measure=measure
    )


@given(people(), standing(), measures)
def test_who_got_somebody_was_lighter_than_the_others_before(
    customers: list[Candidate], before: Loads, measure: Measure
) -> None:
    """Even means: without the last one it got, no portfolio carries more than another that everybody may go to."""
    everybody = [
        Candidate(one.customer_id, one.home, PORTFOLIOS, one.value, one.workload) for one in customers
    ]
    after = copy(before)
    found = spread(everybody, after, measure=measure)
    for portfolio in PORTFOLIOS:
        got = [one.weight(measure) for one in everybody if found[one.customer_id] == portfolio]
        if got:
            lightest = min(load.of(measure) for load in after.values())
            assert after[portfolio].of(measure) - min(got) <= lightest + 1e-6


@given(people(), standing(), measures, st.integers(0, 15))
def test_a_limit_is_kept_and_who_finds_no_room_stays(
    customers: list[Candidate], before: Loads, measure: Measure, limit: int
) -> None:
    loads = copy(before)
    found = spread(customers, loads, measure=measure, limit=limit)
    came = {portfolio: list(found.values()).count(portfolio) for portfolio in PORTFOLIOS}
    for portfolio, count in came.items():
        assert count == 0 or before[portfolio].customers + count <= limit
    for one in customers:
        if one.customer_id not in found:
            assert all(loads[choice].customers >= limit for choice in one.choices)
