"""Any answer can be given again, from what it stood on and the policy as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from privacy.gate.answering import LEDGER, unavailable
from privacy.models import ConsentEvent, GateAnswer, GateFacts
from privacy.policy.decide import Answer, decide
from privacy.policy.facts import Facts
from privacy.policy.reading import facts_from_json
from privacy.policy.regimes import policy_from_json
from privacy.selectors.consents import policy_event

COMPARED: Final = ("decision", "code", "all_codes", "obligations", "evidence_ids", "until", "as_of")


class Erased(Exception):
    """What the answer stood on was erased with the person; the answer stays, and cannot be given again."""


@dataclass(frozen=True)
class Replayed:
    """What would be answered now on the same facts by the same policy, and where it differs from what was answered."""

    answer: Answer
    differences: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.differences


def replay(answer_id: UUID) -> Replayed:
    """Raises Erased, and GateAnswer.DoesNotExist."""
    row = GateAnswer.objects.select_related("policy").get(id=answer_id)
    kept = GateFacts.objects.filter(answer_id=answer_id).first()
    if kept is None:
        raise Erased(f"What answer {answer_id} stood on was erased.")
    facts = kept_to_facts(row.customer_id, kept.facts)
    answer = decide(facts, policy_from_json(row.policy.content)) if row.policy else unavailable(facts.now)
    now = _comparable(answer)
    differences = tuple(name for name in COMPARED if now[name] != _stored(row, name))
    if row.policy and row.policy.version != answer.policy_version:
        differences += ("policy_version",)
    return Replayed(answer, differences)


def kept_to_facts(customer_id: UUID, kept: Mapping[str, Any]) -> Facts:
    """What an answer stood on, whole: as it was kept, with that part of the ledger which was looked at."""
    ledger = kept.get(LEDGER, {})
    facts = facts_from_json({name: value for name, value in kept.items() if name != LEDGER})
    own = Q(customer_id=customer_id, sequence__lte=ledger.get("events", 0))
    rows = ConsentEvent.objects.filter(own | Q(id__in=ledger.get("others", []))).order_by("id")
    events = sorted(rows, key=lambda row: (row.customer_id != customer_id, row.sequence))
    return replace(facts, events=tuple(policy_event(row) for row in events))


def _comparable(answer: Answer) -> dict[str, Any]:
    lists = ("all_codes", "obligations")
    return {
        **{name: getattr(answer, name) for name in COMPARED},
        **{name: list(getattr(answer, name)) for name in lists},
        "evidence_ids": [str(event) for event in answer.evidence_ids],
    }


def _stored(row: GateAnswer, name: str) -> Any:
    value = getattr(row, name)
    return value.astimezone(UTC) if name in ("until", "as_of") and value else value
