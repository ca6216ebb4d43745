"""Asking after a contact: whom, about what, and what became of the letter.

An ask and its letter are made together; the letter waits, and the gate decides when it goes (`interactions.services.
sending`). Somebody who was not written to rests as long as somebody who was: else each contact of whoever said no would
leave another line on their timeline.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.utils import timezone

from interactions.models import Interaction, Message, Survey, SurveyAsk
from interactions.scales import SCALES, scores_of
from interactions.services.authors import SYSTEM
from interactions.services.messages import queue_message
from interactions.services.refusals import Refused
from privacy.selectors.purposes import sender
from tenancy.context import current_tenant_id
from tenancy.links import Kind, public_url, sign
from tenancy.wording import day_in_words, language_for, say

State = SurveyAsk.State
PURPOSE: Final = "survey"
KEY: Final = "survey:"
"""What the key of an ask's letter begins with; its ask's id follows."""
FRESH: Final = timedelta(days=3)
"""Older contacts are history that somebody brought along: nobody is asked how it was last year."""
OPEN_FOR: Final = timedelta(days=30)
"""So long after its letter was due an answer may be given and changed."""
_ARRIVED: Final = (Message.State.SENT, Message.State.UNSURE)
NOTHING_HAPPENED: Final = (Interaction.Outcome.NO_ANSWER, Interaction.Outcome.WITHHELD)


def ask_about(*, interaction_ids: Iterable[UUID]) -> int:
    """Ask after those contacts that a survey is about; how many asks were made. Harmless when run again."""
    surveys = list(Survey.objects.filter(is_active=True).order_by("name"))
    if not surveys:
        return 0
    now = timezone.now()
    contacts = _worth_asking(interaction_ids, now)
    rested = _last_asked({one.customer_id for one in contacts})
    asks = []
    for contact in contacts:
        survey = next((one for one in surveys if _is_about(one, contact)), None)
        last = rested.get(contact.customer_id)
        if survey is None or (last and last > now - timedelta(days=survey.rest_days)):
            continue
        due_at = max(now, contact.occurred_at + timedelta(minutes=survey.wait_minutes))
        rested[contact.customer_id] = due_at
        asks.append(SurveyAsk(survey=survey, customer=contact.customer, interaction=contact, due_at=due_at))
    SurveyAsk.objects.bulk_create(asks)
    for ask in asks:
        _write_letter(ask)
    return len(asks)


def _worth_asking(interaction_ids: Iterable[UUID], now: datetime) -> list[Interaction]:
    """Those that happened lately, between people or with a product, and that nobody was asked about yet."""
    rows = Interaction.objects.select_related("customer").filter(
        id__in=list(interaction_ids), occurred_at__gt=now - FRESH, survey_asks__isnull=True
    )
    human = rows.exclude(touchpoint=Interaction.Touchpoint.SYSTEM).exclude(outcome__in=NOTHING_HAPPENED)
    return list(human.order_by("occurred_at", "id"))


def _last_asked(customer_ids: set[UUID]) -> dict[UUID, datetime]:
    rows = SurveyAsk.objects.filter(customer_id__in=customer_ids).order_by("customer_id", "-due_at")
    return dict(rows.distinct("customer_id").values_list("customer_id", "due_at"))


def _is_about(survey: Survey, contact: Interaction) -> bool:
    return (not survey.channels or contact.channel in survey.channels) and is_drawn(survey, contact.id)


def is_drawn(survey: Survey, interaction_id: UUID) -> bool:
    """Whether a contact is in the survey's share: always the same answer for the same contact, so no second draw."""
    drawn = sha256(survey.id.bytes + interaction_id.bytes).digest()
    return int.from_bytes(drawn[:8], "big") % 100 < survey.share


def _write_letter(ask: SurveyAsk) -> None:
    """Queue its letter; where that cannot be, the ask says why."""
    language = language_for([ask.customer.language])
    try:
        ask.message, _ = queue_message(
            customer=ask.customer, channel="email", purpose=PURPOSE, language=language, by=SYSTEM,
            subject=say(language, "mail_survey_subject"), body=letter_of(ask, language), not_before=ask.due_at,
            key=f"{KEY}{ask.id}",
        )  # fmt: skip
    except Refused as refused:
        ask.state, ask.why = State.WITHHELD, str(refused)[:300]
    ask.save(update_fields=["message", "state", "why"])


def letter_of(ask: SurveyAsk, language: str) -> str:
    """The words: a line a score, each a link that opens the page with that score chosen."""
    url, kind = survey_link(ask), ask.survey.kind
    words = dict(
        zip(SCALES[kind], (say(language, f"survey_{kind}_{end}") for end in ("low", "high")), strict=True)
    )
    lines = [
        f"{f'{score}: {words[score]}' if score in words else score} <{url}?language={language}&score={score}>"
        for score in scores_of(kind)
    ]
    day = day_in_words(language, ask.interaction.occurred_at)
    until = day_in_words(language, open_until(ask))
    return "\n\n".join([
        say(language, "mail_survey_hello", name=ask.customer.name),
        say(language, "mail_survey_lead", company=sender().sender_name, day=day),
        ask.survey.question,
        "\n".join(lines),
        say(language, "mail_survey_ends", day=until),
    ])  # fmt: skip


def open_until(ask: SurveyAsk) -> datetime:
    return ask.due_at + OPEN_FOR


def survey_link(ask: SurveyAsk) -> str:
    """Where its customer answers, without a login, until it closes."""
    token = sign(
        Kind.SURVEY,
        current_tenant_id(),
        ask.customer_id,
        ask.id,
        expires_at=open_until(ask) + timedelta(seconds=1),
    )
    return public_url("public_survey", token)


def note_letters_ended(*, message_ids: Sequence[UUID]) -> None:
    """What became of the letters: asked where one may have arrived, else why not. Harmless when run again."""
    ended = [one for one in Message.objects.filter(id__in=message_ids, key__startswith=KEY) if _ask_id(one)]
    asks: Mapping[UUID, SurveyAsk] = SurveyAsk.objects.in_bulk([_ask_id(one) for one in ended])
    for message in ended:
        ask = asks.get(_ask_id(message) or message.id)
        if ask is None or ask.state != State.WAITING:
            continue
        if message.state in _ARRIVED:
            ask.state, ask.asked_at = State.ASKED, message.sent_at or timezone.now()
        else:
            ask.state, ask.why = State.WITHHELD, message.why
        ask.save(update_fields=["state", "asked_at", "why"])


def _ask_id(message: Message) -> UUID | None:
    """A letter may carry a key that somebody else chose."""
    try:
        return UUID(message.key.removeprefix(KEY))
    except ValueError:
        return None
