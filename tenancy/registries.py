"""The only way in which a room calls one to its right: filled in `AppConfig.ready()`.

Every entry runs in the caller's transaction, set-based, with ids in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
class Keep:
    """Erasure leaves the rows: they lead to nobody any more, or the law asks for them. `why` says which."""

    why: str


@dataclass(frozen=True)
class Delete:
    """Erasure takes the rows away."""


@dataclass(frozen=True)
class Blank:
    """Erasure puts these values in the place of what stood there: column -> SQL literal."""

    values: Mapping[str, str]


@dataclass(frozen=True)
class Scrub:
    """Rows of everybody in whose text a person may be named: erasure overwrites their name, number and addresses.

    Columns are text, jsonb or arrays of either.
    """

    columns: tuple[str, ...]


@dataclass(frozen=True)
class ByFunction:
    """Something written for it takes the data out: a definer function or an eraser. `name` says which."""

    name: str


Erase = Keep | Delete | Blank | Scrub | ByFunction


@dataclass(frozen=True)
class PersonalData:
    """What one table says of a person, why it is kept, how it is exported and how it ends.

    `of` is an SQL condition on the row `t` with `%(ids)s` (uuid[]): the rows of these customers; empty where rows
    belong to nobody in particular. `chapter` is the heading under which people read their data; `labels` says in words
    what a column is, where its name does not; `left_out` are columns that an export does not repeat; `money` are those
    in minor units of the company's currency.
    """

    table: str
    fields: tuple[str, ...]
    why: str
    of: str = ""
    title: str = ""
    chapter: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    erase: Erase = Keep("")


@dataclass(frozen=True)
class Pile:
    """What of a kind of data is older than a moment. `examples` say it by count: "412 of the service card"."""

    count: int
    oldest: datetime | None
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class RetentionKind:
    """Data that a company may let go after a time. Both functions are set-based and of the active tenant.

    `least` and `most` are days within which a company may choose, `why` on what ground; `usual` is the proposal.
    `remove(before, most)` takes away up to `most` and returns how many; 0 means that nothing is left.
    """

    key: str
    label: str
    does: str
    least: int
    most: int
    usual: int
    why: str
    count: Callable[[datetime], Pile]
    remove: Callable[[datetime, int], int]
    chunk: int = 5_000
    """How many go at once; ten chunks are one transaction."""


@dataclass(frozen=True)
class Notice:
    """Something that a member is to know; a line of the notifications. `icon` of the sprite, `tone` of the CSS."""

    icon: str
    tone: str
    title: str
    text: str
    at: datetime
    url: str


@dataclass(frozen=True)
class Bell:
    """What a room rings for: how many wait (asked with every page, so in a few queries), and which, newest first."""

    count: "Callable[[Access], int]"
    notices: "Callable[[Access], list[Notice]]"


@dataclass(frozen=True)
class LedgerVerdict:
    """What a ledger of the active company holds, and what in it is not as it was written.

    `seal` is one digest over all of it, to be kept elsewhere and compared with a later run over the same rows.
    """

    ledger: str
    counts: dict[str, int]
    seal: str
    differences: tuple[str, ...]


def owned_by(column: str = "customer_id") -> str:
    """The condition for a table whose column names the customer."""
    return f"t.{column} = ANY(%(ids)s)"


def reached_through(column: str, table: str, *, key: str = "id", owner: str = "customer_id") -> str:
    """The condition for a table that leads to the customer through a parent."""
    return f"t.{column} IN (SELECT p.{key} FROM {table} AS p WHERE p.{owner} = ANY(%(ids)s))"


@dataclass(frozen=True)
class Traces:
    """By what a person is known outside their own rows: to be found and overwritten in files, texts and queues."""

    customer_id: UUID
    texts: tuple[str, ...]
    """Names and addresses, as they were written and in their normal form."""
    number: str | None
    addresses: tuple[tuple[str, str], ...]
    """(kind, normal form), as crm.keys.value_key makes them."""


# room -> what it declares in personal_data.py, from left to right; export and erasure go by nothing else.
personal_data: Registry[Sequence[PersonalData]] = Registry("personal data")
# traces of one person -> how many places were cleaned; for what `ByFunction` names: files, queued work, chunks.
erasers: Registry[Callable[[Traces], int]] = Registry("erasers")
# [(kind or "number", normal form)] of an import -> those whose owner was erased and that must not come back.
refused_addresses: Registry[Callable[[Sequence[tuple[str, str]]], set[tuple[str, str]]]] = Registry(
    "refused addresses"
)
# (ids of new customers, portfolio asked for or None) -> their first portfolio; portfolios registers one.
customer_openers: Registry[Callable[[Sequence[UUID], UUID | None], None]] = Registry("customer openers")
# access -> the portfolios it may see (None: all of them); portfolios registers one.
customer_visibility: Registry["Callable[[Access], list[UUID] | None]"] = Registry("customer visibility")
# ids of customers, a channel, a purpose -> those who may be contacted so now, and how many others by reason; privacy
# registers one. A list that leaves the house to contact people asks it.
export_gates: Registry[Callable[[Sequence[UUID], str, str], tuple[set[UUID], dict[str, int]]]] = Registry(
    "export gates"
)
# a member leaves, another takes over: (leaver, successor or None)
member_leaves: Registry[Callable[[UUID, UUID | None], None]] = Registry("member leaves")
# what a member answers for, in words: "Alice's portfolio, 412 customers"
member_duties: Registry[Callable[[UUID], list[str]]] = Registry("member duties")
# ids of customers that were looked at -> their names; crm registers one.
subject_names: Registry[Callable[[Sequence[UUID]], dict[UUID, str]]] = Registry("subject names")
# contact points whose address is another one now -> what rooms kept of the old one goes; privacy registers one.
address_changes: Registry[Callable[[Sequence[UUID]], None]] = Registry("address changes")
# kind of a job -> (words, address) of what came of it, for whoever may have it; None: nothing to open.
job_outcomes: Registry["Callable[[Access, Job], tuple[str, str] | None]"] = Registry("job outcomes")
# the company states something else -> names of the fields that changed, and by whom; the key is the kind of the job
# that brings in line what stood on them, so that the settings can show it.
company_changes: Registry["Callable[[frozenset[str], Member | None], None]"] = Registry("company changes")
# a new tenant is active -> what a room opens for it; portfolios registers the house portfolio.
tenant_openers: Registry[Callable[[], None]] = Registry("tenant openers")
# the product was upgraded -> what a room brings to a company that is there already; harmless when run again.
tenant_upgrades: Registry[Callable[[], object]] = Registry("tenant upgrades")
# key -> data that a company may let go after a time; each room registers its own, privacy keeps the rules.
retention_kinds: Registry[RetentionKind] = Registry("retention kinds")
# url name -> an entry of the sidebar; the desk registers all of them.
navigation: Registry[NavigationEntry] = Registry("navigation")
# room -> what it rings the bell for, beside long work.
bells: Registry[Bell] = Registry("bells")
# name of a ledger -> how it is proven for the active company; `ledger_verify` runs all of them.
ledgers: Registry[Callable[[], LedgerVerdict]] = Registry("ledgers")
