"""The policy as a value: regimes by code, purposes with their class, house rules, and a version of it all.

The shipped policy is the data beside this file. A tenant may add regimes (places we ship no rules for, or
more demands of a state of one we do) and purposes; it never replaces or loosens what is shipped. A policy
is kept whole as JSON with each version, so that an answer can be given again years later.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from privacy.policy.applying import Applying, combine
from privacy.policy.rows import ROWS, AgeRow, ContentRow, NumberRow, Row, read_number
from privacy.policy.shapes import Read, many, name, one_of, optional, record, text, whole

CLASSES = ("marketing", "service", "legal_duty", "procedural", "profiling", "sharing")
UNKNOWN = "unknown"
DATA = Path(__file__).parent / "data"
OWN_RANK = 1000
"""A tenant's own regimes answer after the shipped ones."""


class RegimeInvalid(ValueError):
    """`problems` names each wrong value with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules of one place. `within`: the code of the country whose rules it adds to."""

    code: str
    name: str
    rank: int
    within: str | None
    members: Mapping[str, AgeRow]
    rows: Mapping[str, tuple[Row, ...]]
    written: str = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.written)
        return read


@dataclass(frozen=True, slots=True)
class House:
    """Rules of our own that hold everywhere."""

    content: tuple[ContentRow, ...]
    opt_out_confirmation_minutes: NumberRow
    reoptin_wait_months: NumberRow
    adult_age: NumberRow


@dataclass(frozen=True, slots=True)
class Policy:
    """`own_regimes` and `own_purposes` are the tenant's additions; `purposes` maps all keys to their class."""

    version: str
    edition: str
    regimes: Mapping[str, Regime]
    own_regimes: Mapping[str, Regime]
    purposes: Mapping[str, str]
    own_purposes: Mapping[str, str]
    house: House
    written: str = field(repr=False)
    _resolved: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def code_of(self, country: str) -> str:
        """The code under which a country (ISO 3166) has its rules: DE is EU-DE, GB is UK, others are themselves."""
        union = next((one.code for one in self.regimes.values() if country in one.members), "")
        return f"{union}-{country}" if union else "UK" if country == "GB" else country

    def applying(self, residences: tuple[str, ...], sender_country: str | None) -> tuple[Applying, ...]:
        """The regimes that are asked, in the order in which their answers count; no residence is unknown."""
        key = (residences, sender_country)
        found: tuple[Applying, ...] | None = self._resolved.get(key)
        if found is None:
            codes = {*(residences or (UNKNOWN,)), *((sender_country,) if sender_country else ())}
            asked = {(one.code, one.beside): one for code in codes for one in self._asked_for(code)}
            found = tuple(sorted(asked.values(), key=lambda one: (one.rank, one.code, one.beside)))
            if len(self._resolved) < 10_000:
                self._resolved[key] = found
        return found

    def _asked_for(self, code: str) -> list[Applying]:
        """A tenant's rules for a part of a shipped country are asked beside that country's, never instead."""
        country, _, part = code.partition("-")
        shipped = self._shipped(code, country, part)
        own = self.own_regimes.get(code) or (self.own_regimes.get(country) if part else None)
        if own is None:
            return [shipped or combine(self.regimes[UNKNOWN])]
        parent = self.own_regimes.get(own.within or "")
        added = combine(own, parent, beside=shipped is not None, fallback=self.regimes[UNKNOWN])
        return [*([shipped] if shipped else ()), added]

    def _shipped(self, code: str, country: str, part: str) -> Applying | None:
        parent = self.regimes.get(country)
        if parent is None or country == UNKNOWN:
            return None
        if not part:
            return combine(parent)
        if parent.members and part not in parent.members:
            return None
        return combine(self.regimes.get(code), parent, code=code, member=parent.members.get(part))


_HEAD: dict[str, Read] = {
    "code": name,
    "name": name,
    "rank": whole(0, OWN_RANK),
    "within": optional(name),
    "note": text,
}


def _read_members(value: Any, place: str, problems: list[str]) -> dict[str, AgeRow]:
    if not isinstance(value, dict):
        problems.append(f"{place}: must be an object of ages by member")
        return {}
    rows = ROWS["ages"](list(value.values()), place, problems)
    return dict(zip(value, rows, strict=False))


_read_body = record(_HEAD | ROWS | {"members": _read_members}, required=["code", "name", "bases"], make=dict)


def read_regime(value: Any) -> Regime:
    """One regime from its JSON. Raises RegimeInvalid with every problem."""
    problems: list[str] = []
    read = _read_body(value, "", problems)
    if not problems:
        problems += _wrong_code(read["code"], read.get("within"))
    if problems:
        raise RegimeInvalid(problems)
    return Regime(
        code=read["code"],
        name=read["name"],
        rank=read.get("rank", OWN_RANK),
        within=read.get("within"),
        members=MappingProxyType(read.get("members", {})),
        rows=MappingProxyType({kind: read.get(kind, ()) for kind in ROWS}),
        written=_canonical(value),
    )


def _wrong_code(code: str, within: str | None) -> list[str]:
    if code == UNKNOWN:
        return []
    country, dash, part = code.partition("-")
    letters = len(country) == 2 and country.isascii() and country.isupper() and country.isalpha()
    if not letters or (dash and not (part.isascii() and part.isalnum() and part.isupper() and len(part) < 4)):
        return ["code: must be two capital letters, with a part after a dash if need be: CH, US-TX"]
    if (country if dash else None) != within:
        return [
            f"within: must be {country!r} for {code}" if dash else "within: is only for a part of a country"
        ]
    return []


_read_house = record(
    {
        "content": ROWS["content"],
        "opt_out_confirmation_minutes": read_number,
        "reoptin_wait_months": read_number,
        "adult_age": read_number,
    },
    required=["content", "opt_out_confirmation_minutes", "reoptin_wait_months", "adult_age"],
    make=House,
)


def _read_purposes(value: Any, place: str, problems: list[str]) -> dict[str, str]:
    if not isinstance(value, dict):
        problems.append(f"{place}: must be an object of classes by purpose")
        return {}
    one = one_of(*CLASSES)
    return {name(key, place, problems): one(item, f"{place}.{key}", problems) for key, item in value.items()}


_read_policy = record(
    {
        "version": name,
        "edition": name,
        "house": _read_house,
        "purposes": _read_purposes,
        "own_purposes": _read_purposes,
        "regimes": many(lambda value, place, problems: _nested(value, place, problems)),
        "own_regimes": many(lambda value, place, problems: _nested(value, place, problems)),
    },
    required=["edition", "house", "purposes", "regimes"],
)


def _nested(value: Any, place: str, problems: list[str]) -> Regime | None:
    try:
        return read_regime(value)
    except RegimeInvalid as error:
        problems += [f"{place}.{text}" for text in error.problems]
        return None


def policy_from_json(value: Any) -> Policy:
    """Raises RegimeInvalid: wrong values, two rules for one code, or a content that is not its version's."""
    problems: list[str] = []
    read = _read_policy(value, "", problems)
    if problems:
        raise RegimeInvalid(problems)
    shipped = _by_code(read["regimes"])
    own, own_purposes = _by_code(read.get("own_regimes", ())), read.get("own_purposes", {})
    problems += _additions_only(shipped, own, read["purposes"], own_purposes)
    content = {key: item for key, item in value.items() if key != "version"}
    written = _canonical(content)
    version = f"{read['edition']}+{hashlib.sha256(written.encode()).hexdigest()[:12]}"
    if read.get("version", version) != version:
        problems.append(f"version: says {read['version']}, but the content is that of {version}")
    if problems:
        raise RegimeInvalid(problems)
    return Policy(
        version=version,
        edition=read["edition"],
        regimes=MappingProxyType(shipped),
        own_regimes=MappingProxyType(own),
        purposes=MappingProxyType(read["purposes"] | own_purposes),
        own_purposes=MappingProxyType(own_purposes),
        house=read["house"],
        written=written,
    )


def _by_code(regimes: Iterable[Regime]) -> dict[str, Regime]:
    found: dict[str, Regime] = {}
    for regime in regimes:
        if regime.code in found:
            raise RegimeInvalid([f"{regime.code}: there are two sets of rules for it"])
        found[regime.code] = regime
    return found


def _additions_only(
    shipped: Mapping[str, Regime],
    own: Mapping[str, Regime],
    purposes: Mapping[str, str],
    own_purposes: Mapping[str, str],
) -> list[str]:
    problems = [] if UNKNOWN in shipped else ["regimes: the rules for an unknown country are missing"]
    for code, regime in sorted(own.items()):
        if code in shipped:
            problems.append(f"{code}: has rules that come with the product; they cannot be replaced")
        problems += [
            f"{code}: lies in {union}; write {union}-{code}, which is asked beside its rules"
            for union, one in sorted(shipped.items())
            if code in one.members
        ]
        if code == "GB":
            problems.append("GB: has rules that come with the product, as UK; they cannot be replaced")
        if regime.within and regime.within not in shipped and regime.within not in own:
            problems.append(f"{code}: adds to {regime.within}, for which there are no rules")
        parent = shipped.get(regime.within or "")
        members = parent.members if parent else {}
        if members and code.partition("-")[2] not in members:
            problems.append(f"{code}: is no part of {regime.within} that we know")
        if regime.members or "rank" in regime.to_json():
            problems.append(f"{code}: rank and members are for the rules that come with the product")
    problems += [
        f"{key}: is a purpose that comes with the product" for key in sorted(own_purposes) if key in purposes
    ]
    return problems


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """The whole policy; `policy_from_json` reads it back to an equal one."""
    content: dict[str, Any] = json.loads(policy.written)
    return {"version": policy.version} | content


def extend(
    policy: Policy, *, regimes: Iterable[Regime] = (), purposes: Mapping[str, str] | None = None
) -> Policy:
    """The policy with a tenant's own regimes and purposes added. Raises RegimeInvalid for a replacement."""
    content = json.loads(policy.written)
    own = [*content.get("own_regimes", ()), *(regime.to_json() for regime in regimes)]
    return policy_from_json(
        content
        | {"own_regimes": sorted(own, key=lambda regime: str(regime["code"]))}
        | {"own_purposes": content.get("own_purposes", {}) | dict(purposes or {})}
    )


@cache
def shipped_policy() -> Policy:
    """What comes with the product, read once."""
    content = json.loads((DATA / "house.json").read_text())
    files = sorted(path for path in DATA.glob("regime_*.json"))
    return policy_from_json(content | {"regimes": [json.loads(path.read_text()) for path in files]})


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
