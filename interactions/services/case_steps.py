"""What every step of a case writes: the step with its words, the timeline, the count in the summary."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from crm.services.summaries import write_columns
from crm.services.timeline import Entry, add_entries
from interactions.models import Case, CaseStep, CaseWords
from interactions.services.authors import Author

EXCERPT: Final = 400
"""Characters of a text that the timeline shows."""
_TOLD_ON_TIMELINE: Final[Mapping[str, str]] = {
    CaseStep.Kind.OPENED: "Case #{number} opened: {subject}",
    CaseStep.Kind.ANSWERED: "Case #{number} answered: {subject}",
    CaseStep.Kind.WAITING: "Case #{number} waits for the customer: {subject}",
    CaseStep.Kind.ESCALATED: "Case #{number} is past its limit: {subject}",
    CaseStep.Kind.RESOLVED: "Case #{number} resolved: {subject}",
    CaseStep.Kind.REOPENED: "Case #{number} opened again: {subject}",
}


def write_step(
    case: Case, kind: str, at: datetime, by: Author, *, text: str = "", told: Sequence[UUID] = (),
    detail: Mapping[str, Any] | None = None,
) -> CaseStep:  # fmt: skip
    """Add a step to a case, with what was written, and tell the timeline where customers' pages show it."""
    step = CaseStep.objects.create(
        case=case, kind=kind, at=at, author=by.actor, author_name=by.name, told=list(told), detail=dict(detail or {})
    )  # fmt: skip
    if text:
        CaseWords.objects.create(step=step, text=text)
    if kind in _TOLD_ON_TIMELINE and (kind != CaseStep.Kind.ESCALATED or case.escalation == Case.PAST):
        add_entries([_entry(case, step, text or (case.text if kind == CaseStep.Kind.OPENED else ""))])
    return step


def _entry(case: Case, step: CaseStep, text: str) -> Entry:
    title = _TOLD_ON_TIMELINE[step.kind].format(number=case.number, subject=case.subject)
    excerpt = text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"
    return Entry(
        case.customer_id, step.at, "case", f"case:{case.id}:{step.id}", title, excerpt, step.author_name
    )


def recount_cases(customer_id: UUID) -> None:
    """Write how many cases of a customer are not resolved; the summary is held, so nobody else opens one meanwhile."""
    count = Case.objects.filter(customer_id=customer_id).exclude(state=Case.State.RESOLVED).count()
    write_columns([customer_id], open_cases=count)
