"""The only way in which a room calls one to its right: filled in `AppConfig.ready()`.

Every entry runs in the caller's transaction, set-based, with ids in.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from tenancy.access import Access
    from tenancy.models import Job, Member

T = TypeVar("T")


class MissingRegistration(RuntimeError):
    """A room that should have registered itself did not."""


class Registry(Generic[T]):
    """Named entries in the order in which they were registered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, T] = {}

    def register(self, key: str, entry: T) -> None:
        self._entries[key] = entry

    def __getitem__(self, key: str) -> T:
        try:
            return self._entries[key]
        except KeyError:
            raise MissingRegistration(f"Nothing called {key!r} is registered for {self.name}.") from None

    def get(self, key: str) -> T | None:
        return self._entries.get(key)

    def __iter__(self) -> Iterator[T]:
        return iter(self._entries.values())

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> Sequence[str]:
        return list(self._entries)

    def require(self) -> None:
        """Raise MissingRegistration when nothing was registered."""
        if not self._entries:
            raise MissingRegistration(f"Nothing is registered for {self.name}.")


@dataclass(frozen=True)
class NavigationEntry:
    """One line of the frame's navigation; shown only to those who may use it."""

    label: str
    icon: str
    url_name: str
    permission: str
    group: int
    order: int


@dataclass(frozen=True)
class PersonalData:
    """Which columns of one table say something of a person, and why they are kept."""

    table: str
    fields: tuple[str, ...]
    why: str


# (ids of new customers, portfolio asked for or None) -> their first portfolio; portfolios registers one.
customer_openers: Registry[Callable[[Sequence[UUID], UUID | None], None]] = Registry("customer openers")
# access -> the portfolios it may see (None: all of them); portfolios registers one.
customer_visibility: Registry["Callable[[Access], list[UUID] | None]"] = Registry("customer visibility")
# a member leaves, another takes over: (leaver, successor or None)
member_leaves: Registry[Callable[[UUID, UUID | None], None]] = Registry("member leaves")
# what a member answers for, in words: "Alice's portfolio, 412 customers"
member_duties: Registry[Callable[[UUID], list[str]]] = Registry("member duties")
# ids of customers that were looked at -> their names; crm registers one.
subject_names: Registry[Callable[[Sequence[UUID]], dict[UUID, str]]] = Registry("subject names")
# kind of a job -> (words, address) of what came of it, for whoever may have it; None: nothing to open.
job_outcomes: Registry["Callable[[Access, Job], tuple[str, str] | None]"] = Registry("job outcomes")
# the company states something else -> names of the fields that changed, and by whom; the key is the kind of the job
# that brings in line what stood on them, so that the settings can show it.
company_changes: Registry["Callable[[frozenset[str], Member | None], None]"] = Registry("company changes")
# a new tenant is active -> what a room opens for it; portfolios registers the house portfolio.
tenant_openers: Registry[Callable[[], None]] = Registry("tenant openers")
# url name -> an entry of the sidebar; the desk registers all of them.
navigation: Registry[NavigationEntry] = Registry("navigation")
