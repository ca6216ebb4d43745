"""Who stands behind a decision: a member, or the member who made the token."""

from tenancy.access import Access
from tenancy.models import Member


def author_of(access: Access) -> tuple[Member | None, str]:
    """The person and the name to be shown. Through a token it is whoever made the token: nobody is two people."""
    if access.member:
        return access.member, access.member.name
    if access.token:
        return access.token.created_by, f"{access.token.name} (token)"
    return None, ""
