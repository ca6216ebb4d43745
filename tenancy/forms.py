"""What people type into settings. Choices come from selectors, rules stand in services."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction

from tenancy.db.ids import new_id
from tenancy.models import Role
from tenancy.permissions import all_permissions

Choices = Iterable[tuple[str, str]]
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


class PercentField(forms.DecimalField):
    """Typed in percent, kept as a share from 0 to 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value * 100:f}".rstrip("0").rstrip(".") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        percent = super().clean(value)
        return None if percent is None else percent / 100


class IdField(forms.TypedChoiceField):
    """One of the rows that the view offers, by id; None where nothing is chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=UUID, empty_value=None, **kwargs)

    def offer(self, rows: Choices, *, nothing: str = "Choose one") -> None:
        self.choices = [("", nothing), *rows]


class DayField(forms.DateField):
    """A day that has one before and one after it: the ends of the calendar are typed by nobody in earnest."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_validators = [MinValueValidator(date(1, 1, 3)), MaxValueValidator(date(9999, 12, 29))]


class CompanyForm(forms.Form):
    name = forms.CharField(max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone",
        help_text="Days begin and end here, and the nightly work starts here at 02:00. Stored times stay as they are.",
    )
    fiscal_year_starts = forms.TypedChoiceField(
        label="The fiscal year begins in",
        coerce=int,
        choices=[(at, name) for at, name in enumerate(MONTHS, start=1)],
        help_text="“This quarter’s margin” on portfolios and scorecards counts from here.",
    )
    margin_rate = PercentField(
        label="Margin where an order names no cost, %",
        help_text="Revenue times this is the margin of such an order. Orders that are here already are restated at "
        "once, anonymous ones too; then every value is computed again. You may go on working meanwhile.",
    )
    discount_rate = PercentField(
        label="Discount a year, %",
        help_text="What a dollar next year is worth less than one today. A higher rate lowers every lifetime value.",
    )
    lapsed_after_days = forms.IntegerField(
        label="Lapsed after days without an order",
        min_value=1, max_value=3650,
        help_text="An active customer becomes lapsed. Lists and filters by status change in the next night.",
    )  # fmt: skip
    lost_after_days = forms.IntegerField(
        label="Lost after days without an order", min_value=2, max_value=7300,
        help_text="A lapsed customer becomes lost. Must be more than the number above.",
    )  # fmt: skip
    lost_below_alive = PercentField(
        label="Lost below a chance of being alive, %",
        help_text="With a score, this decides before the days do: below it a customer counts as lost.",
    )
    rules_need_second_person = forms.BooleanField(
        label="Rules need a second person", required=False,
        help_text="From now on rules come into force when somebody else agrees. Taking the latest change back stays "
        "possible alone. What is in force already stays.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [(zone, zone) for zone in sorted(available_timezones())]  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    name = forms.CharField(max_length=120)
    role = IdField(
        help_text="What they may do, and whose customers they see. Only roles within your own are offered."
    )
    unit = IdField(required=False, help_text="For roles that see their unit and below.")

    def __init__(self, *args: Any, roles: Choices, units: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(roles)  # type: ignore[attr-defined]
        self.fields["unit"].offer(units, nothing="None")  # type: ignore[attr-defined]


class InviteForm(MemberForm):
    email = forms.EmailField(
        label="E-mail", max_length=254,
        help_text="They get a mail: with a link to choose a password, or, if they have one, to sign in.",
    )  # fmt: skip
    field_order = ["email", "name", "role", "unit"]


class RemoveMemberForm(forms.Form):
    successor = IdField(required=False, label="Who takes over")

    def __init__(self, *args: Any, members: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].offer(members, nothing="Nobody: customers go to the house portfolio")  # type: ignore[attr-defined]


class DelegationForm(forms.Form):
    member = IdField(label="Who is away")
    delegate = IdField(
        label="Who stands in", help_text="They see and do with these customers what the absent one may."
    )
    first_day = DayField(label="First day away")
    last_day = DayField(
        label="Last day away", help_text="The delegate’s view ends at midnight after it, by itself."
    )
    reason = forms.CharField(max_length=200, help_text="“Holiday” is enough; the delegate reads it.")

    def __init__(self, *args: Any, members: Choices, delegates: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].offer(members)  # type: ignore[attr-defined]
        self.fields["delegate"].offer(delegates)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first_day") and given.get("last_day") and given["last_day"] < given["first_day"]:
            self.add_error("last_day", "The last day must not be before the first.")
        return given


class NewRoleForm(forms.Form):
    name = forms.CharField(max_length=80)
    like = IdField(label="Begin with what this role may do")

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].offer(roles)  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    name = forms.CharField(max_length=80)
    scope = forms.ChoiceField(label="Sees", choices=Role.Scope.choices)
    permissions = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = [(p.code, p.label) for p in all_permissions()]  # type: ignore[attr-defined]


class UnitForm(forms.Form):
    name = forms.CharField(max_length=120)
    parent = IdField(label="Belongs to")

    def __init__(self, *args: Any, parents: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].offer(parents)  # type: ignore[attr-defined]


class UnitNameForm(forms.Form):
    """The first unit is the company itself: it has a name and nothing above it."""

    name = forms.CharField(max_length=120)


class TokenForm(forms.Form):
    """`key` is of the page, not of the person: the same page sent again, as by a reload, makes no second token."""

    key = forms.UUIDField(required=False, initial=new_id, widget=forms.HiddenInput)
    name = forms.CharField(max_length=80, help_text="The system that will use it: “Till in Leeds”.")
    role = IdField(help_text="The token may do what this role may.")
    expires_on = DayField(required=False, label="Ends after", help_text="Empty: until somebody revokes it.")

    def __init__(self, *args: Any, roles: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].offer(roles)  # type: ignore[attr-defined]


class AuditFilterForm(forms.Form):
    """The filters of the log, as they stand in the address."""

    table = forms.ChoiceField(required=False, label="What")
    actor = forms.ChoiceField(required=False, label="Who")
    day = DayField(required=False)

    def __init__(self, *args: Any, tables: Choices, actors: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].choices = [("", "anything"), *tables]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [("", "anybody"), ("system", "the system"), *actors]  # type: ignore[attr-defined]

    def day_asked(self) -> date | None:
        day: date | None = self.cleaned_data.get("day")
        return day


def saved(
    form: forms.BaseForm, action: Callable[[dict[str, Any]], object], *refusals: type[Exception]
) -> bool:
    """Whether the form is right and the service did it. A refusal becomes the form's mistake, and nothing stays."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            action(form.cleaned_data)
    except refusals as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
