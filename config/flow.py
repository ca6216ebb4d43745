"""The whole flow on one page: what happened -> what must follow, in no particular order."""

FLOW: dict[str, tuple[str, ...]] = {
    "crm.customer_created": (),
    "crm.customers_created": (),
    "crm.customer_changed": (),
    "crm.customers_trashed": (),
    "crm.order_recorded": ("value.steps.revalue_customer",),
    "crm.orders_imported": ("value.steps.recompute_after_import",),
    "crm.margins_restated": ("value.steps.recompute_after_restating",),
    "value.customer_revalued": (),
    "value.values_recomputed": (),
    "portfolios.customers_transferred": (),
    "portfolios.assignment_run_finished": (),
    "portfolios.proposals_decided": (),
    "rules.version_activated": (),
    "rules.rules_ended": (),
    "rules.activation_waiting": (),
    "rules.activation_refused": (),
}
