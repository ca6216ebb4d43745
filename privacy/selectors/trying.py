"""The tester: what would be answered, and why; nothing is logged and nothing is reserved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from privacy.gate import Ask
from privacy.gate.answering import answer_for, judge
from privacy.gate.zones import plausible_zones
from privacy.policy import CODES, Answer, Code, Facts, Policy
from privacy.selectors.policy import SURE, basis_in_words

_PASSES: Final = frozenset({"LEGAL_OBLIGATION", "CONTRACT_SERVICE", "DOI_REQUEST", "OPT_OUT_CONFIRMATION"})
_STEPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("One of our customers", ("NOT_FOUND",)),
    ("Alive, not erased, use of their data not restricted",
     ("DECEASED", "ERASED_SUPPRESSED", "ERASURE_PENDING", "PROCESSING_RESTRICTED")),
    ("Rules and ledger can be read", ("POLICY_UNAVAILABLE",)),
    ("Kind of message", ("TRANSACTIONAL_WITH_PROMO", *sorted(_PASSES))),
    ("What they refused",
     ("OBJECTED_DM", "COMPLAINED", "CONSENT_WITHDRAWN", "OPTED_OUT", "REVOKED", "OPT_OUT_SALE_SHARE",
      "REOPTIN_WAIT_12M", "OBJECTED_PROFILING", "NATIONAL_DNC")),
    ("Age", ("AGE_UNKNOWN", "MINOR_NO_PARENTAL", "MINOR_OPT_IN_REQUIRED", "MINOR_PROFILING")),
    ("Ground in law, and its proof",
     ("NO_LEGAL_BASIS", "JURISDICTION_UNKNOWN", "PURPOSE_MISMATCH", "CHANNEL_MISMATCH", "CONSENT_INVALID_METHOD",
      "CONSENT_UNPROVEN", "CONSENT_UNDOCUMENTED", "DOI_PENDING", "NO_PEWC", "CONSENT_REQUEST_IS_CEM",
      "SOFT_OPT_IN_CONDITIONS", "SOFT_OPT_IN_NOT_SIMILAR", "LIA_MISSING", "IMPLIED_EXPIRED", "CONSENT_EXPRESS",
      "CONSENT_PEWC", "SOFT_OPT_IN", "SOFT_OPT_IN_CHARITY", "CORPORATE_SUBSCRIBER", "LEGITIMATE_INTEREST",
      "ONGOING_CONTRACT", "IMPLIED_EBR", "IMPLIED_INQUIRY", "EBR_DNC_EXEMPT", "OPT_OUT_REGIME")),
    ("Heard of them lately enough", ("CONSENT_STALE",)),
    ("The address works", ("CONTACT_POINT_INVALID",)),
    ("The message carries what it must", ("CONTENT_REQUIREMENTS",)),
    ("Caps and hours of the law", ("COOLING_OFF_60D", "FREQ_CAP_LEGAL", "QUIET_HOURS_LEGAL", "TIMEZONE_AMBIGUOUS")),
    ("Our own caps, hours and pauses",
     ("QUIET_HOURS_POLICY", "FREQ_CAP_POLICY", "PAUSED_BY_PERSON", "PAUSED_BY_POLICY")),
)  # fmt: skip
_ALWAYS: Final = 4
"""Steps that every message goes through; the others are asked of marketing only."""


@dataclass(frozen=True)
class Supposed:
    """What the tester may suppose instead of what is known. Empty: as it is."""

    residence: str = ""
    age: int | None = None
    without_ledger: bool = False

    @property
    def is_anything(self) -> bool:
        return bool(self.residence) or self.age is not None or self.without_ledger


@dataclass(frozen=True)
class Step:
    """One step in the order of evaluation. `state`: passed, stops, waits, ground, or not asked."""

    title: str
    state: str
    codes: list[tuple[str, Code]]


@dataclass(frozen=True)
class Law:
    """Rules that are asked: whose, and on what a message of this kind can stand there today."""

    code: str
    name: str
    ground: str
    source: str
    sure: str


@dataclass(frozen=True)
class Tried:
    answer: Answer
    facts: Facts
    steps: list[Step]
    laws: list[Law]


def try_out(ask: Ask, supposed: Supposed) -> Tried | None:
    """The answer that the gate would give; None: no such customer of ours."""
    [judged] = judge([ask])
    if judged.facts is None or judged.read is None:
        return None
    standing = judged.read.standing
    facts = _with(judged.facts, supposed, judged.read.header["zone"])
    answer = answer_for(facts, standing)
    laws = _laws(standing.policy, facts) if standing.policy else []
    return Tried(answer, facts, _steps(answer, facts, standing.policy), laws)


def _with(facts: Facts, supposed: Supposed, company_zone: str) -> Facts:
    person = facts.person
    if supposed.age is not None:
        person = replace(person, age=supposed.age)
    if supposed.without_ledger:
        facts = replace(facts, events=(), suppression=())
    if supposed.residence:
        zones = _zones_of(supposed.residence, company_zone)
        person = replace(person, residences=(supposed.residence,), time_zones=zones)
        local = facts.now.astimezone(ZoneInfo(zones[0]))
        facts = replace(facts, now=facts.now.astimezone(timezone(local.utcoffset() or timedelta())))
    return replace(facts, person=person)


def _zones_of(residence: str, company_zone: str) -> tuple[str, ...]:
    country, _, part = residence.partition("-")
    code = part if country == "EU" else country
    return plausible_zones("", ("GB" if code == "UK" else code,) if code else (), company_zone)


def _steps(answer: Answer, facts: Facts, policy: Policy | None) -> list[Step]:
    given = set(answer.all_codes)
    marketing = _is_marketing(answer, facts, policy)
    steps = []
    for place, (title, codes) in enumerate(_STEPS):
        named = [(code, CODES[code]) for code in codes if code in given and code in CODES]
        if not marketing and place >= _ALWAYS and not named:
            steps.append(Step(title, "not asked", []))
        else:
            steps.append(Step(title, _state(named), named))
    return steps


def _state(named: Sequence[tuple[str, Code]]) -> str:
    answers = {about.answer for _, about in named}
    if "deny" in answers:
        return "stops"
    return "waits" if "defer" in answers else "ground" if answers else "passed"


def _is_marketing(answer: Answer, facts: Facts, policy: Policy | None) -> bool:
    """Whether steps 6 to 13 were asked; an unknown kind of message is refused before."""
    if policy is None or answer.code in _PASSES or answer.code == "NOT_FOUND":
        return False
    klass = policy.purposes.get(facts.purpose)
    if facts.message.has_promotion or klass in ("marketing", "sharing", "profiling"):
        return True
    return facts.purpose == "opt_out_confirmation"


def _laws(policy: Policy, facts: Facts) -> list[Law]:
    today: date = facts.now.date()
    found = []
    for one in policy.applying(facts.person.residences, facts.sender.country):
        row = one.basis_row(facts.channel, facts.message.automated, today)
        found.append(
            Law(
                one.code, one.name, basis_in_words(row) if row else "only demands more", row.source if row else "",
                SURE[row.sure] if row else "",
            )
        )  # fmt: skip
    return found
