"""Rules, mounted under /t/<slug>/."""

from django.urls import path

from rules.views import builder, conditions, live, pages, standing, trials

ONE = "rules/<uuid:rule_set_id>/"

urlpatterns = [
    path("rules/", pages.rules, name="rules"),
    path("rules/new/", pages.new, name="rules_new"),
    path("rules/import/", pages.take_in, name="rules_import"),
    path("rules/facts/", pages.facts, name="rules_facts"),
    path("rules/facts/choose/", conditions.choose_fact, name="rules_choose_fact"),
    path("rules/facts/options/", conditions.choose_option, name="rules_choose_option"),
    path("rules/condition/", conditions.condition, name="rules_condition"),
    path("rules/condition/live/", live.live, name="rules_live"),
    path("rules/condition/count/", live.count, name="rules_count"),
    path("rules/condition/lines/", live.lines, name="rules_lines"),
    path("rules/condition/others/", live.others, name="rules_others"),
    path("rules/condition/find/", live.find, name="rules_find"),
    path("rules/condition/holds/", live.holds, name="rules_holds"),
    path(ONE, builder.rule_set, name="rule_set"),
    path(f"{ONE}draft/", builder.draft, name="rule_set_draft"),
    path(f"{ONE}order/", builder.order, name="rule_set_order"),
    path(f"{ONE}edit/", pages.edit, name="rule_set_edit"),
    path(f"{ONE}versions/", pages.versions, name="rule_set_versions"),
    path(f"{ONE}versions/<int:number>/", pages.comparison, name="rule_set_compare"),
    path(f"{ONE}versions/<int:number>/back/", standing.roll_back, name="rule_set_roll_back"),
    path(f"{ONE}export/", pages.export, name="rule_set_export"),
    path(f"{ONE}try/", trials.start, name="rule_set_try"),
    path(f"{ONE}trial/", trials.trial, name="rule_set_trial"),
    path(f"{ONE}trial/stop/", trials.stop, name="rule_set_try_stop"),
    path(f"{ONE}activate/", standing.activate, name="rule_set_activate"),
    path(f"{ONE}activations/<uuid:activation_id>/agree/", standing.agree, name="rule_set_agree"),
    path(f"{ONE}activations/<uuid:activation_id>/refuse/", standing.refuse, name="rule_set_refuse"),
    path(f"{ONE}activations/<uuid:activation_id>/withdraw/", standing.withdraw, name="rule_set_withdraw"),
    path(f"{ONE}archive/", standing.archive, name="rule_set_archive"),
    path(f"{ONE}restore/", standing.restore, name="rule_set_restore"),
]
