"""The whole flow on one page: what happened -> what must follow, in no particular order."""

FLOW: dict[str, tuple[str, ...]] = {
    "crm.customer_created": ("value.steps.decide_kind", "crm.steps.keep_segments"),
    "crm.customers_created": ("value.steps.decide_kinds_after_import", "crm.steps.pass_segments"),
    "crm.customer_changed": ("value.steps.decide_kind", "crm.steps.keep_segments"),
    "crm.customers_trashed": ("crm.steps.keep_segments",),
    "crm.order_recorded": ("value.steps.revalue_customer", "crm.steps.keep_segments"),
    "crm.orders_imported": ("value.steps.recompute_after_import", "crm.steps.pass_segments"),
    "crm.margins_restated": ("value.steps.recompute_after_restating", "crm.steps.pass_segments"),
    "crm.segments_changed": (),
    "value.customer_revalued": ("crm.steps.keep_segments",),
    "value.values_recomputed": ("value.steps.decide_kinds_after_values", "crm.steps.pass_segments"),
    "value.kinds_changed": ("crm.steps.keep_segments",),
    "value.kinds_decided": ("crm.steps.pass_segments",),
    "portfolios.customers_transferred": ("portfolios.steps.keep_segments",),
    "portfolios.assignment_run_finished": (),
    "portfolios.proposals_decided": (),
    "rules.version_activated": ("value.steps.decide_kinds_by_new_rules",),
    "rules.rules_ended": ("value.steps.decide_kinds_by_new_rules",),
    "rules.activation_waiting": (),
    "rules.activation_refused": (),
}
