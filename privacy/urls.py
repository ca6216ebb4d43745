"""Privacy, mounted under /t/<slug>/."""

from django.urls import path

from privacy.views import (
    answers,
    consents,
    health,
    ledger,
    lists,
    looks,
    own_pages,
    persons,
    policy,
    purposes,
    requests,
    retention,
    tester,
    uploads,
)

ONE = "customers/<uuid:customer_id>/"

urlpatterns = [
    path("privacy/imports/", uploads.uploads, name="consent_uploads"),
    path("privacy/imports/new/", uploads.new, name="consent_upload_new"),
    path("privacy/imports/<uuid:upload_id>/", uploads.upload, name="consent_upload"),
    path("privacy/imports/<uuid:upload_id>/act/", uploads.act, name="consent_upload_act"),
    path("privacy/imports/<uuid:upload_id>/errors/", uploads.errors, name="consent_upload_errors"),
    path("customers/<uuid:customer_id>/own-page/", own_pages.own_page, name="customer_own_page"),
    path("customers/<uuid:customer_id>/consents/", consents.consents, name="customer_consents"),
    path(
        "customers/<uuid:customer_id>/consents/<uuid:event_id>/receipt/",
        consents.receipt,
        name="customer_receipt",
    ),
    path("privacy/", health.health, name="privacy"),
    path("privacy/measure/", health.measure, name="privacy_measure"),
    path("privacy/requests/", requests.desk, name="privacy_requests"),
    path("privacy/requests/new/", requests.new, name="privacy_request_new"),
    path("privacy/requests/<uuid:request_id>/", requests.show, name="privacy_request"),
    path("privacy/requests/<uuid:request_id>/file/", requests.file, name="privacy_request_file"),
    path("privacy/requests/<uuid:request_id>/<slug:what>/", requests.do, name="privacy_request_do"),
    path("privacy/ledger/", ledger.ledger, name="privacy_ledger"),
    path("privacy/ledger/<uuid:event_id>/", ledger.event, name="privacy_event"),
    path("privacy/ledger/<uuid:event_id>/receipt/", ledger.receipt, name="privacy_receipt"),
    path("privacy/answers/", answers.answers, name="privacy_answers"),
    path("privacy/answers/<uuid:answer_id>/", answers.answer, name="privacy_answer"),
    path("privacy/answers/<uuid:answer_id>/replay/", answers.answer_replay, name="privacy_answer_replay"),
    path("privacy/tester/", tester.tester, name="privacy_tester"),
    path("privacy/policy/", policy.policy, name="privacy_policy"),
    path("privacy/policy/sender/", policy.sender_edit, name="privacy_sender"),
    path("privacy/policy/rules/<slug:code>/", policy.regime_rules, name="privacy_regime_rules"),
    path("privacy/policy/own/new/", policy.regime_new, name="privacy_regime_new"),
    path("privacy/policy/own/<uuid:regime_id>/", policy.regime, name="privacy_regime"),
    path(
        "privacy/policy/own/<uuid:regime_id>/archive/", policy.regime_archive, name="privacy_regime_archive"
    ),
    path("privacy/purposes/", purposes.purposes, name="privacy_purposes"),
    path("privacy/purposes/new/", purposes.purpose_new, name="privacy_purpose_new"),
    path("privacy/purposes/<uuid:purpose_id>/", purposes.purpose, name="privacy_purpose"),
    path("privacy/purposes/<uuid:purpose_id>/edit/", purposes.purpose_edit, name="privacy_purpose_edit"),
    path(
        "privacy/purposes/<uuid:purpose_id>/notice/", purposes.purpose_notice, name="privacy_purpose_notice"
    ),
    path(
        "privacy/purposes/<uuid:purpose_id>/archive/",
        purposes.purpose_archive,
        name="privacy_purpose_archive",
    ),
    path(
        "privacy/purposes/<uuid:purpose_id>/restore/",
        purposes.purpose_restore,
        name="privacy_purpose_restore",
    ),
    path("privacy/lists/", lists.lists, name="privacy_lists"),
    path("privacy/lists/look-up/", lists.look_up, name="privacy_lists_look_up"),
    path("privacy/lists/upload/", lists.upload, name="privacy_lists_upload"),
    path("privacy/lists/add/", lists.add, name="privacy_lists_add"),
    path("privacy/lists/<uuid:suppression_id>/lift/", lists.lift, name="privacy_lists_lift"),
    path("privacy/retention/", retention.retention, name="privacy_retention"),
    path("privacy/retention/<slug:retention_key>/", retention.rule, name="privacy_retention_rule"),
    path("privacy/looks/", looks.looks, name="privacy_looks"),
    path(f"{ONE}person/", persons.person, name="person"),
    path(f"{ONE}person/death/", persons.death, name="person_death"),
    path(f"{ONE}person/restriction/", persons.restriction, name="person_restriction"),
    path(f"{ONE}points/<uuid:point_id>/origin/", persons.capture, name="capture"),
]
