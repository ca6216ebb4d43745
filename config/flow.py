"""The whole flow on one page: what happened -> what must follow, in no particular order."""

FLOW: dict[str, tuple[str, ...]] = {
    "crm.customer_created": ("value.steps.decide_kind",),
    "crm.customers_created": ("value.steps.decide_kinds_after_import",),
    "crm.customer_changed": ("value.steps.decide_kind",),
    "crm.customers_trashed": (),
    "crm.order_recorded": ("value.steps.revalue_customer",),
    "crm.orders_imported": ("value.steps.recompute_after_import",),
    "crm.margins_restated": ("value.steps.recompute_after_restating",),
    "value.customer_revalued": (),
    "value.values_recomputed": ("value.steps.decide_kinds_after_values",),
    "value.kinds_changed": (),
    "value.kinds_decided": (),
    "portfolios.customers_transferred": (),
    "portfolios.assignment_run_finished": (),
    "portfolios.proposals_decided": (),
    "rules.version_activated": ("value.steps.decide_kinds_by_new_rules",),
    "rules.rules_ended": ("value.steps.decide_kinds_by_new_rules",),
    "rules.activation_waiting": (),
    "rules.activation_refused": (),
}
