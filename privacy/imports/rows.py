"""From a row of a file to what the ledger is told, and what that is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from crm.imports.cells import CellRefused, plain_date, refuse_unreadable
from crm.keys import AddressRefused, name_key, value_key
from privacy.imports import fields as known
from privacy.policy.facts import Event
from privacy.policy.ledger import Ask, Ledger
from privacy.services.consent_entries import SKEW, ConsentEntry
from tenancy.models import TenantProfile


@dataclass(frozen=True)
class Said:
    """A row that was understood, before anybody knows whose it is. `kind`, `key`: of its address, where it has one."""

    number: str
    kind: str
    address: str
    key: str
    values: Mapping[str, Any]
    confirmed_at: datetime | None

    @property
    def is_grant(self) -> bool:
        return bool(self.values["action"] == "grant")


@dataclass(frozen=True)
class Reading:
    """How the cells of a file are read: its mapping, the company's purposes by name and key, zone and country."""

    mapping: known.Mapping
    header: Sequence[str]
    purposes: Mapping[str, str]
    profile: TenantProfile

    def row(self, cells: Sequence[str]) -> Said:
        """Raises CellRefused with what is wrong."""
        at = {column: place for place, column in enumerate(self.header)}
        row = {
            name: cells[at[column]].strip() for name, column in self.mapping.columns.items() if column in at
        }
        for cell in row.values():
            refuse_unreadable(cell)
        kind, key = self._address(row.get("address", ""))
        if not key and not row.get("number"):
            raise CellRefused("names no customer: neither a number nor an address")
        return Said(
            number=row.get("number", ""), kind=kind, address=row.get("address", ""), key=key,
            values=self._values(row), confirmed_at=self._moment(row.get("confirmed_at", "")),
        )  # fmt: skip

    def _values(self, row: dict[str, str]) -> dict[str, Any]:
        method = self._method(row)
        has_words = bool(row.get("words") or row.get("notice_version"))
        return {
            "action": self._action(row.get("action")),
            "channel": self._known("channel", row.get("channel") or self.mapping.channel, known.CHANNELS),
            "purposes": (self._known("purpose", row.get("purpose") or self.mapping.purpose, self.purposes),),
            "method": method,
            "source": _fit(row.get("source", ""), 120),
            "occurred_at": self._moment(row.get("occurred_at", "")),
            "wording": self.mapping.wording if has_words else "none",
            "words": row.get("words", "")[:20_000],
            "notice_version": _fit(row.get("notice_version", ""), 40),
            "evidence": (_fit(row["evidence"], 120),) if row.get("evidence") else (),
            "documentation_record": _fit(row.get("documentation_record", ""), 120),
            "language": row.get("language", "")[:12],
            "detail": {"how": row["method"][:200]} if row.get("method") else {},
        }

    def _method(self, row: dict[str, str]) -> str:
        if self._moment(row.get("confirmed_at", "")):
            return "double_opt_in"
        return known.METHODS.get(name_key(row.get("method", "")), "import")

    def _action(self, cell: str | None) -> str:
        """Without a column every row is a yes; an empty cell beside others is neither, and never a yes."""
        said = "yes" if cell is None else name_key(cell)
        if said in known.YES:
            return "grant"
        if said in known.BACK:
            return "withdraw"
        if said in known.NO:
            return "opt_out"
        raise CellRefused(f"says {(cell or 'nothing')[:40]!r}, which is neither a yes nor a no")

    def _known(self, what: str, cell: str, choices: Mapping[str, str]) -> str:
        if not cell:
            raise CellRefused(f"has no {what}")
        found = choices.get(name_key(cell)) or choices.get(cell)
        if found is None:
            raise CellRefused(f"has the {what} {cell[:40]!r}, which there is not")
        return found

    def _moment(self, cell: str) -> datetime | None:
        if not cell:
            return None
        found = plain_date(cell, self.mapping.date_order)
        found = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(self.profile.time_zone))
        if found > timezone.now() + SKEW:
            raise CellRefused(f"is dated in the future: {cell[:40]}")
        return found

    def _address(self, cell: str) -> tuple[str, str]:
        if not cell:
            return "", ""
        kind = "email" if "@" in cell else "phone"
        try:
            return kind, value_key(kind, cell, country=self.profile.country)
        except AddressRefused as error:
            raise CellRefused(f"has no usable address: {error}") from None


def _fit(cell: str, most: int) -> str:
    return cell if len(cell) <= most else cell[: most - 1] + "…"


def entries_for(said: Said, customer_id: UUID) -> list[ConsentEntry]:
    """What the ledger is told of one customer. The same row again is the same events."""
    entry = ConsentEntry(
        customer_id=customer_id, address=(said.kind, said.address) if said.key else None, **said.values
    )
    entry = replace(entry, key=_key(entry, "said"))
    if said.confirmed_at is None:
        return [entry]
    confirm = replace(
        entry, action="confirm", occurred_at=said.confirmed_at, words="", wording="none", notice_version="",
        key=_key(entry, f"confirmed {said.confirmed_at.isoformat()}"),
    )  # fmt: skip
    return [entry, confirm]


def _key(entry: ConsentEntry, part: str) -> str:
    content = repr(
        (part, entry.columns(), entry.occurred_at, entry.address, entry.words, sorted(entry.detail.items()))
    )
    return f"import:{sha256(content.encode()).hexdigest()[:40]}"


def worth_of(said: Said, *, needs_record: bool) -> str:
    """The defect of a grant as the gate will find it, "sound", or "stop" for what is no grant."""
    if not said.is_grant:
        return "stop"
    now = timezone.now()
    values = said.values
    grant = Event(
        action="grant", channel=values["channel"], purposes=values["purposes"], recorded_at=now,
        occurred_at=values["occurred_at"], method=values["method"], source=values["source"] or None,
        wording=values["wording"], evidence=values["evidence"],
        documentation_record=values["documentation_record"] or None,
    )  # fmt: skip
    confirms = [replace(grant, action="confirm", occurred_at=said.confirmed_at)] if said.confirmed_at else []
    ask = Ask(grant.channel, grant.purposes[0], needs_record=needs_record)
    return Ledger([grant, *confirms], now).defect(grant, ask) or "sound"
