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
