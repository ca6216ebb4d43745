"""Every page x role: who gets in. This table is the manual; adding a page means adding a row.

Letters: A administrator, E executive, M relationship manager, F frontline, C capabilities manager, P privacy officer,
N analyst. A letter that is missing is refused (403). The record asked for is in the house, outside the scope of M and
F: lower-case letters may come through the door and find no such record (404).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tenancy.context import tenant_context
from tests.cast import Company, make_company
from tests.isolation.canary import fill
from tests.routes import Route, ids_for, routes

ROLES = {
    "A": "administrator", "E": "executive", "M": "relationship-manager", "F": "frontline",
    "C": "capabilities-manager", "P": "privacy-officer", "N": "analyst",
}  # fmt: skip

PAGES = {
    "settings": "AEMFCPN", "company": "A", "members": "A", "member_invite": "A", "member": "A",
    "member_invite_again": "A", "member_remove": "A", "delegations": "AEMFCPN", "delegation_end": "Aemfcpn",
    "roles": "A", "role_new": "A", "role": "A", "role_remove": "A", "units": "A", "unit_new": "A",
    "unit": "A", "unit_remove": "A", "tokens": "A", "token_revoke": "A", "audit": "AP",
    "work": "A", "step_retry": "A", "jobs": "AEMFCPN", "jobs_bell": "AEMFCPN", "job": "Aemfcpn",
    "job_progress": "Aemfcpn", "job_cancel": "Aemfcpn", "job_resume": "Aemfcpn", "imports": "A",
    "import_new": "A", "import": "A", "import_progress": "A", "import_errors": "A", "import_check": "A",
    "import_read_again": "A", "import_go": "A", "import_columns": "A", "import_cancel": "A",
    "import_resume": "A", "import_drop": "A", "value": "AEMCPN", "value_evidence": "AEMCN",
    "value_progress": "AEMCPN", "value_recompute": "AN", "portfolios": "AEMCPN", "portfolio_new": "A",
    "assignment": "AEMCPN", "assignment_new": "A", "assignment_policy": "A", "assignment_unpin": "Am",
    "assignment_run": "A", "assignment_proposals": "A", "assignment_decide": "A", "assignment_cancel": "A",
    "assignment_decision": "AEmCPN",
    "portfolio": "AEmCPN", "portfolio_edit": "A", "portfolio_close": "A", "transfers": "AEMCPN",
    "transfer_new": "AM", "transfer": "AEmCPN", "home": "AEMFCPN", "day_answer": "aemfcpn", "hand_over": "AEmCPN",
    "hand_over_preview": "Am",
    "transfer_words": "aemfcpn", "hand_over_words": "aemfcpn",
    "search": "AEMFCPN", "customers": "AEMCPN",
    "customers_totals": "AEMCPN", "customers_filter": "AEMCPN", "customer_new": "AMF", "customers_transfer": "AM",
    "customers_export": "AEMPN", "export_file": "aempn", "trash": "AP", "customer": "AEmfCPN",
    "service_card": "AEMFP", "customer_timeline": "AEmfCPN", "customer_changed": "AEmfCPN",
    "customer_figure": "AEmfCPN", "customer_may_we": "AMFCP", "customer_order": "AEmfCPN", "customer_edit": "Amf",
    "customer_attribute": "Amf", "customer_status": "Amf", "customer_trash": "AmfP",
    "customer_restore": "AmfP", "contact_point_add": "Amf", "contact_point": "Amf",
    "consent_uploads": "AP", "consent_upload_new": "AP", "consent_upload": "AP", "consent_upload_act": "ap",
    "consent_upload_errors": "AP", "customer_consents": "AmCP", "customer_receipt": "AmCP",
    "person": "AmfP", "person_death": "AmfP", "person_restriction": "AmfP", "capture": "AmfP",
    "privacy_lists": "AECPN", "privacy_lists_look_up": "AECPN", "privacy_lists_upload": "AP",
    "privacy_lists_add": "AP", "privacy_lists_lift": "AP", "privacy_looks": "AP",
    "privacy_retention": "AECPN", "privacy_retention_rule": "AP",
    "customer_own_page": "AmfP",
    "interaction": "AEmfCPN", "interaction_correct": "Amf",
    "log": "AMF", "quick_log": "AMF", "quick_log_read": "AMF",
    "segments": "AEMCPN", "segment_new": "AN", "segment": "AEMCPN", "segment_edit": "AN", "segment_refresh": "AN",
    "segment_archive": "AN",
    "rules": "AEMCPN", "rules_new": "AEMCPN", "rules_import": "A", "rules_facts": "AEMFCPN",
    "rules_choose_fact": "aemfcpn", "rules_choose_option": "aemfcpn", "rules_condition": "aemfcpn",
    "rules_live": "aemcpn", "rules_count": "aemcpn", "rules_lines": "aemcpn", "rules_others": "aemcpn",
    "rules_find": "aemcpn", "rules_holds": "aemcpn", "rule_set": "AEMCPN", "rule_set_draft": "AEMCPN",
    "rule_set_order": "AEMCPN", "rule_set_edit": "Aemcpn", "rule_set_versions": "AEMCPN",
    "rule_set_compare": "AEMCPN", "rule_set_roll_back": "A", "rule_set_export": "AEMCPN",
    "rule_set_try": "A", "rule_set_trial": "AEMCPN", "rule_set_try_stop": "A",
    "rule_set_activate": "A", "rule_set_agree": "A", "rule_set_refuse": "A",
    "rule_set_withdraw": "A", "rule_set_archive": "A", "rule_set_restore": "A",
    "privacy": "AECPN", "privacy_measure": "AP", "privacy_ledger": "AECPN", "privacy_event": "AECPN",
    "privacy_receipt": "AmCP", "privacy_answers": "AECPN", "privacy_answer": "AECPN", "privacy_answer_replay": "AECPN",
    "privacy_tester": "AECPN", "privacy_policy": "AECPN", "privacy_sender": "AP", "privacy_regime_rules": "AECPN",
    "privacy_regime_new": "AP", "privacy_regime": "AP", "privacy_regime_archive": "Ap",
    "privacy_purposes": "AECPN", "privacy_purpose_new": "AP", "privacy_purpose": "AECPN",
    "privacy_purpose_edit": "AP", "privacy_purpose_notice": "AP", "privacy_purpose_archive": "AP",
    "privacy_purpose_restore": "AP", "privacy_requests": "AP", "privacy_request_new": "AP", "privacy_request": "AP",
    "privacy_request_do": "AP", "privacy_request_file": "ap",
    "need_kinds": "A", "need_kind_new": "A", "need_kind": "A", "need_kind_aside": "A", "need_new": "AMF",
    "needs": "AEMCPN", "needs_unmet": "AECN", "need": "AEmCPN", "need_treat": "Am", "promise_new": "AMF",
    "promises": "AEMCPN", "promises_kept": "AEMCPN", "promise": "AEmCPN", "promise_keep": "Am",
    "promise_move": "Am", "promise_break": "Am", "promise_release": "Am",
    "cases": "AEMCPN", "case": "AEmCPN", "case_act": "aemcpn", "case_new": "AMF", "settings_cases": "A",
    "case_kind_new": "A", "case_kind": "A", "case_kind_archive": "A", "case_levels": "A", "case_calendar_new": "A",
    "case_calendar": "A", "case_calendar_archive": "A",
    "give_and_take": "AEmCPN",
    "stories": "AEMFC", "story": "AEMFC", "story_act": "Aemfc", "story_tell": "AEMFC",
    "surveys": "A", "survey_new": "A", "survey": "A", "satisfaction": "AECN", "satisfaction_answers": "AECN",
    "tasks": "AEMFCPN", "task_new": "AEMFCPN", "tasks_act": "AEMFCPN", "calendar_feeds": "AEMFCPN",
    "write": "Am", "customer_messages": "AEmCPN", "message": "AEmCPN", "message_cancel": "Am",
    "templates": "A", "template_new": "A", "template": "A", "template_edit": "A", "template_words": "A",
    "template_act": "a", "connectors": "A", "connector_new": "A", "connector": "a", "connector_act": "a",
    "mailboxes": "A", "mailbox_new": "A", "mailbox": "a", "mailbox_act": "a", "inbound_mails": "A", "inbound_mail": "A",
    "inbound_mail_act": "a",
    "grant_give": "AMF", "grants": "AMF", "grant": "Amf", "grant_decide": "amf",
    "task": "AEmfCPN", "task_act": "aemfcpn", "task_undo": "Aemfcpn",
}  # fmt: skip

ROUTES = routes("t/")


class Stage:
    def __init__(self) -> None:
        self.company: Company = make_company("alpha")
        with tenant_context(self.company.tenant.id):
            for letter, role in ROLES.items():
                self.company.add(letter.lower(), role)
            self.rows = fill()
        self.clients = {letter: self._signed_in(letter) for letter in ROLES}

    def _signed_in(self, letter: str) -> Client:
        client = Client()
        user = self.company.member[letter.lower()].user
        client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
        return client


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Stage()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def database(stage: Stage, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer(stage: Stage, route: Route, letter: str) -> int:
    client = stage.clients[letter]
    path = route.filled("alpha", ids_for(route, stage.rows))
    status = client.get(path).status_code
    return client.post(path).status_code if status == 405 else status


def observed(stage: Stage, route: Route) -> str:
    letters = ""
    for letter in ROLES:
        status = answer(stage, route, letter)
        assert status < 500, f"{route.path} fails for {ROLES[letter]}"
        letters += {403: "", 404: letter.lower()}.get(status, letter)
    return letters


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_who_gets_in(stage: Stage, route: Route) -> None:
    assert route.name in PAGES, f"Add {route.name!r} to the table: who may open it?"
    assert observed(stage, route) == PAGES[route.name]


def test_the_table_names_no_page_that_is_gone() -> None:
    assert set(PAGES) == {route.name for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_a_stranger_is_asked_to_sign_in(stage: Stage, route: Route) -> None:
    path = route.filled("alpha", ids_for(route, stage.rows))
    for response in (Client().get(path), Client().post(path)):
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/accounts/login/")
