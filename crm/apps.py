from django.apps import AppConfig

from tenancy.permissions import register_permissions


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = "Customers"

    def ready(self) -> None:
        from crm import facts  # noqa: PLC0415  (models are loaded now)
        from crm.imports import checking, loading  # noqa: PLC0415
        from crm.imports.erasing import erase_from_imports  # noqa: PLC0415
        from crm.personal_data import DECLARED  # noqa: PLC0415
        from crm.segment_fact import SEGMENT  # noqa: PLC0415
        from crm.selectors.imports import import_of_job  # noqa: PLC0415
        from crm.selectors.scope import names_of  # noqa: PLC0415
        from crm.services import margins  # noqa: PLC0415
        from crm.services.imports import CHECK, LOAD, drop_abandoned_imports  # noqa: PLC0415
        from crm.services.retention import REJECTED_ROWS  # noqa: PLC0415
        from crm.services.segments import passes  # noqa: PLC0415
        from rules.catalogue import register_facts  # noqa: PLC0415
        from tenancy.jobs import JobKind, job_kinds  # noqa: PLC0415
        from tenancy.registries import (  # noqa: PLC0415
            company_changes,
            erasers,
            job_outcomes,
            personal_data,
            retention_kinds,
            subject_names,
        )
        from tenancy.schedules import scheduled  # noqa: PLC0415

        register_permissions(
            "crm",
            find_customer="find any customer by name, number, phone or e-mail",
            open_service_card="open any customer's service card (logged)",
            view_customer="open customers in scope",
            add_customer="add customers",
            change_customer="change customers in scope",
            trash_customer="put customers into the trash and restore them",
            record_order="record orders, returns and costs",
            export_customers="export customers in scope (logged)",
            view_segment="see segments, and those of their members in scope",
            manage_segments="define, change and take away segments",
        )
        register_permissions(
            "crm", of_everybody=True, **{"import": "import customers and orders, of all customers"}
        )
        personal_data.register("crm", DECLARED)
        erasers.register("crm.imports", erase_from_imports)
        facts.register()
        retention_kinds.register(REJECTED_ROWS.key, REJECTED_ROWS)
        register_facts(SEGMENT)
        subject_names.register("crm", names_of)
        job_kinds.register(
            CHECK, JobKind(CHECK, checking.plan, checking.run_part, checking.finish, checking.cancelled)
        )
        job_kinds.register(
            LOAD, JobKind(LOAD, loading.plan, loading.run_part, loading.finish, loading.cancelled)
        )
        job_kinds.register(margins.KIND, margins.restate_margins)
        company_changes.register(margins.KIND, margins.restate_after_change)
        job_kinds.register(passes.fill.name, passes.fill)
        job_kinds.register(passes.KEEP_ALL, passes.keep_all)
        scheduled.register(passes.KEEP_ALL, passes.start_nightly)
        scheduled.register("crm.drop_abandoned_imports", lambda slot: drop_abandoned_imports())
        job_outcomes.register(CHECK, import_of_job)
        job_outcomes.register(LOAD, import_of_job)
