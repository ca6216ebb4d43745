"""What interactions announces. Ids and counts only."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class InteractionRecorded:
    """A contact was logged."""

    name: ClassVar[str] = "interactions.interaction_recorded"
    customer_id: UUID
    interaction_id: UUID


@dataclass(frozen=True)
class InteractionsRecorded:
    """Contacts were logged together, up to 1,000."""

    name: ClassVar[str] = "interactions.interactions_recorded"
    customer_ids: tuple[UUID, ...]
    interaction_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class InteractionCorrected:
    name: ClassVar[str] = "interactions.interaction_corrected"
    customer_id: UUID
    interaction_id: UUID


@dataclass(frozen=True)
class NeedRecorded:
    name: ClassVar[str] = "interactions.need_recorded"
    customer_id: UUID
    need_id: UUID


@dataclass(frozen=True)
class NeedsEnded:
    """Needs were met, found unmeetable, dropped or grew too old."""

    name: ClassVar[str] = "interactions.needs_ended"
    customer_ids: tuple[UUID, ...]
    need_ids: tuple[UUID, ...]
    status: str


@dataclass(frozen=True)
class PromiseMade:
    name: ClassVar[str] = "interactions.promise_made"
    customer_id: UUID
    promise_id: UUID


@dataclass(frozen=True)
class PromiseKept:
    name: ClassVar[str] = "interactions.promise_kept"
    customer_id: UUID
    promise_id: UUID


@dataclass(frozen=True)
class PromiseBroken:
    """Its hour passed, or somebody said that it will not be kept."""

    name: ClassVar[str] = "interactions.promise_broken"
    customer_id: UUID
    promise_id: UUID


@dataclass(frozen=True)
class PromiseChanged:
    """Renegotiated, or the customer let us off."""

    name: ClassVar[str] = "interactions.promise_changed"
    customer_id: UUID
    promise_id: UUID


@dataclass(frozen=True)
class PromiseReminded:
    """It is due soon: who answers for it is to know."""

    name: ClassVar[str] = "interactions.promise_reminded"
    customer_id: UUID
    promise_id: UUID


@dataclass(frozen=True)
class CaseOpened:
    """A case was opened, or opened again."""

    name: ClassVar[str] = "interactions.case_opened"
    customer_id: UUID
    case_id: UUID


@dataclass(frozen=True)
class CaseChanged:
    name: ClassVar[str] = "interactions.case_changed"
    customer_id: UUID
    case_id: UUID
    state: str


@dataclass(frozen=True)
class CaseEscalated:
    name: ClassVar[str] = "interactions.case_escalated"
    customer_id: UUID
    case_id: UUID
    step: int


@dataclass(frozen=True)
class CaseResolved:
    name: ClassVar[str] = "interactions.case_resolved"
    customer_id: UUID
    case_id: UUID


@dataclass(frozen=True)
class TaskMade:
    name: ClassVar[str] = "interactions.task_made"
    task_id: UUID


@dataclass(frozen=True)
class TaskEnded:
    name: ClassVar[str] = "interactions.task_ended"
    task_id: UUID
    state: str


@dataclass(frozen=True)
class GrantAsked:
    """It is above somebody's authority: somebody else is to say yes or no."""

    name: ClassVar[str] = "interactions.grant_asked"
    customer_id: UUID
    grant_id: UUID


@dataclass(frozen=True)
class GrantDecided:
    """Given, refused or taken back."""

    name: ClassVar[str] = "interactions.grant_decided"
    customer_id: UUID
    grant_id: UUID
    state: str


@dataclass(frozen=True)
class MessageQueued:
    """A message is to go as soon as it may."""

    name: ClassVar[str] = "interactions.message_queued"
    message_id: UUID


@dataclass(frozen=True)
class MessageEnded:
    """Sent, withheld, failed, or nobody knows."""

    name: ClassVar[str] = "interactions.message_ended"
    customer_id: UUID
    message_id: UUID
    state: str


@dataclass(frozen=True)
class MailReceived:
    name: ClassVar[str] = "interactions.mail_received"
    mail_id: UUID
    kind: str


@dataclass(frozen=True)
class SurveyAnswered:
    name: ClassVar[str] = "interactions.survey_answered"
    customer_id: UUID
    ask_id: UUID


@dataclass(frozen=True)
class StoryTold:
    name: ClassVar[str] = "interactions.story_told"
    story_id: UUID


@dataclass(frozen=True)
class HandOversWritten:
    """A transfer's customers each have a page for their next manager."""

    name: ClassVar[str] = "interactions.hand_overs_written"
    transfer_id: UUID
    count: int
