"""What people type into sign-in and settings. Choices come from selectors, rules stand in services."""

from typing import Any

from allauth.account import forms as allauth_forms
from django.http import HttpRequest

from tenancy.services.invitations import answer_unknown_address


class ResetPasswordForm(allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """One mail whether the address is known or not, so that neither words nor time tell them apart."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if self.users:
            return str(super().save(request, **kwargs))
        answer_unknown_address(email=self.cleaned_data["email"])
        return str(self.cleaned_data["email"])
