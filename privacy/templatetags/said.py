"""`{% say "key" name=value %}`: a text of the public pages in the language of the page (context: `language`)."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html

from privacy.models import ConsentEvent
from privacy.models.consent import EVERY_CHANNEL
from privacy.selectors.choices import NO, UNSAID, Choice
from privacy.selectors.known import Known
from tenancy import wording

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], key: str, **values: object) -> str:
    return wording.say(context["language"], key, **values)


@register.simple_tag(takes_context=True)
def day(context: dict[str, Any], moment: datetime) -> str:
    return wording.day_in_words(context["language"], moment)


@register.simple_tag(takes_context=True)
def say_of(context: dict[str, Any], family: str, name: str) -> str:
    """A text whose key is made of two parts: `{% say_of "channel" "email" %}`."""
    return wording.say(context["language"], f"{family}_{name}")


@register.simple_tag(takes_context=True)
def pause_words(context: dict[str, Any], months: int, until: datetime) -> str:
    language = context["language"]
    day = wording.day_in_words(language, until, short=True)
    return wording.say(language, f"pause_{months}", day=day)


@register.simple_tag(takes_context=True)
def answer_words(context: dict[str, Any], line: Choice) -> str:
    """What was said and when; else what a yes would bring."""
    language = context["language"]
    if line.waits_for_confirmation:
        return wording.say(language, "unconfirmed")
    if line.answer == NO and line.since:
        return wording.say(language, "said_no", day=wording.day_in_words(language, line.since))
    if line.answer == NO:
        return wording.say(language, "said_no_once")
    if line.answer == UNSAID:
        return wording.say(language, "unsaid")
    return wording.say(language, "said_yes", day=wording.day_in_words(language, line.since or timezone.now()))


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """(code, its own name) of every language that the public pages speak."""
    return list(wording.LANGUAGES.items())


@register.simple_tag
def language_name(code: str) -> str:
    return wording.LANGUAGES[code]


@register.simple_tag(takes_context=True)
def known_value(context: dict[str, Any], one: Known) -> str:
    """A country and a language in words are the company's; the person sees what stands there."""
    if one.field == "email":
        local, _, domain = one.value.rpartition("@")
        return format_html("{}<wbr>@{}", local, domain)  # broken there, where it is too long for a line
    return wording.LANGUAGES.get(one.value, one.value) if one.field == "language" else one.value


@register.simple_tag(takes_context=True)
def known_source(context: dict[str, Any], one: Known) -> str:
    language = context["language"]
    day = wording.day_in_words(language, one.since)
    words = wording.say(language, f"source_{one.source}", day=day)
    if one.confirmed_on:
        confirmed = wording.day_in_words(language, one.confirmed_on)
        words = f"{words}; {wording.say(language, 'confirmed_on', day=confirmed)}"
    return words


@register.simple_tag(takes_context=True)
def said_about(context: dict[str, Any], event: ConsentEvent, purpose_names: dict[str, str]) -> str:
    """ "Newsletter, E-mail": purposes and channel of a consent event."""
    language = context["language"]
    words = {"*": wording.say(language, "everything"), "profiling": wording.say(language, "profiling")}
    named = ", ".join(words.get(key) or purpose_names.get(key, key) for key in event.purposes)
    channel = "every" if event.channel == EVERY_CHANNEL else event.channel
    return f"{named} · {wording.say(language, f'channel_{channel}')}"


@register.simple_tag(takes_context=True)
def event_day(context: dict[str, Any], event: ConsentEvent) -> str:
    return wording.day_in_words(context["language"], event.occurred_at or event.recorded_at)
