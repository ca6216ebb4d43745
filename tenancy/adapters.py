"""How allauth behaves here: nobody signs up by themselves; an administrator invites."""

from typing import Any

from allauth.account import forms
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenancy.services.invitations import answer_unknown_address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return render(request, "account/account_inactive.html", status=403)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Users are known by their e-mail."""


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]
    """One mail whether the address is known or not, so that neither words nor time tell them apart."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if self.users:
            return str(super().save(request, **kwargs))
        answer_unknown_address(email=self.cleaned_data["email"])
        return str(self.cleaned_data["email"])
