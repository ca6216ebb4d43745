"""`check`: may we? It reads, answers and logs; it reserves nothing."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone

from privacy.gate.asks import Ask, Given
from privacy.gate.reading import Read, facts_of, read_customers
from privacy.gate.standing import Standing
from privacy.policy.circumstances import Atlas
from privacy.policy.decide import DENY, Answer, decide
from privacy.policy.facts import Facts
from privacy.policy.reading import facts_to_json
from tenancy.context import current_actor, current_tenant_id
from tenancy.db.ids import new_id
from tenancy.memory import without_collecting

log = logging.getLogger(__name__)
LEDGER: Final = "ledger"
"""Where kept facts say how much of the ledger was looked at."""
AT_ONCE: Final = 500
"""Questions of one statement."""


def check(ask: Ask) -> Given:
    """The answer to one question, logged."""
    return check_many([ask])[0]


def check_many(asks: Sequence[Ask], *, logged: bool = True) -> list[Given]:
    """The answers, each at its question's place. `logged` false: for counting, where nothing follows."""
    answers: list[Given] = []
    for start in range(0, len(asks), AT_ONCE):
        with without_collecting():
            answers += _check(asks[start : start + AT_ONCE], logged=logged)
    return answers


def _check(asks: Sequence[Ask], *, logged: bool) -> list[Given]:
    judged = judge(asks)
    if not logged:
        return [Given(one.given.ask, one.given.answer, paused_by=one.given.paused_by) for one in judged]
    write_answers([one for one in judged if one.read is not None])
    return [one.given for one in judged]


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer with what it stands on. `read` None: there is no such customer."""

    given: Given
    facts: Facts | None
    read: Read | None


def judge(asks: Sequence[Ask], *, but: str = "", locked: bool = False) -> list[Judged]:
    """Read and answer; nothing is written. See `read_customers` and `facts_of`."""
    if not asks:
        return []
    found = read_customers(asks, locked=locked)
    atlas = next((Atlas(read.standing.policy) for read in found.values() if read.standing.policy), None)
    return [_judge(ask, found.get(ask.customer_id), but, atlas) for ask in asks]


def _judge(ask: Ask, read: Read | None, but: str, atlas: Atlas | None) -> Judged:
    if read is None:
        return Judged(Given(ask, _not_found(ask)), None, None)
    facts = facts_of(ask, read, but=but)
    given = Given(ask, answer_for(facts, read.standing, atlas), new_id(), facts.paused_by)
    return Judged(given, facts, read)


def answer_for(facts: Facts, standing: Standing, atlas: Atlas | None = None) -> Answer:
    return decide(facts, standing.policy, atlas) if standing.policy else unavailable(facts.now)


def unavailable(at: datetime) -> Answer:
    """Where the policy cannot be read, whatever is asked: no."""
    return _refusal("POLICY_UNAVAILABLE", at)


def _not_found(ask: Ask) -> Answer:
    """The same for an id of another company and one of nobody."""
    return _refusal("NOT_FOUND", ask.at or timezone.now())


def _refusal(code: str, at: datetime) -> Answer:
    return Answer(DENY, None, code, (code,), (), (), "", at.astimezone(UTC))


INSERT: Final = """
WITH new AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS n (id uuid, customer_id uuid, as_of timestamptz,
        asked_for text, channel text, purpose text, decision text, code text, all_codes text[], obligations text[],
        evidence_ids text[], until timestamptz, policy_id uuid, facts jsonb)
), answers AS (
    INSERT INTO privacy_gateanswer (tenant_id, id, customer_id, as_of, asked_at, asked_by, asked_for, is_permit,
        channel, purpose, decision, code, all_codes, obligations, evidence_ids, until, policy_id)
    SELECT %(tenant)s::uuid, id, customer_id, as_of, statement_timestamp(), %(actor)s, asked_for, %(permit)s, channel,
        purpose, decision, code, all_codes, obligations, evidence_ids, until, policy_id FROM new
)
INSERT INTO privacy_gatefacts (tenant_id, answer_id, facts) SELECT %(tenant)s::uuid, id, facts FROM new
"""


def write_answers(judged: Iterable[Judged], *, permit: bool = False, then: str = "", **more: Any) -> Any:
    """Log answers of customers of ours with what they stood on, in one statement. `then`: a statement that is sent with
    it, with `more` as its parameters; its first row is returned."""
    rows = [_row(one) for one in judged]
    if not rows:
        return None
    values = {"rows": json.dumps(rows), "tenant": str(current_tenant_id()), "actor": current_actor()[:60]}
    with connection.cursor() as cursor:
        cursor.execute(f"{INSERT};{then}" if then else INSERT, {**values, "permit": permit, **more})
        return cursor.fetchone() if then else None


def _row(one: Judged) -> dict[str, Any]:
    assert one.facts is not None
    assert one.read is not None
    ask, answer = one.given.ask, one.given.answer
    return {
        "id": str(one.given.answer_id),
        "customer_id": str(ask.customer_id),
        "as_of": answer.as_of.isoformat(),
        "asked_for": ask.asked_for[:60],
        "channel": ask.channel,
        "purpose": ask.purpose,
        "decision": answer.decision,
        "code": answer.code,
        "all_codes": answer.all_codes,
        "obligations": answer.obligations,
        "evidence_ids": [str(event) for event in answer.evidence_ids],
        "until": answer.until.isoformat() if answer.until else None,
        "policy_id": _policy_id(one.read.standing),
        "facts": kept_facts(one.facts, ask, one.read),
    }


def kept_facts(facts: Facts, ask: Ask, read: Read) -> dict[str, Any]:
    """What is kept of the facts: all but the events, which the ledger keeps for ever. Of the customer's own the number
    is enough, for they are counted without gaps; of stops that others said for the address it is their ids."""
    point = read.point(ask)
    others = [event.id for event in point.stops] if point else []
    ledger = {"events": len(read.events), **({"others": others} if others else {})}
    return {**facts_to_json(facts, but=("events",)), LEDGER: ledger}


def _policy_id(standing: Standing) -> str | None:
    return str(standing.stamp.policy) if standing.policy else None


def id_of(given: Given) -> UUID:
    assert given.answer_id is not None
    return given.answer_id
