"""What people type about surveys."""

from typing import Any

from django import forms

from interactions.models import Interaction, Survey
from interactions.services.surveys import Terms

ASKABLE = [(key, label.capitalize()) for key, label in Interaction.Channel.choices]


class SurveyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="For colleagues; customers read the question.")
    kind = forms.ChoiceField(
        label="Scale", choices=Survey.Kind.choices, help_text="It stays once somebody was asked."
    )
    question = forms.CharField(
        max_length=200,
        help_text="In the language of your customers. The words around it follow each customer’s own.",
    )
    channels = forms.MultipleChoiceField(
        label="After contacts", choices=ASKABLE, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: after contacts of every kind.",
    )  # fmt: skip
    wait_minutes = forms.IntegerField(
        label="Wait, in minutes", initial=60, min_value=0, help_text="After the contact."
    )
    share = forms.IntegerField(
        label="Of 100 contacts, ask about",
        initial=100,
        min_value=1,
        max_value=100,
        help_text="Drawn by chance.",
    )
    rest_days = forms.IntegerField(
        label="Ask nobody again within, in days",
        initial=90,
        min_value=1,
        help_text="By this or any other survey.",
    )
    is_active = forms.BooleanField(label="Ask from now on", required=False)

    def terms(self) -> Terms:
        return Terms(**self.cleaned_data)


def first_values(survey: Survey) -> dict[str, Any]:
    return {name: getattr(survey, name) for name in SurveyForm.base_fields}
