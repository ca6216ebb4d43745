"""Texts for people outside: every language has every text, with the same places, and nothing is left in English."""

import string

import pytest

from tenancy.wording import LANGUAGES, language_for, texts

OTHERS = [code for code in LANGUAGES if code != "en"]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_is_whole(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert list(other) == list(english)
    assert {key for key in english if places(english[key]) != places(other[key])} == set()
    assert [key for key in english if len(english[key]) > 20 and other[key] == english[key]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_shouts_or_holds_markup(language: str) -> None:
    assert [key for key, text in texts(language).items() if set("!<>") & set(text) or not text.strip()] == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [(["pt-BR"], "pt"), (["nl", "fr-CA"], "fr"), (["de_AT"], "de"), ([], "en"), (["", "xx"], "en")],
)
def test_the_first_language_that_we_have(wanted: list[str], found: str) -> None:
    assert language_for(wanted) == found
