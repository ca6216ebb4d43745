"""The customer page: Alice works on Ada; Bob, who answers for others, sees the service card; Charlie nothing."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import ContactPoint, CostEvent, Customer, CustomerSummary, Order, OrderLine, TimelineEntry
from crm.selectors.where import all_of, in_address, line
from crm.services.summaries import refresh_summaries
from crm.services.timeline import Entry, add_entries
from portfolios.models import Assignment
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.cast import Company
from tests.desk.conftest import SignIn

PARTS = ("", "timeline/", "changed/?version=1", "edit/", "points/", "attributes/country/", *(
    f"why/{figure}/" for figure in ("value", "margin", "alive", "orders", "cost")
))  # fmt: skip
POSTS = ("status/", "trash/", "restore/", "edit/", "points/", "attributes/country/")
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def at(company: Company, key: str, part: str = "") -> str:
    return company.url(f"customers/{company.customer[key].id}/{part}")


def add_orders(company: Company, key: str, days_ago: list[int]) -> list[Order]:
    made = []
    for number, days in enumerate(days_ago):
        moment = timezone.now() - timedelta(days=days)
        order = Order.objects.create(
            external_id=f"{key}-{number}", customer=company.customer[key], ordered_at=moment, ordered_on=moment.date(),
            currency="GBP", gross=4_500, discount=500, net=4_000, margin=1_200, margin_is_estimate=True, source="api",
            channel="web",
        )  # fmt: skip
        OrderLine.objects.create(
            order=order, position=1, description=f"{XSS} record", quantity=Decimal(3), unit_price=Decimal("15.00"),
            amount=4_500,
        )  # fmt: skip
        made.append(order)
    refresh_summaries([company.customer[key].id])
    return made


@pytest.fixture
def ada(company_a: Company) -> Customer:
    return company_a.customer["ada"]


@pytest.mark.parametrize("part", PARTS)
def test_alice_works_bob_and_charlie_find_nothing(company_a: Company, sign_in: SignIn, part: str) -> None:
    path = at(company_a, "ada", part)
    assert sign_in("alice").get(path).status_code == 200
    assert sign_in("admin").get(path).status_code == 200
    assert sign_in("bob").get(path).status_code == 404
    assert sign_in("fran").get(path).status_code == 404
    assert sign_in("charlie").get(path).status_code == 404


@pytest.mark.parametrize("part", POSTS)
def test_only_alice_may_change(company_a: Company, sign_in: SignIn, part: str) -> None:
    path = at(company_a, "ada", part)
    for stranger in ("bob", "fran", "charlie"):
        assert sign_in(stranger).post(path, {"name": "Mallory", "status": "lost"}).status_code == 404
    with tenant_context(company_a.tenant.id):
        ada = Customer.objects.get(id=company_a.customer["ada"].id)
        assert (ada.name, ada.manual_status, ada.trashed_at) == ("Ada Lovelace", "", None)


def test_the_page_says_who_sees_the_customer_and_why(company_a: Company, sign_in: SignIn) -> None:
    page = sign_in("alice").get(at(company_a, "ada")).content.decode()
    assert "Seen by 2 members: relationship manager, administrator." in page
    assert "answers for this customer" in page
    assert "the role reaches all customers" in page
    assert "only the service card, and each look is logged" in page


def test_opening_the_record_is_logged(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    sign_in("alice").get(at(company_a, "ada"))
    with tenant_context(company_a.tenant.id):
        entry = AccessEntry.objects.get(subject_id=ada.id)
        assert (entry.view, entry.actor, entry.allowed) == (
            "record",
            f"member:{company_a.member['alice'].id}",
            True,
        )


def test_the_service_card_serves_and_is_logged(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    with tenant_context(company_a.tenant.id):
        add_orders(company_a, "ada", [10])
        CustomerSummary.objects.filter(customer=ada).update(value=987_600, value_low=1, value_high=2)
    for key, status in (("fran", 200), ("bob", 200), ("alice", 200), ("charlie", 404)):
        assert sign_in(key).get(at(company_a, "ada", "card/")).status_code == status
    page = sign_in("fran").get(at(company_a, "ada", "card/")).content.decode()
    assert "Alice answers for them" in page
    assert "ada-0" in page
    assert "9,876" not in page
    assert "Open the record" not in page
    assert "Open the record" in sign_in("alice").get(at(company_a, "ada", "card/")).content.decode()
    with tenant_context(company_a.tenant.id):
        seen = AccessEntry.objects.filter(view="service card", subject_id=ada.id)
        assert seen.filter(actor=f"member:{company_a.member['fran'].id}").count() == 2


def test_who_may_not_open_cards_may_not(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        company_a.add("anna", "analyst")
    anna = sign_in("anna")
    assert anna.get(at(company_a, "ada", "card/")).status_code == 403
    assert anna.get(at(company_a, "ada")).status_code == 200
    assert anna.post(at(company_a, "ada", "edit/"), {"name": "X"}).status_code == 403


def test_orders_open_with_lines_discount_and_margin(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        order, other = add_orders(company_a, "ada", [3])[0], add_orders(company_a, "ben", [3])[0]
    page = sign_in("alice").get(at(company_a, "ada", f"orders/{order.id}/")).content.decode()
    for words in ("£45.00", "£5.00", "£40.00", "£12.00", "The margin is an estimate"):
        assert words in page
    assert "<script>alert" not in page
    # Another customer's order under Ada's address, or Ada's under another one's, is nothing.
    assert sign_in("alice").get(at(company_a, "ada", f"orders/{other.id}/")).status_code == 404
    assert sign_in("alice").get(at(company_a, "ben", f"orders/{other.id}/")).status_code == 404


def test_overdue_is_said_with_its_rhythm(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    with tenant_context(company_a.tenant.id):
        add_orders(company_a, "ada", [160, 140, 120, 100])
    page = sign_in("alice").get(at(company_a, "ada")).content.decode()
    assert "Overdue" in page
    assert "usually every 20 days" in page
    assert "4 orders since" in page


def test_costs_say_what_they_were(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    with tenant_context(company_a.tenant.id):
        CostEvent.objects.create(
            customer=ada,
            key="k",
            kind="call",
            amount=1_234,
            minutes=Decimal(7),
            occurred_at=timezone.now(),
            detail=XSS,
        )
    page = sign_in("alice").get(at(company_a, "ada", "why/cost/")).content.decode()
    assert "£12.34" in page
    assert "<script>" not in page
    assert sign_in("alice").get(at(company_a, "ada", "why/nothing/")).status_code == 404


def test_the_timeline_goes_on_without_gap_or_repetition(
    company_a: Company, sign_in: SignIn, ada: Customer
) -> None:
    moment = timezone.now()
    with tenant_context(company_a.tenant.id):
        # Many at the very same instant, so that time alone cannot tell them apart.
        add_entries([Entry(ada.id, moment, "order", f"o{n}", f"Title {n:03}") for n in range(70)])
        add_entries([Entry(ada.id, moment, "change", "c", "A change")])
        everything = TimelineEntry.objects.filter(customer=ada).count()
    alice, met = sign_in("alice"), 0
    path = at(company_a, "ada", "timeline/?kind=")
    while path:
        context = alice.get(path, headers={"HX-Request": "true"}).context
        met += sum(len(day["entries"]) for day in context["days"])
        path = context["later_url"]
    assert met == everything
    only = alice.get(at(company_a, "ada", "?kind=change")).content.decode()
    assert "A change" in only
    assert "Title 001" not in only


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=2026-01-01T00:00:00_x", "?kind=%00", "?kind=zzz", "?after=_"]
)
def test_places_that_make_no_sense_open_the_beginning(
    company_a: Company, sign_in: SignIn, query: str
) -> None:
    for part in ("", "timeline/"):
        assert sign_in("alice").get(at(company_a, "ada", part + query)).status_code == 200


def test_text_of_people_is_only_text(company_a: Company, sign_in: SignIn) -> None:
    with tenant_context(company_a.tenant.id):
        evil = company_a.add_customer("evil", "alice", name=XSS, external_id=XSS[:80])
        ContactPoint.objects.create(
            customer=evil, kind="post", value=XSS, value_key="x", source="import", source_detail=XSS
        )
        add_entries([Entry(evil.id, timezone.now(), XSS[:24], "k", XSS, text=XSS, who=XSS)])
        add_orders(company_a, "evil", [1])
    alice = sign_in("alice")
    pages = [at(company_a, "evil", part) for part in (*PARTS, "card/")]
    named = in_address(all_of(line("crm.name", "starts_with", XSS), line(XSS, "one_of", [XSS])))
    lists = ("", "customers/", "search/?q=script", f"customers/?{named}", f"customers/filter/?{named}")
    pages += [company_a.url(path) for path in lists]
    for path in pages:
        response = alice.get(path)
        assert response.status_code == 200, path
        assert "<script>alert" not in response.content.decode(), path
        assert "<img src=x" not in response.content.decode(), path


# --- changing


def seen(client: Client, path: str) -> dict[str, Any]:
    """What the form holds when it is opened."""
    form = client.get(path).context["form"]
    return {name: form.initial.get(name) or "" for name in form.fields}


def test_alice_changes_what_she_may(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    alice, path = sign_in("alice"), at(company_a, "ada", "edit/")
    values = seen(alice, path) | {"name": "Ada King", "country": "fr", "language": "fr"}
    assert alice.post(path, values).status_code == 302
    with tenant_context(company_a.tenant.id):
        ada.refresh_from_db()
        assert (ada.name, ada.country, ada.language, ada.version) == ("Ada King", "FR", "fr", 2)
        assert ada.summary.name_key == "ada king"
        assert ada.sources.get(field="country").source_detail == "Alice"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "   ", "required"),
        ("country", "F1", "Two letters"),
        ("time_zone", "Mars/Base", "no such time zone"),
        ("external_id", "ben-1", "belongs to another customer"),
        ("acts_for", "nobody-9", "no organisation with the number"),
        ("kind", "robot", "Select a valid choice"),
        ("name", "x\x00y", "Null characters"),
    ],
)
def test_a_mistake_is_said_at_its_field(
    company_a: Company, sign_in: SignIn, field: str, value: str, words: str
) -> None:
    alice, path = sign_in("alice"), at(company_a, "ada", "edit/")
    response = alice.post(path, seen(alice, path) | {field: value})
    assert response.status_code == 422
    assert words in str(response.context["form"].errors[field])


def test_two_people_change_different_things_and_both_stay(
    company_a: Company, sign_in: SignIn, ada: Customer
) -> None:
    alice, admin, path = sign_in("alice"), sign_in("admin"), at(company_a, "ada", "edit/")
    hers, theirs = seen(alice, path), seen(admin, path)
    assert admin.post(path, theirs | {"country": "DE"}).status_code == 302
    told = alice.get(at(company_a, "ada", "changed/?version=1")).content.decode()
    assert "admin" in told
    assert "Country was empty, is DE" in told
    assert "changed this" not in admin.get(at(company_a, "ada", "changed/?version=1")).content.decode()
    assert alice.post(path, hers | {"language": "de"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        ada.refresh_from_db()
        assert (ada.country, ada.language) == ("DE", "de")


@pytest.mark.parametrize(("keep", "country"), [("theirs", "DE"), ("yours", "FR")])
def test_two_people_change_the_same_thing_and_one_chooses(
    company_a: Company, sign_in: SignIn, ada: Customer, keep: str, country: str
) -> None:
    alice, admin, path = sign_in("alice"), sign_in("admin"), at(company_a, "ada", "edit/")
    hers, theirs = seen(alice, path), seen(admin, path)
    admin.post(path, theirs | {"country": "DE", "time_zone": "Europe/Berlin"})
    refused = alice.post(path, hers | {"country": "FR", "language": "fr"})
    assert refused.status_code == 409
    assert "admin saved at" in refused.content.decode()
    (conflict,) = refused.context["conflicts"]
    assert (conflict["theirs"], conflict["yours"]) == ("DE", "FR")
    again = {name: refused.context["form"][name].value() for name in refused.context["form"].fields}
    # What the other one changed elsewhere stands in her form now, so that she does not undo it.
    assert again["time_zone"] == "Europe/Berlin"
    assert alice.post(path, again | {"keep_country": keep}).status_code == 302
    with tenant_context(company_a.tenant.id):
        ada.refresh_from_db()
        assert (ada.country, ada.language, ada.time_zone) == (country, "fr", "Europe/Berlin")


def test_one_attribute_in_its_place(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    alice, admin, path = sign_in("alice"), sign_in("admin"), at(company_a, "ada", "attributes/country/")
    hers, theirs = (client.get(path).context["seen"] for client in (alice, admin))
    assert "DE" in admin.post(path, {"country": "de", "seen": theirs}).content.decode()
    refused = alice.post(path, {"country": "FR", "seen": hers})
    assert refused.status_code == 422
    assert "admin saved “DE”" in refused.content.decode()
    assert "FR" in alice.post(path, {"country": "FR", "seen": refused.context["seen"]}).content.decode()
    assert alice.post(path, {"country": "F", "seen": hers}).status_code == 422
    assert alice.post(path, {"country": "FR", "seen": "forged"}).status_code == 422
    assert alice.get(at(company_a, "ada", "attributes/source/")).status_code == 404


def test_what_somebody_saw_cannot_be_taken_to_another_customer(company_a: Company, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    values = seen(admin, at(company_a, "ben", "edit/"))
    assert admin.post(at(company_a, "ada", "edit/"), values).status_code == 422


def test_an_organisation_and_its_people(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    with tenant_context(company_a.tenant.id):
        firm = company_a.add_customer("firm", "alice", name="Firm Ltd", kind="organisation")
        bobs = company_a.add_customer("bobs", "bob", name="Bob's firm", kind="organisation")
    alice, path = sign_in("alice"), at(company_a, "ada", "edit/")
    assert alice.post(path, seen(alice, path) | {"acts_for": "bobs-1"}).status_code == 422, bobs
    assert alice.post(path, seen(alice, path) | {"acts_for": "firm-1"}).status_code == 302
    assert alice.post(path, seen(alice, path) | {"language": "en"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        ada.refresh_from_db()
        assert ada.acts_for_id == firm.id
    assert "Ada Lovelace" in alice.get(at(company_a, "firm")).content.decode()
    assert "Acts for" in alice.get(at(company_a, "ada")).content.decode()


def test_a_status_by_hand_has_an_author_and_an_end(
    company_a: Company, sign_in: SignIn, ada: Customer
) -> None:
    alice, path = sign_in("alice"), at(company_a, "ada", "status/")
    alice.post(path, {"status": "lost"})
    alice.post(path, {"status": "lost", "until": "2020-01-01"})
    with tenant_context(company_a.tenant.id):
        assert CustomerSummary.objects.get(customer=ada).status == "prospect"
    until = date.today() + timedelta(days=30)  # noqa: DTZ011
    alice.post(path, {"status": "lost", "until": f"{until:%Y-%m-%d}"})
    with tenant_context(company_a.tenant.id):
        assert CustomerSummary.objects.get(customer=ada).status == "lost"
    assert "Status lost set by Alice, until" in alice.get(at(company_a, "ada")).content.decode()
    alice.post(path, {"status": ""})
    with tenant_context(company_a.tenant.id):
        assert CustomerSummary.objects.get(customer=ada).status == "prospect"


def test_contact_points_come_change_and_go(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    alice = sign_in("alice")
    add = at(company_a, "ada", "points/")
    assert alice.post(add, {"kind": "email", "value": "not an address"}).status_code == 422
    assert alice.post(add, {"kind": "email", "value": "Ada@Example.com"}).status_code == 302
    assert alice.post(add, {"kind": "email", "value": "ada@example.com"}).status_code == 422
    with tenant_context(company_a.tenant.id):
        point = ContactPoint.objects.get(customer=ada)
    path = at(company_a, "ada", f"points/{point.id}/")
    assert alice.get(path).status_code == 200
    for do in ("verify", "invalid", "works"):
        assert alice.post(path, {"do": do}).status_code == 302
    assert alice.post(path, {"do": "save", "value": "x"}).status_code == 422
    assert alice.post(path, {"do": "save", "value": "new@example.com", "is_primary": "on"}).status_code == 302
    page = alice.get(at(company_a, "ada")).content.decode()
    assert "new@example.com" in page
    assert "entered by a member, Alice" in page
    admin = sign_in("admin")
    assert admin.post(at(company_a, "ben", f"points/{point.id}/"), {"do": "remove"}).status_code == 404
    assert sign_in("bob").post(path, {"do": "remove"}).status_code == 404
    assert alice.post(path, {"do": "remove"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        assert not ContactPoint.objects.filter(customer=ada).exists()


def test_trash_and_back(company_a: Company, sign_in: SignIn, ada: Customer) -> None:
    assert sign_in("alice").post(at(company_a, "ada", "trash/")).status_code == 403
    assert sign_in("alice").get(company_a.url("trash/")).status_code == 403
    admin = sign_in("admin")
    assert admin.post(at(company_a, "ada", "trash/")).status_code == 302
    assert "Ada Lovelace" in admin.get(company_a.url("trash/")).content.decode()
    assert (
        "Ada Lovelace"
        not in admin.get(company_a.url("customers/?sort=crm.name")).content.decode().split("tbody")[1]
    )
    assert "In the trash since" in admin.get(at(company_a, "ada")).content.decode()
    assert sign_in("fran").get(at(company_a, "ada", "card/")).status_code == 404
    undone = admin.post(at(company_a, "ada", "restore/"), headers={"HX-Request": "true"})
    assert (undone.status_code, undone.headers["HX-Redirect"]) == (204, at(company_a, "ada"))
    assert "The trash is empty" in admin.get(company_a.url("trash/")).content.decode()


# --- new


def new(**values: str) -> dict[str, str]:
    return {"kind": "person", "name": "Nora New", "external_id": "n-1", **values}


def test_a_managers_new_customer_is_theirs(company_a: Company, sign_in: SignIn) -> None:
    alice, path = sign_in("alice"), company_a.url("customers/new/")
    form = alice.get(path).context["form"]
    own = str(company_a.portfolio["alice"].id)
    assert form.fields["portfolio"].choices == [(own, "Alice's portfolio")]
    response = alice.post(path, new(portfolio=own, email="nora@example.com", phone="020 7946 0000"))
    assert alice.get(response.headers["Location"]).status_code == 200
    with tenant_context(company_a.tenant.id):
        nora = Customer.objects.get(external_id="n-1")
        assert Assignment.objects.get(customer=nora).portfolio == company_a.portfolio["alice"]
        assert {p.value_key for p in nora.contact_points.all()} == {"nora@example.com", "+442079460000"}


def test_the_frontline_adds_a_customer_and_gets_the_card(company_a: Company, sign_in: SignIn) -> None:
    fran, path = sign_in("fran"), company_a.url("customers/new/")
    theirs = str(company_a.portfolio["alice"].id)
    assert fran.post(path, new(portfolio=theirs)).status_code == 422
    response = fran.post(path, new())
    assert response.headers["Location"].endswith("/card/")
    assert fran.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("external_id", {"external_id": "ada-1"}),
        ("email", {"email": "nonsense"}),
        ("phone", {"phone": "12"}),
        ("name", {"name": ""}),
        ("acts_for", {"acts_for": "ben-1"}),
        ("portfolio", {"portfolio": "not one"}),
    ],
)
def test_a_new_customer_is_whole_or_not_at_all(
    company_a: Company, sign_in: SignIn, field: str, values: dict[str, str]
) -> None:
    own = str(company_a.portfolio["alice"].id)
    response = sign_in("alice").post(company_a.url("customers/new/"), new(portfolio=own) | values)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.count() == 3


def test_the_number_of_another_company_is_free_here(company_b: Company, sign_in: SignIn) -> None:
    own = str(company_b.portfolio["charlie"].id)
    path = company_b.url("customers/new/")
    assert sign_in("charlie").post(path, new(portfolio=own, external_id="ben-1")).status_code == 302
