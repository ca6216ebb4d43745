"""Signed links: only what we wrote ourselves is read, letter for letter, and for ever where nothing else was said."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from tenancy.links import Kind, read, sign
from tenancy.models import Tenant
from tests.cast import Company

TENANT, ONE, TWO, THREE, FOUR = (uuid4() for _ in range(5))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", Kind)
def test_a_link_says_what_was_signed(kind: Kind) -> None:
    ids = tuple(uuid4() for _ in range(kind.ids))
    token = sign(kind, TENANT, *ids, expires_at=NOW)
    link = read(token)
    assert link is not None
    assert (link.kind, link.tenant_id, link.ids, link.expires_at) == (kind, TENANT, ids, NOW)
    assert len(token) < 140
    assert read(sign(kind, TENANT, *ids)).expires_at is None


def test_a_link_without_an_end_never_ends_and_one_with_an_end_does() -> None:
    for_ever, for_an_hour = (
        read(sign(Kind.PREFERENCES, TENANT, ONE, TWO, THREE, expires_at=end))
        for end in (None, NOW + timedelta(hours=1))
    )
    assert not for_ever.has_ended(NOW + timedelta(days=36_500))
    assert not for_an_hour.has_ended(NOW + timedelta(minutes=59))
    assert for_an_hour.has_ended(NOW + timedelta(hours=1))


def _flipped(token: str) -> list[str]:
    """The token with each of its bytes changed in one bit."""
    raw = bytearray(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    found = []
    for at in range(len(raw)):
        raw[at] ^= 1
        found.append(urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode())
        raw[at] ^= 1
    return found


def test_no_byte_of_a_link_can_be_changed() -> None:
    token = sign(Kind.UNSUBSCRIBE, TENANT, ONE, TWO, THREE, FOUR)
    assert [wrong for wrong in _flipped(token) if read(wrong)] == []


def test_no_part_of_a_link_can_be_left_out_added_or_moved() -> None:
    token = sign(Kind.PREFERENCES, TENANT, ONE, TWO, THREE)
    wrong = [token[:cut] for cut in range(len(token))] + [token + "A", token + "=", f" {token}", token[::-1]]
    wrong += [f"{token[:20]}{token[40:60]}{token[20:40]}{token[60:]}", token.swapcase()]
    assert [one for one in wrong if read(one)] == []


def test_another_spelling_of_the_same_bytes_is_another_link() -> None:
    token = sign(Kind.PREFERENCES, TENANT, ONE, TWO, THREE)
    assert len(token) % 4  # there are letters whose last bits say nothing
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [letter for letter in alphabet if read(token[:-1] + letter)] == [token[-1]]


@pytest.mark.parametrize("token", ["", "A", "é" * 40, "A" * 100_000, "%00", "....", "A" * 87, "-_" * 40])
def test_nonsense_is_no_link(token: str) -> None:
    assert read(token) is None


def test_the_signature_of_one_kind_company_or_person_is_no_other(settings: Any) -> None:
    """The same ids in another order, of another company or as another kind make other words altogether."""
    words = {
        sign(Kind.PREFERENCES, TENANT, ONE, TWO, THREE), sign(Kind.PREFERENCES, TENANT, TWO, ONE, THREE),
        sign(Kind.PREFERENCES, ONE, TENANT, TWO, THREE), sign(Kind.DATA, TENANT, ONE, TWO, THREE),
        sign(Kind.CONFIRM, TENANT, ONE, TWO),
    }  # fmt: skip
    macs = {urlsafe_b64decode(word + "=" * (-len(word) % 4))[-16:] for word in words}
    assert len(macs) == 5


def test_a_link_needs_its_ids() -> None:
    with pytest.raises(ValueError, match="carries 4 ids"):
        sign(Kind.UNSUBSCRIBE, TENANT, ONE)


def test_a_link_outlives_its_key(settings: Any) -> None:
    settings.LINK_KEYS = ["old"]
    token = sign(Kind.UNSUBSCRIBE, TENANT, ONE, TWO, THREE, FOUR)
    settings.LINK_KEYS = ["new", "old"]
    assert read(token) is not None
    assert sign(Kind.UNSUBSCRIBE, TENANT, ONE, TWO, THREE, FOUR) != token
    settings.LINK_KEYS = ["new"]
    assert read(token) is None


@pytest.fixture(autouse=True)
def nobody_guessed_yet() -> None:
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    client.delete("cs:limit:guess:127.0.0.1")


def _token(tenant: UUID) -> str:
    return sign(Kind.PREFERENCES, tenant, ONE, TWO, THREE)


def test_every_wrong_link_is_told_the_same(company_a: Company) -> None:
    token = _token(company_a.tenant.id)
    wrong = ["", "x", token[:-1], _token(uuid4()), f"{token}x/unsubscribe", "%2e%2e/", f"{token[:30]}/data"]
    answers = [Client().get(f"/p/{one}") for one in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_closed_company_is_gone(company_a: Company) -> None:
    company_a.tenant.state = Tenant.State.CLOSED
    company_a.tenant.save()
    answer = Client().get(f"/p/{_token(company_a.tenant.id)}/nowhere")
    assert answer.status_code == 404
    assert company_a.tenant.name not in answer.content.decode()
    assert answer.content == Client().get("/p/nothing").content


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head", "options"])
def test_a_public_page_sets_no_cookie_and_tells_nobody(company_a: Company, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = getattr(client, method)("/p/nothing/at/all")
    assert answer.status_code == 404
    assert not answer.cookies
    assert not client.cookies
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_guessing_is_slowed_down_and_a_true_link_is_not_held_up(company_a: Company) -> None:
    stranger = f"2001:db8::{uuid4().hex[:4]}"  # nobody guessed from here before
    guesses = (Client(REMOTE_ADDR=stranger).get(f"/p/guess{n}") for n in range(90))
    answers = list(takewhile(lambda answer: answer.status_code == 404, guesses))
    assert 30 <= len(answers) < 90
    refused = next(guesses)
    assert (refused.status_code, dict(refused.cookies)) == (429, {})
    assert int(refused["Retry-After"]) > 0
    true = Client(REMOTE_ADDR=stranger).get(f"/p/{_token(company_a.tenant.id)}/nowhere")
    assert true.status_code == 404
    assert Client(REMOTE_ADDR="2001:db8:1::1").get("/p/guess").status_code == 404


def test_the_page_speaks_the_language_of_the_browser(db: None) -> None:
    asked = {"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.5"}
    assert "Não há nada aqui" in Client().get("/p/x", headers=asked).content.decode()
    assert "Hier ist nichts" in Client().get("/p/x?language=de", headers=asked).content.decode()
    assert "There is nothing here" in Client().get("/p/x", headers={"Accept-Language": "nl"}).content.decode()
