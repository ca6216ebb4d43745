"""What people fill in on the import pages."""

from typing import Any

from django import forms

from crm.imports.fields import fields_of
from crm.imports.reading import DELIMITERS, ENCODINGS
from crm.models import Import


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label="What it holds", choices=[("orders", "Orders"), ("customers", "Customers")], initial="orders",
        widget=forms.RadioSelect,
    )  # fmt: skip
    file = forms.FileField(
        label="The file", error_messages={"required": "Choose a file."}, allow_empty_file=True
    )


class WritingForm(forms.Form):
    """How the file is written, as detected; to be corrected."""

    encoding = forms.ChoiceField(label="Encoding", choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label="Columns are cut by", choices=list(DELIMITERS.items()))
    date_order = forms.ChoiceField(
        label="Dates such as 03/04/2026",
        choices=[("day", "day first: 3 April"), ("month", "month first: 4 March")],
    )
    decimal = forms.ChoiceField(label="Numbers", choices=[("point", "1,234.50"), ("comma", "1.234,50")])
    c_is_return = forms.BooleanField(label="A C before the number is a return", required=False)
    c_names_order = forms.BooleanField(label="Behind the C stands the order it returns", required=False)

    def __init__(self, *args: Any, run: Import, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not run.mapping.get("date_certain", True):
            self.fields["date_order"].help_text = "No day above 12 was found: either could be meant, so look."
        if run.kind == Import.Kind.CUSTOMERS:
            for name in ("date_order", "decimal", "c_is_return", "c_names_order"):
                del self.fields[name]

    def mapping(self, run: Import, columns: dict[str, str]) -> dict[str, Any]:
        """The mapping as sent: columns, and of the writing what a mapping holds."""
        written = {name: value for name, value in self.cleaned_data.items() if name in run.mapping}
        return {**run.mapping, **written, "columns": columns}


def sent_columns(kind: str, data: Any) -> dict[str, str]:
    """Our field -> column, out of the selects of the mapping page."""
    return {field.name: data[field.name] for field in fields_of(kind) if data.get(field.name)}
