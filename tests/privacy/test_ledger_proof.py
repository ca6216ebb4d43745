"""The ledger cannot be changed by the application, and a change by anybody else is noticed."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import StringIO

import psycopg2
import psycopg2.extras
import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction

from privacy.models import ConsentChain, ConsentEvent
from privacy.services.chains import CHAINED
from privacy.services.consents import record_consent, record_consents
from privacy.services.verification import verify_chain, verify_chains
from tenancy.context import tenant_context
from tests.at_once import at_once_in
from tests.cast import Company, make_company
from tests.privacy.test_recording import MAY, entry

EVENT = "privacy_consentevent"
TAMPERING = {
    "an event changed": (f"UPDATE {EVENT} SET action = 'grant' WHERE sequence = 2", "not as it was written"),
    "its proof changed": (f"UPDATE {EVENT} SET evidence = '{{}}' WHERE sequence = 3", "not as it was written"),
    "an event taken out": (f"DELETE FROM {EVENT} WHERE sequence = 2", "what stood before event 3"),
    "the tail taken away": (f"DELETE FROM {EVENT} WHERE sequence = 3", "the chain ends at event 3"),
    "the tail and the end": (
        f"DELETE FROM {EVENT} WHERE sequence = 3; UPDATE privacy_consentchain SET events = 2,"
        f" head = (SELECT digest FROM {EVENT} WHERE sequence = 2)", "stands on the timeline",
    ),
    "two events in another order": (
        f"UPDATE {EVENT} SET sequence = 9 WHERE sequence = 2; UPDATE {EVENT} SET sequence = 2 WHERE sequence = 3;"
        f" UPDATE {EVENT} SET sequence = 3 WHERE sequence = 9", "does not follow the one before it",
    ),
    "an event put in, dated back": (
        f"INSERT INTO {EVENT} SELECT (e).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object('id',"
        " gen_random_uuid(), 'sequence', 4, 'key', 'x', 'previous', e.digest, 'recorded_at', e.recorded_at"
        f" - interval '1 year')) AS e FROM {EVENT} AS e WHERE sequence = 3) AS made", "not as it was written",
    ),
    "recorded earlier": (
        f"UPDATE {EVENT} SET recorded_at = recorded_at - interval '1 day' WHERE sequence = 3", "before the one before",
    ),
    "another text": ("UPDATE privacy_consenttext SET words = 'I agree to everything.'", "the text of event 1"),
    "the chain forgotten": ("DELETE FROM privacy_consentchain", "have no chain"),
}  # fmt: skip


@contextmanager
def owner() -> Iterator["psycopg2.extensions.connection"]:
    """Whoever has the database: nothing holds them back, and what they did is undone at the end."""
    url = os.environ["DATABASE_SUPERUSER_URL"].rpartition("/")[0] + f"/{os.environ['TEST_DATABASE_NAME']}"
    with closing(psycopg2.connect(url.replace("postgres://", "postgresql://"))) as server:
        psycopg2.extras.register_default_jsonb(server, loads=str)  # as Django reads it
        with server.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
        yield server
        server.rollback()


def verified_over(server: "psycopg2.extensions.connection") -> tuple[str, ...]:
    names = ("connection", "in_atomic_block", "autocommit", "needs_rollback")
    before = {name: getattr(connection, name) for name in names}
    connection.connection, connection.in_atomic_block, connection.autocommit = server, True, False
    try:
        return verify_chains().differences
    finally:
        for name, value in before.items():
            setattr(connection, name, value)


def three_events(company: Company) -> None:
    record_consent(entry(company, words="I agree to the letter.", address=("email", "ada@example.org")))
    record_consents([entry(company, action="withdraw"), entry(company, occurred_at=MAY)])


@pytest.mark.django_db(transaction=True)
def test_what_the_owner_does_is_noticed() -> None:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        company.add_customer("ada")
        three_events(company)
    with tenant_context(company.tenant.id):
        assert verify_chains().differences == ()
        for name, (statement, words) in TAMPERING.items():
            with owner() as server:
                with server.cursor() as cursor:
                    cursor.execute(statement)
                found = verified_over(server)
            assert any(words in difference for difference in found), (name, found)
        with owner() as server:
            with server.cursor() as cursor:
                cursor.execute("DELETE FROM privacy_consenttext")
            assert verified_over(server) == ()


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {EVENT} SET action = 'grant'",
        f"DELETE FROM {EVENT}",
        "UPDATE privacy_consenttext SET words = ''",
        "DELETE FROM privacy_consenttext",
    ],
)
def test_the_application_cannot_change_what_was_said(in_a: Company, statement: str) -> None:
    record_consent(entry(in_a, words="I agree."))
    with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert verify_chain(in_a.customer["ada"].id) == []


def test_every_column_is_in_the_chain() -> None:
    columns = {field.attname for field in ConsentEvent._meta.concrete_fields}
    assert columns - set(CHAINED) == {"digest"}


@pytest.mark.django_db(transaction=True)
def test_two_who_record_on_one_customer_leave_no_gap() -> None:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("ada", "ben"):
            company.add_customer(name)

    def record_some(*names: str) -> list[object]:
        return [record_consents([entry(company, name) for name in names]) for _ in range(5)]

    # The second names them the other way round; the locks are taken in one order all the same.
    answers = at_once_in(
        company,
        lambda: record_some("ada", "ben"),
        lambda: record_some("ben", "ada"),
        lambda: record_some("ada"),
    )
    assert [type(answer) for answer in answers] == [list] * 3
    with tenant_context(company.tenant.id):
        chain = ConsentChain.objects.get(customer_id=company.customer["ada"].id)
        assert chain.events == ConsentEvent.objects.filter(customer_id=chain.customer_id).count() == 15
        assert verify_chains().differences == ()


def test_ledger_verify_says_what_it_saw(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        three_events(company_a)
    out = StringIO()
    call_command("ledger_verify", "--tenant", "alpha", "--json", stdout=out)
    (said,) = json.loads(out.getvalue())["ledgers"]
    assert (said["chains"], said["events"], said["texts"], said["differences"]) == (1, 3, 1, [])
    with tenant_context(company_a.tenant.id):
        ConsentChain.objects.update(events=7)
    with pytest.raises(CommandError, match=r"alpha, consents: customer .* the chain ends at event 7"):
        call_command("ledger_verify")
    with pytest.raises(CommandError, match="no company 'nobody'"):
        call_command("ledger_verify", "--tenant", "nobody")
