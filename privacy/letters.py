"""The letters that privacy itself writes: short, in the person's language, with one button."""

from dataclasses import dataclass

from django.template.loader import render_to_string

from crm.models import ContactPoint
from privacy.delivery import Mail
from privacy.links import CONFIRM_LASTS, confirm_link, data_link, preferences_link
from privacy.models import ConsentEvent, Purpose
from privacy.selectors.purposes import sender
from tenancy.wording import day_in_words, language_for, say


@dataclass(frozen=True)
class _Letter:
    """Keys of texts start with `mail_<name>_`; `places` fill them."""

    name: str
    url: str
    places: dict[str, str]
    preferences_url: str = ""


def confirmation_letter(event: ConsentEvent, purpose: Purpose) -> Mail:
    """Asks whether a consent really came from this address. No way out: nothing comes without a yes."""
    ends = (event.occurred_at or event.recorded_at) + CONFIRM_LASTS
    language = language_for([event.language, event.customer.language, *sender().languages])
    places = {"purpose": purpose.name, "day": day_in_words(language, ends)}
    return _mail(_Letter("confirm", confirm_link(event), places), language)


def data_letter(point: ContactPoint, language: str) -> Mail:
    """The page with everything, for whoever reads mail at this address, within the hour."""
    return _mail(_Letter("data", data_link(point), {}), language)


def preferences_letter(point: ContactPoint, language: str) -> Mail:
    link = preferences_link(point)
    return _mail(_Letter("preferences", link, {}), language)


def _mail(letter: _Letter, language: str) -> Mail:
    profile = sender()
    places = {"company": profile.sender_name, **letter.places}
    said = {
        part: say(language, f"mail_{letter.name}_{part}", **places)
        for part in ("subject", "words", "button", "end")
    }
    context = {
        "language": language, "said": said, "url": f"{letter.url}?language={language}", "profile": profile,
        "hello": say(language, "mail_hello"),
        "sent_by": say(language, "mail_sent_by", company=profile.sender_name),
    }  # fmt: skip
    return Mail(
        subject=said["subject"],
        text=render_to_string("public/mail/letter.txt", context),
        html=render_to_string("public/mail/letter.html", context),
        language=language,
    )
