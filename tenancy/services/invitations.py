"""Mail that lets people in: an invitation, and the answer to somebody we do not know."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from tenancy.models import Tenant, User


def set_password_path(user: User) -> str:
    """The path of a link that lets this user choose a password once; it ends after PASSWORD_RESET_TIMEOUT."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})


def send_invitation(*, user: User, tenant: Tenant, inviter: str, base_url: str) -> None:
    """Tell somebody that they are a member now; who has no password gets a link to choose one.

    `base_url` is scheme and host without a slash at the end. Raises what the mail server raises.
    """
    known = user.has_usable_password()
    path = reverse("account_login") if known else set_password_path(user)
    context = {"tenant": tenant, "inviter": inviter, "known": known, "url": f"{base_url}{path}", "user": user}
    get_adapter().send_mail("account/email/invitation", user.email, context)


def answer_unknown_address(*, email: str) -> None:
    """Somebody asked for a new password at an address that nobody here has."""
    get_adapter().send_mail("account/email/unknown_account", email, {})
