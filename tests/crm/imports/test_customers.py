"""Files of customers: who is new, what changes, what stays."""

from crm.models import ContactPoint, Customer, DatumSource
from portfolios.models import Assignment
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.cast import Company
from tests.crm.imports.helpers import bring_in, outcome, reasons

FILE = (
    "Kundennr;Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort;Land;Sprache;Art;Firma Nr\n"
    "k1;Zoë;Åkerman;Zoe@Example.com;+44 20 7946 0000;1 High St;E1 6AN;London;United Kingdom;en;Person;\n"
    "k2;;Muster GmbH;info@muster.example;030 1234567;Hauptstr. 5;10115;Berlin;Deutschland;de;Firma;\n"
    "k3;Max;Muster;max@muster.example;;;;;Germany;de;Person;k2\n"
)
COLUMNS = {
    "external_id": "Kundennr", "given_name": "Vorname", "family_name": "Nachname", "email": "E-Mail",
    "phone": "Telefon", "street": "Straße", "postal_code": "PLZ", "city": "Ort", "country": "Land",
    "language": "Sprache", "kind": "Art", "acts_for": "Firma Nr",
}  # fmt: skip


def load_it(text: str = FILE):
    return bring_in(text, "customers", columns=COLUMNS)


def test_rows_become_customers(in_a: Company) -> None:
    run = load_it(FILE.replace("030 1234567", "+49 30 1234567"))
    assert outcome(run) == (3, 0, 0), reasons(run)
    zoe = Customer.objects.get(external_id="k1")
    assert (zoe.name, zoe.name_key, zoe.country, zoe.language) == ("Zoë Åkerman", "zoe akerman", "GB", "en")
    points = dict(ContactPoint.objects.filter(customer=zoe).values_list("kind", "value_key"))
    assert points == {
        "email": "zoe@example.com",
        "phone": "+442079460000",
        "post": "1 high st, e1 6an london",
    }
    assert all(ContactPoint.objects.filter(customer=zoe).values_list("is_primary", flat=True))
    firm, max_ = Customer.objects.get(external_id="k2"), Customer.objects.get(external_id="k3")
    assert (firm.kind, max_.acts_for, max_.kind) == ("organisation", firm, "person")
    assert {Assignment.objects.get(customer=c).portfolio.is_house for c in (zoe, firm, max_)} == {True}
    assert firm.summary.score == "none"
    assert OutboxEvent.objects.get(name="crm.customers_created").payload["count"] == 3


def test_the_same_file_twice_changes_nothing(in_a: Company) -> None:
    load_it()
    before = list(Customer.objects.order_by("id").values())
    assert outcome(load_it()) == (0, 0, 3)
    assert list(Customer.objects.order_by("id").values()) == before


def test_what_changed_is_noted_with_its_source(in_a: Company) -> None:
    load_it()
    run = load_it(FILE.replace("Åkerman", "Ohman").replace("Germany", "Austria"))
    assert outcome(run) == (0, 2, 1)
    zoe = Customer.objects.get(external_id="k1")
    assert (zoe.name, zoe.version, zoe.summary.name_key) == ("Zoë Ohman", 2, "zoe ohman")
    source = DatumSource.objects.get(customer=zoe)
    assert (source.field, source.source, source.actor) == (
        "name",
        "import",
        f"member:{in_a.member['alice'].id}",
    )


def test_an_empty_cell_keeps_what_is_stored(in_a: Company) -> None:
    load_it()
    run = load_it(FILE.replace(";London;United Kingdom;en;", ";London;;;").replace("Zoe@Example.com", ""))
    assert outcome(run) == (0, 0, 3)
    zoe = Customer.objects.get(external_id="k1")
    assert (zoe.country, zoe.contact_points.filter(kind="email").count()) == ("GB", 1)


def test_a_second_address_is_added_and_the_first_stays_primary(in_a: Company) -> None:
    load_it()
    assert outcome(load_it(FILE.replace("Zoe@Example.com", "zoe@work.example"))) == (0, 1, 2)
    points = ContactPoint.objects.filter(customer__external_id="k1", kind="email").order_by("created_at")
    assert list(points.values_list("value_key", "is_primary")) == [
        ("zoe@example.com", True),
        ("zoe@work.example", False),
    ]


def test_rows_that_cannot_be_taken_say_why(in_a: Company) -> None:
    text = FILE + (
        "k1;Other;Person;;;;;;;;;\n"
        "k4;A;B;not-an-address;;;;;;;;\n"
        "k5;A;B;;12;;;;;;;\n"
        ";A;B;;;;;;;;;\n"
        "k6;;;;;;;;;;;\n"
        "k7;A;B;;;;;;Atlantis;xx-too-long-a-language;Alien;\n"
    )
    run = load_it(text)
    found = reasons(run)
    assert found[5] == "customer k1 stands in line 2 already"
    assert "'not-an-address' is not an e-mail address" in found[6]
    assert "'12' is not a phone number" in found[7]
    assert (found[8], found[9]) == ("has no customer number", "has no name")
    assert sorted(found) == [5, 6, 7, 8, 9]
    assert Customer.objects.get(external_id="k7").country == ""
    noticed = dict(run.counts["noticed"])
    assert noticed["country 'Atlantis' is not known and is left empty"] == 1
    assert noticed["kind 'Alien' is not known and is left out"] == 1


def test_an_e_mail_may_be_the_number(in_a: Company) -> None:
    text = "name,email\nAda,ada@x.example\nBob,bob@x.example\n"
    run = bring_in(text, "customers", columns={"external_id": "email", "name": "name", "email": "email"})
    assert outcome(run) == (2, 0, 0)
    assert Customer.objects.get(external_id="ada@x.example").contact_points.get().value_key == "ada@x.example"


def test_columns_are_guessed(in_a: Company) -> None:
    from tests.crm.imports.helpers import upload

    assert upload(FILE, "customers").mapping["columns"] == {
        **{name: column for name, column in COLUMNS.items() if name != "acts_for"},
    }


def test_two_companies_with_the_same_numbers_do_not_meet(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_a.tenant.id):
        load_it()
    with tenant_context(company_b.tenant.id):
        assert outcome(load_it(FILE.replace("Zoë", "Zora"))) == (3, 0, 0)
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.get(external_id="k1").name == "Zoë Åkerman"
