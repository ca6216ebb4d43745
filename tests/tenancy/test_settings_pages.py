"""Settings: who may open which page, what saving does, and what is refused."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tenancy.context import tenant_context
from tenancy.models import ApiToken, AuditEntry, Delegation, Member, Role, TenantProfile, Unit
from tenancy.selectors.doors import digest_of
from tenancy.services.roles import RoleRefused, UnknownPermission, save_role
from tenancy.services.tokens import create_token, note_use
from tests.cast import Company

PAGES = [
    "settings/company/", "settings/members/", "settings/members/new/", "settings/roles/", "settings/roles/new/",
    "settings/units/", "settings/units/new/", "settings/tokens/", "settings/audit/", "privacy/looks/",
    "settings/work/",
]  # fmt: skip


def signed_in(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(
        company.member[key].user, backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def admin(company_a: Company) -> Client:
    return signed_in(company_a, "admin")


@pytest.fixture
def alice(company_a: Company) -> Client:
    return signed_in(company_a, "alice")


@pytest.mark.parametrize("page", PAGES)
def test_who_may_open_it(
    company_a: Company, company_b: Company, admin: Client, alice: Client, page: str
) -> None:
    assert admin.get(company_a.url(page)).status_code == 200
    assert alice.get(company_a.url(page)).status_code == 403
    assert signed_in(company_b, "charlie").get(company_a.url(page)).status_code == 404
    assert Client().get(company_a.url(page)).status_code == 302


def test_settings_open_at_the_first_tab_one_may_use(company_a: Company, admin: Client, alice: Client) -> None:
    assert admin.get(company_a.url("settings/")).headers["Location"] == company_a.url("settings/company/")
    assert alice.get(company_a.url("settings/")).headers["Location"] == company_a.url("settings/absences/")
    page = alice.get(company_a.url("settings/absences/")).content.decode()
    assert "settings/members/" not in page


def test_the_refusal_names_the_role(company_a: Company, alice: Client) -> None:
    page = alice.get(company_a.url("settings/roles/")).content.decode()
    assert "Relationship manager" in page


COMPANY = {
    "name": "Alpha & Sons", "time_zone": "Europe/Paris", "fiscal_year_starts": "4", "margin_rate": "42.5",
    "discount_rate": "12", "lapsed_after_days": "90", "lost_after_days": "365", "lost_below_alive": "7.5",
}  # fmt: skip


def test_the_company_is_changed(company_a: Company, admin: Client) -> None:
    url = company_a.url("settings/company/")
    page = admin.get(url).content.decode()
    assert 'value="30"' in page
    assert "Money is in GBP" in page
    assert admin.post(url, {**COMPANY, "currency": "USD"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        profile = TenantProfile.objects.get()
    assert (profile.margin_rate, profile.fiscal_year_starts, profile.currency) == (
        Decimal("0.4250"),
        4,
        "GBP",
    )
    company_a.tenant.refresh_from_db()
    assert company_a.tenant.name == "Alpha & Sons"
    assert not profile.rules_need_second_person


def test_a_second_person_for_rules_is_switched_on_and_off(company_a: Company, admin: Client) -> None:
    url = company_a.url("settings/company/")
    for given in ({"rules_need_second_person": "on"}, {}):
        assert admin.post(url, {**COMPANY, **given}).status_code == 302
        with tenant_context(company_a.tenant.id):
            assert TenantProfile.objects.get().rules_need_second_person is bool(given)
    assert "Rules need a second person" in admin.get(url).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lost_after_days": "80"}, "larger one"),
        ({"time_zone": "Mars/Olympus"}, "valid choice"),
        ({"margin_rate": "140"}, "less than or equal to 100"),
        ({"margin_rate": "NaN"}, "Enter a number"),
        ({"name": "  "}, "required"),
        ({"fiscal_year_starts": "13"}, "valid choice"),
    ],
)
def test_a_company_that_makes_no_sense(company_a: Company, admin: Client, change: dict, words: str) -> None:
    response = admin.post(company_a.url("settings/company/"), {**COMPANY, **change})
    assert response.status_code == 422
    assert words in response.content.decode()


def invite(company: Company, client: Client, email: str = "New@Alpha.example", role: str = "frontline"):
    asked = {"email": email, "name": "Nora New", "role": str(company.roles[role].id), "unit": ""}
    return client.post(company.url("settings/members/new/"), asked)


def test_an_invitation_lets_a_new_person_in(company_a: Company, admin: Client) -> None:
    assert invite(company_a, admin).status_code == 302
    assert mail.outbox[0].to == ["new@alpha.example"]
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    nora = Client()
    form = nora.get(link[1], follow=True).request["PATH_INFO"]
    password = "the bell above the door rings"
    assert nora.post(form, {"password1": password, "password2": password}).status_code == 302
    assert nora.get("/").headers["Location"] == company_a.url("")
    assert nora.get(company_a.url("settings/absences/")).status_code == 200


def test_a_known_person_keeps_their_password(company_a: Company, company_b: Company, admin: Client) -> None:
    before = company_b.member["charlie"].user.password
    assert invite(company_a, admin, "charlie@beta.example").status_code == 302
    assert "/accounts/login/" in str(mail.outbox[0].body)
    assert "Beta" not in str(mail.outbox[0].body)
    company_b.member["charlie"].user.refresh_from_db()
    assert company_b.member["charlie"].user.password == before
    assert signed_in(company_b, "charlie").get(company_a.url("settings/absences/")).status_code == 200


def test_mail_that_cannot_leave_leaves_no_member(company_a: Company, admin: Client, monkeypatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    def refuse(self: object, messages: object) -> int:
        raise ConnectionRefusedError("mail server away")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    response = invite(company_a, admin)
    assert (response.status_code, "mail server away" in response.content.decode()) == (422, True)
    with tenant_context(company_a.tenant.id):
        assert not Member.objects.filter(name="Nora New").exists()


def test_twice_is_refused(company_a: Company, admin: Client) -> None:
    invite(company_a, admin)
    response = invite(company_a, admin)
    assert (response.status_code, "already a member" in response.content.decode()) == (422, True)


def test_a_member_is_changed_and_let_go_and_comes_back(
    company_a: Company, admin: Client, alice: Client
) -> None:
    member = company_a.member["alice"]
    url = company_a.url(f"settings/members/{member.id}/")
    role = str(company_a.roles["analyst"].id)
    assert (
        admin.post(url, {"name": "Alice A", "role": role, "unit": str(company_a.root.id)}).status_code == 302
    )
    remove = f"{url}remove/"
    assert "Alice&#x27;s portfolio, 1 customer" in admin.get(remove).content.decode()
    assert admin.post(remove, {"successor": str(company_a.member["bob"].id)}).status_code == 302
    with tenant_context(company_a.tenant.id):
        company_a.portfolio["alice"].refresh_from_db()
        assert company_a.portfolio["alice"].manager == company_a.member["bob"]
    assert alice.get(company_a.url("settings/")).status_code == 404
    assert admin.get(url).status_code == 404
    assert "left" in admin.get(company_a.url("settings/members/")).content.decode()

    assert invite(company_a, admin, "alice@alpha.example").status_code == 302
    with tenant_context(company_a.tenant.id):
        back = Member.objects.get(user__email="alice@alpha.example")
    assert (back.id, back.left_at) == (member.id, None)


def test_the_last_administrator_stays(company_a: Company, admin: Client) -> None:
    own = company_a.url(f"settings/members/{company_a.member['admin'].id}/")
    role = str(company_a.roles["analyst"].id)
    refused = admin.post(own, {"name": "Admin", "role": role, "unit": ""})
    assert (refused.status_code, "last administrator" in refused.content.decode()) == (422, True)
    refused = admin.post(f"{own}remove/", {"successor": ""})
    assert (refused.status_code, "last administrator" in refused.content.decode()) == (422, True)
    with tenant_context(company_a.tenant.id):
        assert Member.objects.get(id=company_a.member["admin"].id).left_at is None


def test_nobody_gives_more_than_they_have(company_a: Company) -> None:
    """Whoever manages members only could otherwise make themselves an administrator."""
    with tenant_context(company_a.tenant.id):
        permissions = ["tenancy.manage_members", "tenancy.manage_tokens"]
        clerk = Role.objects.create(key="clerk", name="Clerk", scope="own_portfolio", permissions=permissions)
        Member.objects.filter(id=company_a.member["bob"].id).update(role=clerk)
    bob = signed_in(company_a, "bob")
    administrator = str(company_a.roles["administrator"].id)
    own = company_a.url(f"settings/members/{company_a.member['bob'].id}/")
    assert bob.post(own, {"name": "Bob", "role": administrator, "unit": ""}).status_code == 422
    assert invite(company_a, bob, role="administrator").status_code == 422
    # Nor may they let go or demote who stands above them.
    above = company_a.url(f"settings/members/{company_a.member['alice'].id}/")
    assert bob.post(above, {"name": "Alice", "role": str(clerk.id), "unit": ""}).status_code == 422
    assert bob.post(f"{above}remove/", {"successor": ""}).status_code == 422
    asked = {"name": "mine", "role": administrator, "expires_on": ""}
    assert bob.post(company_a.url("settings/tokens/"), asked).status_code == 422
    with tenant_context(company_a.tenant.id):
        assert not ApiToken.objects.exists()
        assert company_a.member["bob"].role_id != administrator


def test_a_role_shows_what_saving_would_do_then_does_it(company_a: Company, admin: Client) -> None:
    role = company_a.roles["frontline"]
    url = company_a.url(f"settings/roles/{role.id}/")
    asked = {
        "name": "Frontline", "scope": "own_unit",
        "permissions": ["crm.find_customer", "crm.open_service_card", "crm.view_customer"],
    }  # fmt: skip
    preview = admin.post(url, asked).content.decode()
    for words in ("Gains", "open customers in scope", "Loses", "add customers", "Fran"):
        assert words in preview, words
    with tenant_context(company_a.tenant.id):
        role.refresh_from_db()
        assert role.scope == "none"
    assert admin.post(url, {**asked, "confirmed": "yes"}).status_code == 302
    with tenant_context(company_a.tenant.id):
        role.refresh_from_db()
        assert (role.scope, "crm.view_customer" in role.permissions) == ("own_unit", True)
    assert signed_in(company_a, "fran").get(company_a.url("portfolios/")).status_code == 403


def test_a_role_with_an_unknown_permission_is_refused(company_a: Company, admin: Client) -> None:
    role = company_a.roles["frontline"]
    asked = {"name": "Frontline", "scope": "none", "permissions": ["crm.rule_the_world"], "confirmed": "yes"}
    assert admin.post(company_a.url(f"settings/roles/{role.id}/"), asked).status_code == 422
    with tenant_context(company_a.tenant.id):
        with pytest.raises(UnknownPermission):
            save_role(role=role, name="Frontline", scope="none", permissions=["crm.rule_the_world"])
        keeper = company_a.roles["administrator"]
        with pytest.raises(RoleRefused, match="repair"):
            save_role(role=keeper, name="Administrator", scope="all", permissions=["crm.view_customer"])


def test_a_role_is_made_and_taken_away(company_a: Company, admin: Client) -> None:
    like = str(company_a.roles["analyst"].id)
    assert (
        admin.post(company_a.url("settings/roles/new/"), {"name": "Auditor", "like": like}).status_code == 302
    )
    with tenant_context(company_a.tenant.id):
        made = Role.objects.get(name="Auditor")
    taken = company_a.url(f"settings/roles/{company_a.roles['frontline'].id}/remove/")
    assert admin.get(taken).status_code == 405
    admin.post(taken)
    admin.post(company_a.url(f"settings/roles/{made.id}/remove/"))
    with tenant_context(company_a.tenant.id):
        assert {"Frontline"} <= set(Role.objects.values_list("name", flat=True))
        assert not Role.objects.filter(name="Auditor").exists()


def test_units_are_a_tree(company_a: Company, admin: Client) -> None:
    def make(name: str, parent: Unit) -> Unit:
        asked = {"name": name, "parent": str(parent.id)}
        assert admin.post(company_a.url("settings/units/new/"), asked).status_code == 302
        with tenant_context(company_a.tenant.id):
            return Unit.objects.get(name=name)

    north, leeds, south = (
        make("North", company_a.root),
        make("Leeds", company_a.root),
        make("South", company_a.root),
    )
    move = company_a.url(f"settings/units/{leeds.id}/")
    assert admin.post(move, {"name": "Leeds", "parent": str(north.id)}).status_code == 302
    assert (
        admin.post(
            company_a.url(f"settings/units/{north.id}/"), {"name": "North", "parent": str(south.id)}
        ).status_code
        == 302
    )
    with tenant_context(company_a.tenant.id):
        leeds.refresh_from_db()
        assert leeds.path == f"{company_a.root.id}/{south.id}/{north.id}/{leeds.id}/"
    # Below itself, or below what is below it: refused.
    ring = admin.post(
        company_a.url(f"settings/units/{south.id}/"), {"name": "South", "parent": str(leeds.id)}
    )
    assert ring.status_code == 422
    admin.post(company_a.url(f"settings/units/{north.id}/remove/"))
    admin.post(company_a.url(f"settings/units/{leeds.id}/remove/"))
    admin.post(company_a.url(f"settings/units/{company_a.root.id}/remove/"))
    with tenant_context(company_a.tenant.id):
        assert set(Unit.objects.values_list("name", flat=True)) == {"Alpha", "North", "South"}


def test_a_token_is_shown_once_and_kept_as_a_hash(company_a: Company, admin: Client) -> None:
    url = company_a.url("settings/tokens/")
    role = str(company_a.roles["api-client"].id)
    response = admin.post(url, {"name": "Till", "role": role, "expires_on": ""})
    secret = re.search(r"cs_[\w-]{43}", response.content.decode())
    assert secret
    assert "no-store" in response.headers["Cache-Control"]
    assert secret[0] not in admin.get(url).content.decode()
    with tenant_context(company_a.tenant.id):
        token = ApiToken.objects.get()
        assert bytes(token.digest) == digest_of(secret[0])
        assert (token.hint, token.created_by) == (secret[0][:8], company_a.member["admin"])
        # Nor does the audit know it.
        entry = AuditEntry.objects.get(table="tenancy_apitoken")
        assert "digest" not in entry.difference.after
    assert admin.post(company_a.url(f"settings/tokens/{token.id}/revoke/")).status_code == 302
    assert "revoked" in admin.get(url).content.decode()


def test_the_last_use_is_noted_once_a_minute(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        token, _ = create_token(name="Till", role=company_a.roles["api-client"], created_by=None)
        note_use(token=token)
        token.refresh_from_db()
        first = token.last_used_at
        note_use(token=token)
        token.refresh_from_db()
        assert token.last_used_at == first
        ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
        token.refresh_from_db()
        note_use(token=token)
        token.refresh_from_db()
        assert token.last_used_at >= first


def absence(company: Company, member: str, delegate: str, **days: int) -> dict[str, str]:
    today = timezone.localdate()
    return {
        "member": str(company.member[member].id), "delegate": str(company.member[delegate].id),
        "first_day": str(today + timedelta(days=days.get("first", 0))),
        "last_day": str(today + timedelta(days=days.get("last", 3))), "reason": "holiday",
    }  # fmt: skip


def test_an_absence_is_entered_and_ended(company_a: Company, alice: Client) -> None:
    url = company_a.url("settings/absences/")
    assert alice.post(url, absence(company_a, "alice", "bob")).status_code == 302
    with tenant_context(company_a.tenant.id):
        made = Delegation.objects.get()
        assert timezone.localtime(made.ends_at).hour == 0
    bob = signed_in(company_a, "bob")
    assert "You stand in for" in bob.get(url).content.decode()
    # Bob is the delegate, not the one who is away.
    assert bob.post(company_a.url(f"settings/absences/{made.id}/end/")).status_code == 404
    assert alice.post(company_a.url(f"settings/absences/{made.id}/end/")).status_code == 302
    assert "You stand in for" not in bob.get(url).content.decode()


@pytest.mark.parametrize(
    ("member", "delegate", "days", "words"),
    [
        ("alice", "alice", {}, "nobody stands in for themselves"),
        ("alice", "fran", {}, "sees no customers"),
        ("alice", "bob", {"first": 3, "last": 1}, "must not be before"),
        ("alice", "bob", {"first": -9, "last": -3}, "in the past"),
        ("bob", "alice", {}, "valid choice"),
    ],
)
def test_an_absence_that_makes_no_sense(
    company_a: Company, alice: Client, member: str, delegate: str, days: dict[str, int], words: str
) -> None:
    response = alice.post(company_a.url("settings/absences/"), absence(company_a, member, delegate, **days))
    assert response.status_code == 422
    assert words in response.content.decode()


def test_absences_do_not_overlap(company_a: Company, alice: Client, admin: Client) -> None:
    url = company_a.url("settings/absences/")
    assert alice.post(url, absence(company_a, "alice", "bob")).status_code == 302
    assert admin.post(url, absence(company_a, "alice", "admin", first=2, last=8)).status_code == 422
    assert admin.post(url, absence(company_a, "alice", "admin", first=4, last=8)).status_code == 302


def test_the_audit_tells_who_changed_what(company_a: Company, admin: Client) -> None:
    admin.post(company_a.url("settings/company/"), COMPANY)
    url = company_a.url("settings/audit/")
    page = admin.get(url).content.decode()
    assert "changed tenant profile" in page
    assert "margin rate: 0.3 → 0.425" in page
    filtered = admin.get(url, {"table": "tenancy_role", "actor": "system"})
    assert {row["what"] for row in filtered.context["rows"]} == {"made role"}
    nothing = admin.get(url, {"day": "2001-01-01"})
    assert "No change matches" in nothing.content.decode()
    assert admin.get(url, {"day": "yesterday", "table": "pg_authid", "at": "x"}).status_code == 200


def test_the_log_of_looks_names_customer_and_purpose(company_a: Company, admin: Client) -> None:
    from tenancy.models import AccessEntry

    with tenant_context(company_a.tenant.id):
        actor = f"member:{company_a.member['fran'].id}"
        ada = company_a.customer["ada"].id
        AccessEntry.objects.create(actor=actor, view="service card", subject_id=ada, purpose="at the counter")
        AccessEntry.objects.create(actor=actor, view="export", allowed=False)
    page = admin.get(company_a.url("privacy/looks/")).content.decode()
    for words in ("Fran", "Ada Lovelace", "service card", "at the counter", "refused"):
        assert words in page, words


def test_ids_of_another_company_do_not_exist(company_a: Company, company_b: Company, admin: Client) -> None:
    with tenant_context(company_b.tenant.id):
        token, _ = create_token(name="Till", role=company_b.roles["api-client"], created_by=None)
    foreign = [
        f"settings/members/{company_b.member['charlie'].id}/", f"settings/roles/{company_b.roles['analyst'].id}/",
        f"settings/units/{company_b.root.id}/",
    ]  # fmt: skip
    for path in foreign:
        assert admin.get(company_a.url(path)).status_code == 404
    assert admin.post(company_a.url(f"settings/tokens/{token.id}/revoke/")).status_code == 404
    asked = {
        "name": "Nora",
        "email": "n@alpha.example",
        "role": str(company_b.roles["analyst"].id),
        "unit": "",
    }
    assert admin.post(company_a.url("settings/members/new/"), asked).status_code == 422
