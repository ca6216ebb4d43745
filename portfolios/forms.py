"""What people type about portfolios and transfers."""

from collections.abc import Iterable
from typing import Any

from django import forms

from tenancy.forms import IdField

Choices = Iterable[tuple[str, str]]


class PortfolioForm(forms.Form):
    name = forms.CharField(max_length=120)
    manager = IdField(help_text="The one person who answers for every customer in it.")
    unit = IdField(
        required=False, help_text="Managers of this unit, and of those above it, see the customers too."
    )

    def __init__(self, *args: Any, members: Choices, units: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].offer(members)  # type: ignore[attr-defined]
        self.fields["unit"].offer(units, nothing="The manager’s own")  # type: ignore[attr-defined]


class HouseForm(forms.Form):
    """The house portfolio has no manager."""

    name = forms.CharField(max_length=120)


class CloseForm(forms.Form):
    to = IdField(label="Its customers go to")
    reason = forms.CharField(
        max_length=300, label="Why", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stays in each customer’s history with your name.",
    )  # fmt: skip

    def __init__(self, *args: Any, targets: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(targets)  # type: ignore[attr-defined]


class TransferForm(forms.Form):
    to = IdField(label="To the portfolio")
    reason = forms.CharField(
        max_length=300, label="Why", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The next manager reads this, and it stays in the customer’s history with your name.",
    )  # fmt: skip

    def __init__(self, *args: Any, targets: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].offer(targets)  # type: ignore[attr-defined]


class RunForm(forms.Form):
    """How to ask the rules about everybody."""

    draft_of = IdField(
        required=False, label="Which rules",
        help_text="A draft is tried in place of what is in force of the same rules. It only proposes.",
    )  # fmt: skip
    mode = forms.ChoiceField(
        label="What happens then", choices=[
            ("propose", "Proposals are shown; nobody moves until somebody accepts"),
            ("automatic", "Customers move at once, as the rules say"),
        ],
        widget=forms.RadioSelect, initial="propose",
    )  # fmt: skip
    reason = forms.CharField(
        max_length=300, required=False, label="Why", widget=forms.TextInput(),
        help_text="It stays in the history of everybody who moves. Empty: “Assignment by rule”.",
    )  # fmt: skip

    def __init__(self, *args: Any, drafts: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(key, f"With the draft of {name}") for key, name in drafts]
        self.fields["draft_of"].offer(named, nothing="The rules in force")  # type: ignore[attr-defined]


class PolicyForm(forms.Form):
    """What the company lets rules do by themselves."""

    nightly = forms.ChoiceField(
        label="Every night", choices=[
            ("off", "Nothing happens by itself"),
            ("propose", "Proposals are made; somebody decides in the morning"),
            ("automatic", "Who belongs elsewhere by now moves at once"),
        ],
        widget=forms.RadioSelect,
        help_text="Whoever is where a rule wants them is left alone. At night nobody moves only for evenness.",
    )  # fmt: skip
    pin_months = forms.IntegerField(
        label="Months for which rules leave alone whom somebody transferred", min_value=0, max_value=120,
        help_text="A transfer by hand pins the customer. 0: until somebody unpins them.",
    )  # fmt: skip
