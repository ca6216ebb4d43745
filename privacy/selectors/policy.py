"""The law as this company applies it, in a shape for people: which rules, since when, from where, how sure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from privacy.models import PolicyVersion, PrivacyProfile, TenantRegime
from privacy.models.purpose import Channel
from privacy.policy import Policy, Regime, RegimeInvalid, policy_from_json
from privacy.policy.rows import (
    AgeRow,
    Basis,
    BasisRow,
    CapRow,
    ContentRow,
    FreshnessRow,
    HoursRow,
    ListRow,
    RecordRow,
    RefusalRow,
    Row,
)
from privacy.services.policy import stated_policy

SURE: Final = {
    "S": "the source was read",
    "S2": "by a secondary source",
    "K": "from general knowledge",
}
NOT_ENCODED: Final = (
    "Calling hours of Canada, hours by trade codes, public holidays of US states, and those of Alsace-Moselle.",
    "Whether France changed the hours and caps of D223-9 when calls became opt-in: no newer decree was found.",
    "Rules of other countries. Somebody who lives there is judged by the strictest rules, until you add them.",
)
_CHANNELS: Final = dict(Channel.choices) | {"profiling": "profiling"}
_BASES: Final = {
    "consent": "consent",
    "written_agreement": "a signed agreement",
    "soft_opt_in": "an earlier purchase (soft opt-in)",
    "charity_soft_opt_in": "earlier support of the charity",
    "corporate_subscriber": "an address at a company",
    "legitimate_interest": "legitimate interest, with a stored assessment",
    "business_relationship": "a purchase or inquiry not long ago, also on the list",
    "ongoing_contract": "a running contract",
    "implied": "a purchase or inquiry not long ago",
    "opt_out": "until the person says stop",
}
_NEEDS: Final = {
    "sender_identity": "the name of the sender", "postal_address": "a postal address", "opt_out": "a way out",
}  # fmt: skip
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class RuleLine:
    """One rule in words. `when`: the days it holds; `is_past`, `is_coming`: it does not hold today."""

    about: str
    channels: str
    words: str
    when: str
    source: str
    sure: str
    is_past: bool
    is_coming: bool


@dataclass(frozen=True)
class RegimeLines:
    code: str
    name: str
    note: str
    within: str
    lines: list[RuleLine]
    members: str


def tenant_regimes() -> list[TenantRegime]:
    """The company's own rules that apply, by code."""
    return list(TenantRegime.objects.filter(archived_at=None).order_by("code"))


def tenant_regime(regime_id: object) -> TenantRegime | None:
    return TenantRegime.objects.filter(id=regime_id, archived_at=None).first()  # type: ignore[misc]


def latest_versions(most: int = 10) -> list[PolicyVersion]:
    """Every policy there was, newest first; answers name the one they were given under."""
    return list(PolicyVersion.objects.defer("content").order_by("-made_at")[:most])


def regimes_in_words(policy: Policy, today: date) -> list[RegimeLines]:
    """The shipped regimes and the company's own, each with its rules in words."""
    regimes = [*policy.regimes.values(), *policy.own_regimes.values()]
    return [_regime(one, today) for one in sorted(regimes, key=lambda one: (one.code == "unknown", one.code))]


def regime_in_words(policy: Policy, code: str, today: date) -> RegimeLines | None:
    found = policy.regimes.get(code) or policy.own_regimes.get(code)
    return _regime(found, today) if found else None


def _regime(regime: Regime, today: date) -> RegimeLines:
    written = regime.to_json()
    rows = [row for kind in regime.rows.values() for row in kind]
    members = ", ".join(f"{code} {row.age}" for code, row in sorted(regime.members.items()))
    return RegimeLines(
        regime.code,
        regime.name,
        written.get("note", ""),
        regime.within or "",
        [_line(row, today) for row in rows],
        members,
    )


def _line(row: Row, today: date) -> RuleLine:
    about, words = _words(row)
    return RuleLine(
        about=about,
        channels=", ".join(_CHANNELS[one] for one in _CHANNELS if one in row.channels),
        words=words,
        when=_when(row),
        source=row.source,
        sure=SURE[row.sure],
        is_past=bool(row.to and row.to <= today),
        is_coming=bool(row.since and row.since > today),
    )


def _when(row: Row) -> str:
    since = f"from {row.since:%-d %b %Y}" if row.since else ""
    return f"{since} until {row.to:%-d %b %Y}".strip() if row.to else since


def _words(row: Row) -> tuple[str, str]:
    match row:
        case BasisRow():
            return "Ground", _bases(row)
        case AgeRow():
            return "Age", f"a person’s own consent counts from {row.age} years"
        case HoursRow():
            return "Hours", _hours(row)
        case CapRow():
            span = f"{row.days} days" if row.days else f"{row.hours} hours"
            return "Cap", f"at most {row.count} in {span}{' on the same subject' if row.same_subject else ''}"
        case RefusalRow():
            return "After a refusal", f"nothing for {row.days} days"
        case ContentRow():
            return "Content", "must carry " + ", ".join(_NEEDS[one] for one in row.needs)
        case FreshnessRow():
            return "Freshness", f"nothing heard for {row.months} months: consent no longer counts"
        case ListRow():
            return "National list", f"nobody on {row.list}{_exempt(row)}"
        case RecordRow():
            return "Record", "a consent needs a documentation record beside its evidence"
    return "Rule", ""


def _exempt(row: ListRow) -> str:
    parts = []
    if row.purchase_months:
        parts.append(f"a purchase in {row.purchase_months} months")
    if row.inquiry_months:
        parts.append(f"an inquiry in {row.inquiry_months} months")
    if row.contract:
        parts.append("a running contract")
    return f", but for {' or '.join(parts)}" if parts else ""


def _bases(row: BasisRow) -> str:
    named: Iterable[Basis] = row.bases
    words = ", else ".join(_BASES[one.kind] for one in named) or "nothing permits it"
    who = {True: "automated: ", False: "live: ", None: ""}[row.automated]
    return f"{who}{words}"


def _hours(row: HoursRow) -> str:
    spans = " and ".join(f"{_clock(start)} to {_clock(end)}" for start, end in row.spans)
    days = sorted(row.weekdays)
    on = "every day" if len(days) == 7 else f"{_DAYS[days[0] - 1]} to {_DAYS[days[-1] - 1]}"
    holidays = ", not on public holidays" if row.fixed_holidays or row.easter_holidays else ""
    return f"{on}, {spans} of the person’s own time{holidays}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def basis_in_words(row: BasisRow) -> str:
    return _bases(row)


def policy_in_force() -> Policy | None:
    """The policy by which the next question is answered; None where it cannot be read, and every answer is no."""
    version = PrivacyProfile.objects.select_related("policy").get().policy
    try:
        return policy_from_json(version.content) if version else stated_policy()
    except RegimeInvalid:
        return None
