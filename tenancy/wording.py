"""Texts that people outside the company read, in their language: `templates/public/texts/<language>.toml`.

Every language has every text; a test holds that. Texts hold `{places}`, no HTML.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils import formats, timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "pt": "Português"}
FOLDER = settings.BASE_DIR / "templates" / "public" / "texts"
_LOCALES = {"en": "en-gb"}
"""Where Django's own names and forms of dates stand under another code."""


@cache
def texts(language: str) -> Mapping[str, str]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def say(language: str, key: str, **values: object) -> str:
    """The text of this key, its places filled. Raises KeyError for a text or a place that is not there."""
    return texts(language)[key].format_map(values)


def language_for(wanted: Iterable[str]) -> str:
    """The first of these (BCP 47: "pt-BR", "de") that we have, else English."""
    mains = (code.replace("_", "-").partition("-")[0].lower() for code in wanted)
    return next((main for main in mains if main in LANGUAGES), "en")


def accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, the most wanted first."""
    return [code for code, _ in parse_accept_lang_header(header[:200])]


def day_in_words(language: str, moment: datetime, *, short: bool = False) -> str:
    """ "3 March 2024", "3. März 2024", on the active clock; short without the year: "3 March", "3. März"."""
    form = "MONTH_DAY_FORMAT" if short else "DATE_FORMAT"
    with translation.override(_LOCALES.get(language, language)):
        return formats.date_format(timezone.localtime(moment), form)
