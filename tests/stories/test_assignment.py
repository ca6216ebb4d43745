"""Ada has the rules share out all 2,357 customers so that value is even; Nadia opens why somebody is hers."""

import json
import re
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import APIRequestContext, Playwright, expect

from tests.stories.conftest import Visit
from tests.stories.installation import LOGS, Installation, _superuser
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

ADA, NADIA, TOBIAS = (f"{name}@bluebird.example" for name in ("ada", "nadia", "tobias"))
ASSIGNMENT = "/t/bluebird/portfolios/assignment/"
PATIENCE_MS = 90_000

HELD = """
SELECT count(*), count(*) FILTER (WHERE held = tstzmultirange(tstzrange(born, NULL, '[)'))), count(DISTINCT now_in)
  FROM (SELECT c.created_at AS born, range_agg(a.period) AS held,
               max(a.portfolio_id::text) FILTER (WHERE upper_inf(a.period)) AS now_in
          FROM crm_customer c LEFT JOIN portfolios_assignment a ON a.tenant_id = c.tenant_id AND a.customer_id = c.id
         WHERE c.tenant_id = (SELECT id FROM tenancy_tenant WHERE slug = 'bluebird')
         GROUP BY c.id, c.created_at) AS one
"""
CARRIED = """
SELECT p.name, count(*), sum(s.value) / 100, round(sum(s.orders_year)) FROM crm_customersummary s
  JOIN portfolios_portfolio p ON p.tenant_id = s.tenant_id AND p.id = s.portfolio_id
 WHERE s.tenant_id = (SELECT id FROM tenancy_tenant WHERE slug = 'bluebird') AND NOT s.trashed GROUP BY 1 ORDER BY 1
"""
OF_A_RUN = """
SELECT p.customer_id, p.decision_id FROM portfolios_assignmentproposal p
  JOIN portfolios_portfolio t ON t.tenant_id = p.tenant_id AND t.id = p.to_id
 WHERE p.state = 'moved' AND p.line = 0 AND t.name LIKE 'Nadia%' ORDER BY p.value DESC LIMIT 1
"""


def ask(served: Installation, sql: str) -> list[tuple[Any, ...]]:
    database = served.environment["DATABASE_URL"].rpartition("/")[2]
    with closing(_superuser(database)) as server, server.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture
def api(served: Installation, playwright_here: Playwright) -> APIRequestContext:
    """The administrator's programs."""
    words = ("token_create", "--tenant", "bluebird", "--name", "story", "--role", "administrator")
    secret = served.manage(*words)["token"]
    headers = {"Authorization": f"Bearer {secret}"}
    return playwright_here.request.new_context(base_url=served.address, extra_http_headers=headers)


def said(answer: Any) -> Any:
    assert answer.ok, f"{answer.status} {answer.text()[:500]}"
    return answer.json()


def extend_the_draft(api: APIRequestContext) -> str:
    """Everybody for whom no rule holds goes to the manager with the fewest customers."""
    [listed] = said(api.get("/api/v1/rules/?kind=portfolios.assignment"))["results"]
    found = said(api.get(f"/api/v1/rules/{listed['id']}/"))
    content = found["draft"]["content"]
    managed = content["rules"][0]["then"]["portfolios"]
    content["otherwise"] = {"portfolios": managed, "balance": "customers"}
    said(api.patch(f"/api/v1/rules/{listed['id']}/", data={"content": content}))
    return str(listed["id"])


def activate(api: APIRequestContext, rules: str) -> None:
    seen = said(api.get(f"/api/v1/rules/{rules}/"))["standing"]["seen"]
    said(
        api.post(
            f"/api/v1/rules/{rules}/activate/", data={"seen": seen, "comment": "every customer has a manager"}
        )
    )


def try_the_draft(ada: Visitor) -> str:
    page = ada.page
    ada.go("/t/bluebird/portfolios/")
    ada.click("Assignment")
    ada.look("before")
    ada.click("Try the rules")
    page.get_by_label("Which rules").select_option(label="With the draft of A manager for everybody")
    ada.look("try-the-rules")
    ada.click("Ask the rules", role="button")
    page.wait_for_url(re.compile(r"/assignment/[0-9a-f-]{36}/$"))
    expect(page.get_by_role("heading", name="From where to where")).to_be_visible(timeout=PATIENCE_MS)
    return page.url


def test_everybody_is_assigned_by_rule_with_balance(
    visit: Visit, served: Installation, api: APIRequestContext
) -> None:
    ada = visit(ADA)
    page, before = ada.page, ask(served, CARRIED)
    rules = extend_the_draft(api)
    run = try_the_draft(ada)
    ada.says("This is a draft")
    ada.look("draft-tried")
    assert ask(served, CARRIED) == before, "trying moves nobody"
    activate(api, rules)
    ada.go(run)
    page.locator("tbody [data-open]").first.click()
    page.wait_for_url("**/proposals/**")
    ada.look("group", sizes=("wide",))
    ada.go(run)
    ada.look("proposals")
    page.get_by_role("button", name=re.compile("^Accept all")).click()
    page.wait_for_url("**/jobs/**")
    expect(page.get_by_text("What came out")).to_be_visible(timeout=PATIENCE_MS)
    ada.go(run)
    ada.says("It is done")
    ada.look("after")
    after = ask(served, CARRIED)
    [(everybody, held, portfolios)] = ask(served, HELD)
    assert everybody == held, "one portfolio each, at every instant"
    assert portfolios == 3, "nobody is left in the house"
    counts, values = [row[1] for row in after], [float(row[2]) for row in after]
    assert max(counts) - min(counts) <= 1, after
    assert max(values) - min(values) < 0.06 * sum(values) / 3, after
    counted = {"before": before, "after": after, "customers": everybody}
    (LOGS / "assignment.json").write_text(json.dumps(counted, default=str, indent=1))


def test_a_manager_opens_why(visit: Visit, served: Installation) -> None:
    [(customer, decision)] = ask(served, OF_A_RUN)
    nadia = visit(NADIA)
    nadia.go(f"/t/bluebird/customers/{UUID(str(customer))}/")
    nadia.page.get_by_role("link", name="Why", exact=True).first.click()
    nadia.page.wait_for_url("**/portfolios/decisions/**")
    nadia.says("Everybody who still buys has a manager")
    nadia.says("Put in force by")
    nadia.look("decision")
    nadia.go(ASSIGNMENT)
    nadia.look("rules-for-a-manager", sizes=("wide",))
    visit(TOBIAS).gets(f"/t/bluebird/portfolios/decisions/{decision}/", 404)
