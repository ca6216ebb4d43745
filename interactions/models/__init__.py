"""What happened, what was promised, what was needed; and what is written to customers."""

from interactions.models.case import (
    BusinessCalendar,
    Case,
    CaseCounter,
    CaseKind,
    CaseStep,
    CaseWords,
    ServiceLevel,
)
from interactions.models.grant import Grant
from interactions.models.hand_over import HandOver
from interactions.models.interaction import Correction, Interaction
from interactions.models.message import (
    Connector,
    InboundMail,
    Mailbox,
    Message,
    MessageNews,
    Template,
    TemplateVersion,
)
from interactions.models.need import Need, NeedKind, NeedTreatment
from interactions.models.promise import Promise, PromiseStep
from interactions.models.story import Story, StoryThanks
from interactions.models.survey import Survey, SurveyAnswer, SurveyAsk
from interactions.models.task import CalendarFeed, Task

__all__ = [
    "BusinessCalendar",
    "CalendarFeed",
    "Case",
    "CaseCounter",
    "CaseKind",
    "CaseStep",
    "CaseWords",
    "Connector",
    "Correction",
    "Grant",
    "HandOver",
    "InboundMail",
    "Interaction",
    "Mailbox",
    "Message",
    "MessageNews",
    "Need",
    "NeedKind",
    "NeedTreatment",
    "Promise",
    "PromiseStep",
    "ServiceLevel",
    "Story",
    "StoryThanks",
    "Survey",
    "SurveyAnswer",
    "SurveyAsk",
    "Task",
    "Template",
    "TemplateVersion",
]  # fmt: skip
