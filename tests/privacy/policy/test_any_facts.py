"""What must hold for any facts: generated combinations, each law on its own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from random import Random
from typing import Any

import pytest

from privacy.policy import CODES, Facts, decide, facts_from_json, facts_to_json, shipped_policy
from privacy.policy.circumstances import Atlas
from privacy.policy.facts import Event
from tests.privacy.policy.generated import (
    BASE,
    MARKETING,
    PURPOSES,
    REGIMES,
    STOPS,
    any_event,
    any_facts,
    back,
    smallest,
)
from tests.privacy.policy.people import ask

ORDER = ["deny", "defer", "allow"]


def no_better(after: Facts, before: Facts) -> bool:
    """Allow is better than defer, which is better than deny."""
    return ORDER.index(ask(after).decision) <= ORDER.index(ask(before).decision)


def one_more_stop_is_never_a_yes(facts: Facts, rng: Random) -> Iterator[bool]:
    if facts.purpose != "opt_out_confirmation":
        stop = any_event(rng, facts.now, STOPS)
        yield no_better(replace(facts, events=(*facts.events, stop)), facts)


BARE = [
    {"evidence": ()},
    {"source": None},
    {"wording": "none"},
    {"occurred_at": None},
    {"documentation_record": None},
    {"written_agreement": False},
    {"method": "preticked_box"},
]


def evidence_taken_away_never_allows(facts: Facts, rng: Random) -> Iterator[bool]:
    """But for the mail that asks to confirm, which is for those who have not confirmed."""
    for i, event in enumerate(facts.events):
        if event.action in ("grant", "confirm") and facts.purpose != "doi_request":
            yield no_better(replace(facts, events=facts.events[:i] + facts.events[i + 1 :]), facts)
            if event.action == "grant":
                poorer = replace(event, **rng.choice(BARE))
                events = (*facts.events[:i], poorer, *facts.events[i + 1 :])
                yield no_better(replace(facts, events=events), facts)


def relations_taken_away_never_allow(facts: Facts, rng: Random) -> Iterator[bool]:
    gone: dict[str, Any] = {
        "purchases": (),
        "inquiries": (),
        "last_contact_from_person_at": None,
        "address_source": None,
        "contract": "none",
        "opt_out_offered_each_message": False,
    }
    name = rng.choice(list(gone))
    less = replace(facts.relationship, **{name: gone[name]})
    yield no_better(replace(facts, relationship=less), facts)


def one_more_regime_never_loosens(facts: Facts, rng: Random) -> Iterator[bool]:
    """No residence at all is the unknown country, which the first known one replaces."""
    code = rng.choice(REGIMES)
    known = facts.person.residences or ("unknown",)
    before = replace(facts, person=replace(facts.person, residences=known))
    yield no_better(replace(before, person=replace(before.person, residences=(*known, code))), before)
    if facts.sender.country is None:
        yield no_better(replace(facts, sender=replace(facts.sender, country=code)), facts)


def one_more_zone_never_loosens(facts: Facts, rng: Random) -> Iterator[bool]:
    if zones := facts.person.time_zones:
        more = replace(facts.person, time_zones=(*zones, rng.choice(["Asia/Tokyo", "America/Denver"])))
        yield no_better(replace(facts, person=more), facts)


def arrival_does_not_matter(facts: Facts, rng: Random) -> Iterator[bool]:
    events, contacts = list(facts.events), list(facts.contacts)
    rng.shuffle(events)
    rng.shuffle(contacts)
    yield ask(replace(facts, events=tuple(events), contacts=tuple(contacts))) == ask(facts)


def twice_is_once(facts: Facts, rng: Random) -> Iterator[bool]:
    for event in facts.events:
        yield ask(replace(facts, events=(*facts.events, event))) == ask(facts)


AGED = {"IMPLIED_EXPIRED", "CONSENT_STALE", "NATIONAL_DNC", "NO_LEGAL_BASIS", "PURPOSE_MISMATCH"} | {
    "CHANNEL_MISMATCH",
    "CONSENT_REQUEST_IS_CEM",
    "TRANSACTIONAL_WITH_PROMO",
}
"""What days of waiting may change: windows of months run out, a dated rule begins."""


def at_until_it_is_allowed(facts: Facts, rng: Random) -> Iterator[bool]:
    answer = ask(facts)
    if answer.until is None:
        return
    yield answer.until > facts.now and answer.until.second == answer.until.microsecond == 0
    later = ask(replace(facts, now=answer.until.astimezone(facts.now.tzinfo)))
    yield later.decision == "allow" or later.code in AGED
    before = (answer.until - timedelta(minutes=1)).astimezone(facts.now.tzinfo)
    if before > facts.now and later.decision == "allow":
        yield ask(replace(facts, now=before)).decision == "defer"


def an_answer_is_whole(facts: Facts, rng: Random) -> Iterator[bool]:
    answer = ask(facts)
    yield answer.code == answer.all_codes[0]
    yield set(answer.all_codes) <= set(CODES) and len(set(answer.all_codes)) == len(answer.all_codes)
    yield (answer.until is not None) == (answer.decision == "defer")
    yield list(answer.obligations) == sorted(answer.obligations)
    yield answer.decision == "allow" or not answer.obligations
    expected = CODES[answer.code].answer
    yield answer.decision == expected or (expected == "defer" and answer.decision == "deny")
    yield answer.code != "POLICY_UNAVAILABLE"
    yield {event.id for event in facts.events} >= set(answer.evidence_ids)


def kept_facts_give_the_same_answer(facts: Facts, rng: Random) -> Iterator[bool]:
    kept = json.dumps(facts_to_json(facts), sort_keys=True)
    read = facts_from_json(json.loads(kept))
    yield read == facts
    yield json.dumps(facts_to_json(read), sort_keys=True) == kept
    yield decide(read, shipped_policy()).to_json() == decide(facts, shipped_policy()).to_json()


def claims_change_nothing(facts: Facts, rng: Random) -> Iterator[bool]:
    claim = rng.choice([None, "marketing", "service", "legal_duty", "procedural"])
    yield ask(replace(facts, message=replace(facts.message, claimed_class=claim))) == ask(facts)


def a_tie_is_a_no(facts: Facts, rng: Random) -> Iterator[bool]:
    """A stop of everything at the very moment of the latest grant."""
    now = facts.now.astimezone(UTC)
    times = [e.occurred_at for e in facts.events if e.action == "grant" and e.occurred_at]
    at = max([t for t in times if t <= now], default=back(now, 60))
    stop = Event(rng.choice(["object", "withdraw", "opt_out"]), "*", ("*",), at, at)
    yield ask(replace(facts, events=(*facts.events, stop))).decision == "deny"


Law = Callable[[Facts, Random], Iterator[bool]]
ONLY_MARKETING = {a_tie_is_a_no, at_until_it_is_allowed, one_more_zone_never_loosens}
LAWS: list[Law] = [
    one_more_stop_is_never_a_yes,
    evidence_taken_away_never_allows,
    relations_taken_away_never_allow,
    one_more_regime_never_loosens,
    one_more_zone_never_loosens,
    arrival_does_not_matter,
    twice_is_once,
    at_until_it_is_allowed,
    an_answer_is_whole,
    kept_facts_give_the_same_answer,
    claims_change_nothing,
    a_tie_is_a_no,
]


def broken(law: Law, facts: Facts, seed: int) -> bool:
    return not all(law(facts, Random(seed)))


def hold(law: Law, seeds: range) -> None:
    for seed in seeds:
        facts = any_facts(Random(seed), MARKETING if law in ONLY_MARKETING else PURPOSES)
        if broken(law, facts, seed):
            found = smallest(facts, lambda one, seed=seed: broken(law, one, seed))
            pytest.fail(f"seed {seed}: {json.dumps(facts_to_json(found))}\n{ask(found)}")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law: Law) -> None:
    hold(law, range(1_000))


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_for_many(law: Law) -> None:
    hold(law, range(1_000, 10_000))


def test_the_generated_facts_reach_all_three_answers() -> None:
    """Else the laws would hold of nothing."""
    answers = [ask(any_facts(Random(seed), MARKETING)) for seed in range(1_000)]
    assert all(sum(a.decision == one for a in answers) > 20 for one in ORDER)
    assert len({answer.code for answer in answers}) > 30


def test_what_a_batch_shares_changes_no_answer() -> None:
    """Many who live in the same places, at the same few moments; one moment is written with two offsets."""
    atlas = Atlas(shipped_policy())
    moments = [BASE, BASE.astimezone(timezone(timedelta(hours=-11))), BASE + timedelta(hours=9)]
    for seed in range(1_000):
        facts = replace(any_facts(Random(seed)), now=moments[seed % 3])
        assert decide(facts, shipped_policy(), atlas) == ask(facts), f"seed {seed}"
