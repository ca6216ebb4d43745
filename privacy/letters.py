"""The letters that privacy itself writes: short, in the person's language, with one button at most."""

from dataclasses import dataclass
from datetime import timedelta

from django.template.loader import render_to_string

from crm.models import ContactPoint
from privacy.delivery import Mail
from privacy.links import CONFIRM_LASTS, confirm_link, data_link, preferences_link
from privacy.models import ConsentEvent, PersonRequest, Purpose
from privacy.selectors.purposes import sender
from tenancy.wording import day_in_words, language_for, say


@dataclass(frozen=True)
class _Letter:
    """Keys of texts start with `mail_<name>_`; `places` fill them. `url` of its button; `quote`: a member's words."""

    name: str
    places: dict[str, str]
    url: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Answer:
    """What became of a request: "done", "refused", "extended" or "erased". `reason`: the member's words, if any."""

    name: str
    request: PersonRequest
    reason: str = ""


def confirmation_letter(event: ConsentEvent, purpose: Purpose) -> Mail:
    """Asks whether a consent really came from this address. No way out: nothing comes without a yes."""
    ends = (event.occurred_at or event.recorded_at) + CONFIRM_LASTS
    language = language_for([event.language, event.customer.language, *sender().languages])
    places = {"purpose": purpose.name, "day": day_in_words(language, ends)}
    return _mail(_Letter("confirm", places, confirm_link(event)), language)


def data_letter(point: ContactPoint, language: str) -> Mail:
    """The page with everything, for whoever reads mail at this address, within the hour."""
    return _mail(_Letter("data", {}, data_link(point)), language)


def preferences_letter(point: ContactPoint, language: str) -> Mail:
    return _mail(_Letter("preferences", {}, preferences_link(point)), language)


def answer_letter(answer: Answer) -> Mail:
    """What became of a request, and where to complain. No name in it: mail is read on other people's screens."""
    request = answer.request
    wanted = [request.customer.language] if request.customer else []
    language = language_for([*wanted, *sender().languages])
    places = {
        "asked": say(language, f"asked_{request.kind}"),
        "day": day_in_words(language, request.received_at),
        "until": day_in_words(language, request.due_at - timedelta(seconds=1)),
    }
    return _mail(_Letter(answer.name, places, quote=answer.reason), language)


def _mail(letter: _Letter, language: str) -> Mail:
    profile = sender()
    places = {"company": profile.sender_name, **letter.places}
    parts = ("subject", "words", "button", "end") if letter.url else ("subject", "words", "end")
    said = {part: say(language, f"mail_{letter.name}_{part}", **places) for part in parts}
    context = {
        "language": language, "said": said, "url": f"{letter.url}?language={language}" if letter.url else "",
        "quote": letter.quote, "profile": profile,
        "hello": say(language, "mail_hello"),
        "sent_by": say(language, "mail_sent_by", company=profile.sender_name),
    }  # fmt: skip
    return Mail(
        subject=said["subject"],
        text=render_to_string("public/mail/letter.txt", context),
        html=render_to_string("public/mail/letter.html", context),
        language=language,
    )
