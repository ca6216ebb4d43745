from django.apps import AppConfig

from tenancy.permissions import register_permissions
from tenancy.registries import ledgers, tenant_openers, tenant_upgrades


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Privacy"

    def ready(self) -> None:
        from privacy import facts  # noqa: PLC0415  (models are loaded now)
        from privacy.personal_data import DECLARED  # noqa: PLC0415
        from privacy.rule_kinds import CONTACT_POLICY  # noqa: PLC0415
        from privacy.selectors.list_gate import allowed_for_list  # noqa: PLC0415
        from privacy.services.captures import forget_captures  # noqa: PLC0415
        from privacy.services.consent_imports import CHECK, LOAD  # noqa: PLC0415
        from privacy.services.erasure import erase_proof_texts  # noqa: PLC0415
        from privacy.services.erasure_job import ERASE  # noqa: PLC0415
        from privacy.services.exports import EXPORT, erase_assembled  # noqa: PLC0415
        from privacy.services.health import MEASURE, start_nightly  # noqa: PLC0415
        from privacy.services.list_uploads import LOAD_LIST  # noqa: PLC0415
        from privacy.services.opening import open_privacy  # noqa: PLC0415
        from privacy.services.reminders import remind_of_requests  # noqa: PLC0415
        from privacy.services.retention import RETAIN, start_letting_go  # noqa: PLC0415
        from privacy.services.retention_kinds import GATE_FACTS, SIGN_UPS, TRASHED  # noqa: PLC0415
        from privacy.services.suppressed import refused_for_erasure  # noqa: PLC0415
        from privacy.services.verification import verify_chains  # noqa: PLC0415
        from rules.kinds import register_rule_kinds  # noqa: PLC0415
        from tenancy.jobs import job_kinds  # noqa: PLC0415
        from tenancy.registries import (  # noqa: PLC0415
            address_changes,
            erasers,
            export_gates,
            personal_data,
            refused_addresses,
            retention_kinds,
        )
        from tenancy.schedules import register_often, scheduled  # noqa: PLC0415

        register_permissions(
            "privacy",
            check_contact="ask whether a customer may be contacted",
            record_consent="record what customers in scope say about the use of their data",
            view_consent="see the consents of customers in scope, with their proof",
            change_person="note age, residence, restriction and death of customers in scope",
        )
        register_permissions(
            "privacy",
            of_everybody=True,
            view_privacy="see consent health, the ledger, purposes and policy",
            handle_requests="handle requests from people about their data",
            manage_policy="change purposes, notices, regimes, retention and the sender's details",
        )
        # What companies begin with, and what rules may say and decide.
        tenant_openers.register("privacy", open_privacy)
        tenant_upgrades.register("privacy", open_privacy)
        facts.register()
        register_rule_kinds(CONTACT_POLICY)
        # What rooms to the left ask of this one.
        personal_data.register("privacy", DECLARED)
        erasers.register("privacy.texts", erase_proof_texts)
        erasers.register("privacy.exports", erase_assembled)
        refused_addresses.register("privacy", refused_for_erasure)
        address_changes.register("privacy", forget_captures)
        export_gates.register("privacy", allowed_for_list)
        ledgers.register("consents", verify_chains)
        for kept in (TRASHED, SIGN_UPS, GATE_FACTS):
            retention_kinds.register(kept.key, kept)
        # Long work, and what returns by itself.
        for kind in (CHECK, LOAD, LOAD_LIST, EXPORT, ERASE, MEASURE, RETAIN):
            job_kinds.register(kind.name, kind)
        register_often("privacy.remind_of_requests", lambda slot: remind_of_requests(), minutes=60)
        scheduled.register(RETAIN.name, start_letting_go)
        scheduled.register(MEASURE.name, start_nightly)
