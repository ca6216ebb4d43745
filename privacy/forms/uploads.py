"""What people fill in to bring old consents: the file, which column is what, and what holds for every row."""

from collections.abc import Mapping as Sent
from typing import Any

from django import forms

from privacy.imports.fields import FIELDS, WORDINGS, Mapping
from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import Channel


class UploadForm(forms.Form):
    file = forms.FileField(
        label="The file", error_messages={"required": "Choose a file."}, allow_empty_file=True
    )


class ColumnsForm(forms.Form):
    """A select for each of our fields (`column_<name>`), and what is taken where the file says nothing."""

    purpose = forms.ChoiceField(required=False, label="For what, where no column says it")
    channel = forms.ChoiceField(
        required=False, label="By which channel, where no column says it",
        choices=[("", "the file says it"), *Channel.choices, (EVERY_CHANNEL, "every channel")],
    )  # fmt: skip
    wording = forms.ChoiceField(
        choices=WORDINGS, label="What the words were",
        help_text="Look at the words of the old form. Nobody can tell from a tick alone.",
    )  # fmt: skip
    date_order = forms.ChoiceField(
        label="Dates such as 03/04/2026",
        choices=[("day", "day first: 3 April"), ("month", "month first: 4 March")],
    )

    def __init__(
        self,
        data: Sent[str, Any] | None,
        *,
        header: list[str],
        mapping: Mapping,
        purposes: list[tuple[str, str]],
    ) -> None:
        columns = {f"column_{name}": column for name, column in mapping.columns.items()}
        super().__init__(data, initial={**mapping.as_json(), **columns})
        choices = [("", "not in the file"), *((name, name) for name in header)]
        for one in FIELDS:
            self.fields[f"column_{one.name}"] = forms.ChoiceField(
                required=False, label=one.label, choices=choices, help_text=one.help
            )
        self.fields["purpose"].choices = [("", "the file says it"), *purposes]  # type: ignore[attr-defined]

    def mapping(self) -> Mapping:
        values = self.cleaned_data
        columns = {one.name: values[f"column_{one.name}"] for one in FIELDS if values[f"column_{one.name}"]}
        return Mapping(columns, values["purpose"], values["channel"], values["wording"], values["date_order"])

    def columns(self) -> list[forms.BoundField]:
        return [self[f"column_{one.name}"] for one in FIELDS]

    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in ("purpose", "channel", "wording", "date_order")]
