"""What a rule set is called, of which kind it is, and about which portfolios."""

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile

from rules.kinds import RuleKind
from rules.models import Level, RuleSet
from tenancy.access import Access

LARGEST_FILE: Final = 1024 * 1024


class NamingForm(forms.Form):
    """For a new rule set, and with `rule_set` for one that is there: its kind and level stay."""

    kind = forms.ChoiceField(label="What they decide")
    name = forms.CharField(max_length=120, help_text="As people will speak of them.")
    description = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), label="What they are for"
    )
    level = forms.ChoiceField(
        label="Whose rules", choices=[(Level.COMPANY, "The company’s"), (Level.PORTFOLIO, "Of portfolios")],
        help_text="Rules of portfolios act within the boundaries that the company sets.",
    )  # fmt: skip
    portfolios = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Portfolios"
    )

    def __init__(
        self, *args: Any, portfolios: Sequence[tuple[str, str]], access: Access, kinds: Sequence[RuleKind] = (),
        rule_set: RuleSet | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._offer("portfolios", portfolios)
        if rule_set is not None:
            del self.fields["kind"], self.fields["level"]
            if rule_set.level == Level.COMPANY:
                del self.fields["portfolios"]
            return
        self._offer("kind", [(kind.key, kind.label) for kind in kinds])
        if not any(Level.PORTFOLIO in kind.levels for kind in kinds):
            del self.fields["level"], self.fields["portfolios"]
        elif not access.may("rules.edit"):
            self._offer("level", [(Level.PORTFOLIO.value, "Of my portfolios")])

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def values(self) -> dict[str, Any]:
        """For `create_rule_set`."""
        found = self.cleaned_data
        level = found.get("level") or Level.COMPANY
        return self.changes() | {
            "kind": found["kind"],
            "level": level,
            "portfolios": self._portfolios() if level == Level.PORTFOLIO else [],
        }

    def changes(self) -> dict[str, Any]:
        """For `change_rule_set`."""
        found = {"name": self.cleaned_data["name"], "description": self.cleaned_data["description"]}
        return found | {"portfolios": self._portfolios() if "portfolios" in self.fields else None}

    def _portfolios(self) -> list[UUID]:
        return [UUID(one) for one in self.cleaned_data.get("portfolios", ())]


class ImportForm(forms.Form):
    """A file that another company, or this one, carried out."""

    name = forms.CharField(max_length=120, required=False)
    file = forms.FileField(error_messages={"required": "Choose a file of rules."})

    def clean_file(self) -> dict[str, Any]:
        file: UploadedFile = self.cleaned_data["file"]
        if file.size is None or file.size > LARGEST_FILE:
            raise forms.ValidationError("The file is larger than a megabyte; that is no file of rules.")
        try:
            found = json.loads(file.read())
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(
                "This is no file of rules: carry one out with “Export” and take that."
            )
        return found
