"""Who writes something: shown beside it for as long as it stands."""

from dataclasses import dataclass

from tenancy.access import Access
from tenancy.models import Member


@dataclass(frozen=True)
class Author:
    """`actor` as in the audit (member:<id>, token:<id>, person:<id>, system); `name` for people."""

    actor: str
    name: str = ""
    member: Member | None = None


SYSTEM = Author("system")


def author_of(access: Access) -> Author:
    """Whoever is asking."""
    named = access.member or access.token
    return Author(access.actor, named.name if named else "", access.member)
