"""What is in force for a company: its policy and its rules of contact, kept in this process and never older than the
database says.

Every read of the gate names the version of the policy and the rules that are in force at that moment; where they are
others than those kept here, they are read anew and the question is asked again.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from threading import Lock
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from privacy.gate.sql import statement
from privacy.models import PolicyVersion
from privacy.policy.regimes import Policy, RegimeInvalid, policy_from_json
from privacy.rule_kinds import KIND, ContactPolicy, read_outcome
from rules.catalogue import customers
from rules.deciding import Book, book_of
from rules.language.sql import first_match
from rules.models import RuleVersion
from rules.moment import Setting

log = logging.getLogger(__name__)
REFUSALS_KEPT: Final = 61
"""Days of contacts that the law looks back on, at most."""


@dataclass(frozen=True)
class Stamp:
    """What is in force, by name. `today`: rules count days, so their SQL is of one day."""

    policy: UUID
    versions: tuple[UUID, ...]
    zone: str
    currency: str
    today: date


@dataclass(frozen=True)
class Standing:
    """Policy and rules as one stamp names them. `broken`: why they cannot be read; then every answer is no."""

    stamp: Stamp
    policy: Policy | None
    lines: tuple[ContactPolicy, ...] = ()
    sql: str = field(default="", repr=False)
    broken: str = ""

    @cached_property
    def days(self) -> int:
        """How far back contacts count."""
        caps = [cap.days for line in self.lines for cap in line.caps]
        return max([REFUSALS_KEPT, *caps])

    def line(self, number: int | None) -> ContactPolicy:
        return self.lines[number] if number is not None else _NO_RULE


_NO_RULE: Final = ContactPolicy()
_kept: OrderedDict[UUID, Standing] = OrderedDict()
_lock: Final = Lock()
MOST_KEPT: Final = 500
"""Companies of which a process keeps what is in force; a policy takes some 100 kB."""


def kept_standing(tenant_id: UUID) -> Standing | None:
    return _kept.get(tenant_id)


def stamp_of(header: dict[str, Any]) -> Stamp | None:
    """What the database says is in force; None where no policy was ever put in force."""
    if header["policy"] is None:
        return None
    now = datetime.fromisoformat(header["now"])
    return Stamp(
        policy=UUID(header["policy"]),
        versions=tuple(UUID(version) for version in header["versions"] or ()),
        zone=header["zone"],
        currency=header["currency"],
        today=now.astimezone(ZoneInfo(header["zone"])).date(),
    )


def read_standing(tenant_id: UUID, stamp: Stamp, now: datetime) -> Standing:
    """Read what the stamp names, and keep it. Never raises for what cannot be read: that is a no."""
    try:
        content = PolicyVersion.objects.values_list("content", flat=True).get(id=stamp.policy)
        policy = policy_from_json(content)
        book = _read_book(stamp, now)
        lines = tuple(
            replace(read_outcome(line.said.outcome), rule=line.said.rule_name) for line in book.lines
        )
        found = Standing(stamp, policy, lines, statement(line=_line_sql(book) if book.lines else ""))
        if book.broken:
            broken = book.broken[0]
            found = replace(found, policy=None, broken=f"rule {broken.rule_name!r} of {broken.rule_set!r}")
    except (PolicyVersion.DoesNotExist, RegimeInvalid, ValueError, TypeError, KeyError) as error:
        found = Standing(stamp, None, sql=statement(line=""), broken=f"{type(error).__name__}: {error}")
    if found.broken:
        log.error("the contact policy cannot be read: %s", found.broken[:500])
    with _lock:
        _kept[tenant_id] = found
        _kept.move_to_end(tenant_id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def _read_book(stamp: Stamp, now: datetime) -> Book:
    versions = RuleVersion.objects.select_related("rule_set").filter(id__in=stamp.versions)
    by_id = {version.id: version for version in versions}
    setting = Setting(now, ZoneInfo(stamp.zone), stamp.currency)
    found = [by_id[version] for version in stamp.versions]
    return book_of(KIND, [(version.rule_set, version) for version in found], setting)


def _line_sql(book: Book) -> str:
    """Which line decides, over the population; asked for a few customers, so by their own rows."""
    population = customers()
    rows = population.rows(None).order_by().annotate(line=first_match(book.nodes, book.setting, bulk=False))
    sql, params = rows.values_list(population.key, "line").query.sql_with_params()
    with connection.cursor() as cursor:
        literal: str = cursor.mogrify(sql, params).decode()
    return f"SELECT * FROM ({literal.replace('%', '%%')}) AS q (customer_id, line)"
