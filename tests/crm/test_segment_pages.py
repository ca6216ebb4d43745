"""The pages of segments, for somebody who sees everybody, and for managers who see their own."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from crm.models import Segment, SegmentMember
from crm.selectors.segment_words import reading_of
from crm.services.segments.definitions import Definition, archive_segment, create_segment
from tenancy.context import tenant_context
from tests.api.conftest import session_client
from tests.cast import Company
from tests.crm.shelves import AT_LEAST_ONE, define, finish_jobs, follow, line, order, within
from tests.tenancy.test_settings_pages import signed_in


@pytest.fixture
def buyers(company_a: Company) -> Segment:
    """Ada and Ben bought: one each of Alice's and Bob's."""
    with tenant_context(company_a.tenant.id):
        order(company_a.customer["ada"])
        segment = define(company_a, "Buyers", AT_LEAST_ONE)
        order(company_a.customer["ben"])
        follow()
        return segment


def form(name: str, condition: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The fields as the component sends them; lines as JSON, as it keeps those it cannot show."""
    (mode, lines), sent = next(iter(condition.items())), {"name": name, "mode": "live", **more}
    sent |= {"condition_mode": mode, "condition_n": str(len(lines))}
    for number, one in enumerate(lines):
        sent |= {f"condition-{number}_kind": "kept", f"condition-{number}_json": json.dumps(one)}
    return sent


def page(company: Company, key: str, path: str) -> str:
    response = signed_in(company, key).get(company.url(path))
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_each_sees_their_own_share(company_a: Company, company_b: Company, buyers: Segment) -> None:
    one = f"segments/{buyers.id}/"
    admin, alice = page(company_a, "admin", one), page(company_a, "alice", one)
    assert "Ada Lovelace" not in admin, "she was in it from the beginning: no news"
    assert "Ben Bernanke" in admin
    assert ">2</span>" in admin
    assert ">1</span>" in alice
    assert "Ben Bernanke" not in alice
    assert "Ben Bernanke" in page(company_a, "bob", one)
    for key in ("admin", "alice"):
        assert "Buyers" in page(company_a, key, "segments/")
    assert "of the customers you may see" in page(company_a, "alice", "segments/")
    assert signed_in(company_b, "charlie").get(company_a.url(one)).status_code == 404
    assert signed_in(company_a, "fran").get(company_a.url("segments/")).status_code == 403


def test_it_is_read_in_plain_words_and_leads_to_its_customers(company_a: Company, buyers: Segment) -> None:
    text = page(company_a, "admin", f"segments/{buyers.id}/")
    with tenant_context(company_a.tenant.id):
        said = reading_of(company_a.access("admin"), buyers)
    assert "order" in said.text
    assert "".join(f"<b>{part.text}</b>" if part.strong else part.text for part in said.words)[1:] in text
    assert "/t/alpha/customers/?where=" in text
    listed = page(company_a, "alice", "customers/?where=" + quote(json.dumps(within(buyers))))
    assert "Ada Lovelace" in listed
    assert "Ben Bernanke" not in listed


def test_define_change_and_take_away(company_a: Company, company_b: Company) -> None:
    client = signed_in(company_a, "admin")
    new = company_a.url("segments/new/")
    assert client.get(new).status_code == 200
    response = client.post(new, form("Buyers", AT_LEAST_ONE))
    with tenant_context(company_a.tenant.id):
        made = Segment.objects.get()
        finish_jobs(company_a)
    one = company_a.url(f"segments/{made.id}/")
    assert response.headers["Location"] == one
    assert client.post(new, form("Buyers", AT_LEAST_ONE)).status_code == 422
    assert client.post(new, form("", AT_LEAST_ONE)).status_code == 422
    assert client.post(new, form("Odd", {"all": [line("crm.gone", "at_least", 1)]})).status_code == 422
    changed = client.post(
        f"{one}edit/", form("Strangers", {"none": AT_LEAST_ONE["all"]}, seen="1", comment="why not")
    )
    assert changed.status_code == 302
    assert client.post(f"{one}edit/", form("Strangers", {"all": []}, seen="1")).status_code == 422
    assert "why not" in client.get(one).content.decode()
    with tenant_context(company_a.tenant.id):
        finish_jobs(company_a)
        assert SegmentMember.objects.count() == 3
    stranger = signed_in(company_b, "charlie")
    for path in ("edit/", "archive/", "refresh/"):
        assert stranger.post(f"{one}{path}").status_code == 404
        assert signed_in(company_a, "alice").post(f"{one}{path}").status_code == 403
    assert client.post(f"{one}refresh/").headers["Location"] == one
    assert client.post(f"{one}archive/").headers["Location"] == company_a.url("segments/")
    assert client.get(one).status_code == 404


def test_what_is_used_says_where_and_stays(company_a: Company, buyers: Segment) -> None:
    with tenant_context(company_a.tenant.id):
        define(company_a, "Readers", within(buyers))
    client, one = signed_in(company_a, "admin"), company_a.url(f"segments/{buyers.id}/")
    assert "The segment Readers" in client.get(one).content.decode()
    client.post(f"{one}archive/")
    assert "used by the segment Readers" in client.get(one).content.decode()


def test_two_segments_beside_each_other(company_a: Company, company_b: Company, buyers: Segment) -> None:
    with tenant_context(company_a.tenant.id):
        everybody = define(company_a, "Everybody", {"all": []})
        order(company_a.customer["hal"], amount="99")
        archive_segment(segment=define(company_a, "Gone", {"all": []}))
    text = page(company_a, "admin", f"segments/{buyers.id}/?with={everybody.id}")
    assert "in both" in text
    client = signed_in(company_a, "admin")
    for other in (company_b.tenant.id, "nonsense"):
        assert client.get(company_a.url(f"segments/{buyers.id}/?with={other}")).status_code == 404


def test_a_segment_of_facts_that_one_may_not_see(company_a: Company, buyers: Segment) -> None:
    with tenant_context(company_a.tenant.id):
        rich = define(company_a, "Rich", {"all": [line("value.lifetime_value", "known")]})
        role = company_a.member["alice"].role
        role.permissions = [code for code in role.permissions if code != "value.view_value"]
        role.save()
    for path in ("segments/", f"segments/{rich.id}/"):
        assert "facts that your role does not see" in page(company_a, "alice", path)
    answer = session_client(company_a, "alice").get(f"/api/v1/segments/{rich.id}/").json()
    assert (answer["condition"], answer["customers"]) == (None, 0)


def test_while_it_is_filled_everybody_is_told(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        made = create_segment(access=company_a.access("admin"), definition=Definition("New", {"all": []}))
    assert "cs-job" in page(company_a, "admin", f"segments/{made.id}/")
    alice = page(company_a, "alice", f"segments/{made.id}/")
    assert "being worked out" in alice
    assert "cs-job" not in alice


def test_a_segment_that_cannot_be_read_any_more_says_so(company_a: Company, buyers: Segment) -> None:
    with tenant_context(company_a.tenant.id):
        Segment.objects.update(condition={"all": [line("crm.gone", "at_least", 1)]})
    assert "cannot be read any more" in page(company_a, "admin", "segments/")
    assert "Until it is mended nobody comes in or leaves" in page(
        company_a, "admin", f"segments/{buyers.id}/"
    )
    assert signed_in(company_a, "admin").get(company_a.url(f"segments/{buyers.id}/edit/")).status_code == 200


def test_a_list_becomes_a_segment(company_a: Company) -> None:
    where = quote(json.dumps(AT_LEAST_ONE))
    assert 'value="crm.orders"' in page(company_a, "admin", f"segments/new/?where={where}")
    for broken in ("[1]", "{", "[" * 5000):
        assert page(company_a, "admin", f"segments/new/?where={quote(broken)}")
