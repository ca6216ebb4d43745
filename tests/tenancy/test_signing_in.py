"""Sign-in by e-mail and password: who comes in, where they land, and who is kept out for how long."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from tenancy.context import tenant_context
from tenancy.models import User
from tenancy.services.members import add_member, remove_member
from tests.cast import PASSWORD, Company

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_rate_limits(settings: "pytest.FixtureRequest") -> None:
    """The limits by address are allauth's; here every test comes from the same address."""
    settings.ACCOUNT_RATE_LIMITS = False  # type: ignore[attr-defined]


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str):
    data = {"login": email, "password": password, **({"next": extra.pop("next")} if "next" in extra else {})}
    return client.post(LOGIN, data, **extra)


def test_root_shows_the_way(client: Client, company_a: Company, company_b: Company) -> None:
    assert client.get("/").headers["Location"] == LOGIN
    response = sign_in(client, "Alice@alpha.example")
    assert response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/t/alpha/"

    with tenant_context(company_b.tenant.id):
        alice_there = add_member(
            email="alice@alpha.example", name="Alice", role=company_b.roles["analyst"], unit=None
        )
    page = client.get("/").content.decode()
    assert "/t/alpha/" in page
    assert "/t/beta/" in page

    with tenant_context(company_b.tenant.id):
        remove_member(member=alice_there)
    with tenant_context(company_a.tenant.id):
        remove_member(member=company_a.member["alice"])
    assert "You belong to no company here" in client.get("/").content.decode()
    assert client.get("/t/alpha/").status_code == 404


def test_a_wrong_password_and_a_stranger_get_the_same_answer(client: Client, company_a: Company) -> None:
    def answer(email: str) -> str:
        page = sign_in(client, email, "wrong password").content.decode().replace(email, "")
        return re.sub(r'"[A-Za-z0-9]{64}"', "", page)

    assert answer("alice@alpha.example") == answer("stranger@alpha.example")


def test_the_session_key_changes_at_sign_in(client: Client, company_a: Company) -> None:
    session = client.session
    session["planted"] = "by somebody"
    session.save()
    planted = session.session_key
    sign_in(client, "alice@alpha.example")
    assert client.session.session_key != planted
    assert not client.session.exists(planted)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_stays_in_the_house(client: Client, company_a: Company, target: str) -> None:
    assert sign_in(client, "alice@alpha.example", next=target).headers["Location"] == "/"


def test_next_brings_back(client: Client, company_a: Company) -> None:
    asked = client.get("/t/alpha/customers/?sort=value").headers["Location"]
    assert asked == "/accounts/login/?next=/t/alpha/customers/%3Fsort%3Dvalue"
    response = sign_in(client, "alice@alpha.example", next="/t/alpha/customers/?sort=value")
    assert response.headers["Location"] == "/t/alpha/customers/?sort=value"


def test_argon2_for_real(client: Client, settings, company_a: Company) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    user = User.objects.create_user(email="Real@Alpha.example", password=PASSWORD, name="Real")
    assert user.password.startswith("argon2$argon2id$")
    assert user.email == "real@alpha.example"
    assert sign_in(client, "real@alpha.example").status_code == 302


def lock_out(client: Client, email: str, address: str):
    for _ in range(8):
        response = sign_in(client, email, "guess", REMOTE_ADDR=address)
    return response


def test_who_guesses_is_locked_out_there_and_the_victim_is_not(client: Client, company_a: Company) -> None:
    # Another spelling, another browser: the same guesser.
    assert lock_out(client, "alice@alpha.example", "192.0.2.7").status_code == 429
    for email, agent in (("ALICE@alpha.example ", ""), ("alice@alpha.example", "another browser")):
        response = sign_in(client, email, PASSWORD, REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT=agent)
        assert response.status_code == 429
    until = timezone.now() + timedelta(minutes=15)
    assert re.search(
        rf"before <b>({until:%H:%M}|{until - timedelta(minutes=1):%H:%M}) UTC</b>", response.content.decode()
    )

    victim = Client()
    assert sign_in(victim, "alice@alpha.example", REMOTE_ADDR="198.51.100.4").status_code == 302
    assert sign_in(Client(), "bob@alpha.example", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_the_lock_opens_when_the_page_said(client: Client, company_a: Company) -> None:
    lock_out(client, "alice@alpha.example", "192.0.2.8")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert sign_in(client, "alice@alpha.example", REMOTE_ADDR="192.0.2.8").status_code == 302


def test_a_forged_forwarding_header_is_no_other_address(client: Client, company_a: Company) -> None:
    for number in range(8):
        response = sign_in(client, "bob@alpha.example", "guess", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert response.status_code == 429


def test_forms_need_their_token(company_a: Company) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = sign_in(strict, "alice@alpha.example")
    assert response.status_code == 403
    assert "open too long" in response.content.decode()


def test_a_new_password_by_mail(client: Client, company_a: Company) -> None:
    known = client.post(reverse("account_reset_password"), {"email": "alice@alpha.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@alpha.example"})
    assert known.headers["Location"] == unknown.headers["Location"]
    assert [message.to for message in mail.outbox] == [["alice@alpha.example"], ["nobody@alpha.example"]]
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    page = client.get(link[1], follow=True)
    new = "the bell above the door rings"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.headers["Location"] == "/"
    assert "used up" in Client().get(link[1], follow=True).content.decode()
    assert sign_in(Client(), "alice@alpha.example", new).status_code == 302


def test_only_these_pages_of_allauth_exist() -> None:
    for name in ("account_signup", "account_email", "account_set_password", "account_reauthenticate"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    accounts = next(p for p in get_resolver().url_patterns if str(p.pattern) == "accounts/")
    assert len(accounts.url_patterns) == 7


def test_each_page_answers(client: Client, company_a: Company) -> None:
    for name in ("account_login", "account_reset_password", "account_reset_password_done"):
        assert client.get(reverse(name)).status_code == 200
    sign_in(client, "alice@alpha.example")
    for name in ("account_logout", "account_change_password", "account_reset_password_from_key_done"):
        assert client.get(reverse(name)).status_code == 200
    assert client.post(reverse("account_logout")).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == LOGIN
