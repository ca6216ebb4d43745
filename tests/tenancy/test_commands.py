"""What operators type: each command takes --json, speaks of errors on stderr and ends with 1."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from tenancy.context import tenant_context
from tenancy.models import Member, Role, Tenant
from tenancy.selectors.doors import token_door
from tests.cast import Company

NEW = {
    "name": "Gamma Ltd", "country": "gb", "currency": "gbp", "timezone": "Europe/London",
    "admin_email": "Ann@Gamma.example",
}  # fmt: skip


def said(command: str, /, *words: str, **options: object) -> str:
    out = StringIO()
    call_command(command, *words, stdout=out, **options)
    return out.getvalue()


def test_a_new_tenant_and_the_way_in_for_its_administrator(db: None, client: Client) -> None:
    answer = json.loads(said("tenant_create", "gamma", **NEW, json=True))
    assert answer["admin"] == "ann@gamma.example"
    with tenant_context(Tenant.objects.get(slug="gamma").id):
        assert Member.objects.get().role.key == "administrator"
        assert Role.objects.count() == 8
    form = client.get(answer["set_password"], follow=True).request["PATH_INFO"]
    password = "the bell above the door rings"
    assert client.post(form, {"password1": password, "password2": password}).status_code == 302
    assert client.get("/").headers["Location"] == "/t/gamma/"


def test_a_known_administrator_keeps_their_password(company_a: Company) -> None:
    text = said("tenant_create", "gamma", **{**NEW, "admin_email": "alice@alpha.example"})
    assert "the password they have" in text


@pytest.mark.parametrize(
    ("slug", "change", "why"),
    [
        ("alpha", {}, "taken"),
        ("Not A Slug", {}, "slug"),
        ("gamma", {"timezone": "Mars/Olympus"}, "time zone"),
        ("gamma", {"currency": "pounds"}, "currency"),
        ("gamma", {"country": "Britain"}, "country"),
        ("gamma", {"name": " "}, "name"),
        ("gamma", {"admin_email": "ann"}, "e-?mail"),
    ],
)
def test_a_tenant_that_makes_no_sense(
    company_a: Company, slug: str, change: dict[str, str], why: str
) -> None:
    with pytest.raises(CommandError, match=f"(?i){why}"):
        said("tenant_create", slug, **{**NEW, **change})
    assert not Tenant.objects.filter(slug="gamma").exists()


def test_a_token_is_printed_once(company_a: Company) -> None:
    answer = json.loads(said("token_create", tenant="alpha", name="Till", role="api-client", json=True))
    found = token_door(secret=answer["token"])
    assert found == (company_a.tenant.id, found[1] if found else None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_token_lookup(%s)", [answer["token"].encode()])
        assert cursor.fetchall() == []
    for wrong in ({"tenant": "nowhere"}, {"role": "emperor"}):
        with pytest.raises(CommandError, match=next(iter(wrong.values()))):
            said("token_create", **{"tenant": "alpha", "name": "Till", "role": "api-client", **wrong})


def test_the_roles_as_a_script(settings) -> None:
    settings.DATABASE_ROLE_PREFIX = "shop"
    sql = said("roles_sql", database="shop")
    assert "CREATE ROLE shop_app" in sql
    assert "BYPASSRLS" in sql
    assert "SCRAM-SHA-256$" not in sql
    with_passwords = json.loads(said("roles_sql", passwords=True, json=True))["sql"]
    password = settings.DATABASES["default"]["PASSWORD"]
    assert len(re.findall(r"SCRAM-SHA-256\$", with_passwords)) == 2
    assert password not in with_passwords


def test_the_database_is_isolated(db: None) -> None:
    answer = json.loads(said("isolation_verify", json=True))
    assert answer["differences"] == []
    assert answer["tenant_tables"] > 25
    assert answer["references"] > 30
    assert not Tenant.objects.filter(slug__startswith="verify-").exists()
    assert "isolated, forced, closed" in said("isolation_verify")
