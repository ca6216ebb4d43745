"""What people type when they tell a story."""

from typing import Any

from django import forms

from interactions.models import NeedKind
from interactions.services.stories import MOST, Told


class StoryForm(forms.Form):
    title = forms.CharField(max_length=120, help_text="What was done, in a line.")
    text = forms.CharField(
        label="What happened", max_length=MOST, widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What they needed, what you did, and what came of it.",
    )  # fmt: skip
    need_kind = forms.ChoiceField(
        label="For whom needs",
        required=False,
        help_text="It is shown beside other customers who need the same.",
    )
    tags = forms.CharField(required=False, max_length=400, help_text="Separated by commas.")

    def __init__(self, *args: Any, kinds: list[NeedKind], name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kinds = {str(kind.id): kind for kind in kinds}
        choice: Any = self.fields["need_kind"]
        choice.choices = [
            ("", "Nothing in particular"),
            *((key, kind.name) for key, kind in self.kinds.items()),
        ]
        self.fields["text"].help_text += f" Leave out who it was: {name}, their number, their addresses."

    def told(self) -> Told:
        given = self.cleaned_data
        return Told(
            given["title"], given["text"], given["tags"].split(","), self.kinds.get(given["need_kind"])
        )
