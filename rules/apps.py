from django.apps import AppConfig

from tenancy.permissions import register_permissions


class RulesConfig(AppConfig):
    name = "rules"

    def ready(self) -> None:
        register_permissions(
            "rules",
            view="see the company's rules and the decisions they made",
            edit="write rules, try them out",
            activate="put rules in force, take them back",
            approve="be the second person who agrees to a rule",
            edit_own="write rules of their own portfolios and put them in force",
        )
