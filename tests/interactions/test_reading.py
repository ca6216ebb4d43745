"""A text is read: what it marks as a need or a promise, until when, and where it stands. Any text has an answer."""

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.keys import name_key
from interactions.clocks import Calendar
from interactions.reading import Found, Kind, Marked, read_text

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 11, 20, 14, 41, 30, tzinfo=UTC)
"""A Friday."""
TO_THE_DOOR = "\u9001\u8d27\u4e0a\u95e8"
HOME_DELIVERY = "\u0414\u043e\u0441\u0442\u0430\u0432\u043a\u0430 \u043d\u0430 \u0434\u043e\u043c"
SOON = "\u8bf7\u5c3d\u5feb"
NAMES = (
    "Delivery at a certain time", "Delivery without contact", "Gift", "Größe L", TO_THE_DOOR, HOME_DELIVERY,
)  # fmt: skip
CATALOGUE = [Kind(UUID(int=at), name, name_key(name), 365) for at, name in enumerate(NAMES)]
LATE = Calendar(LONDON, dict.fromkeys(range(1, 7), ((9 * 60, 20 * 60),)), frozenset({date(2026, 11, 21)}))


def read(text: str, now: datetime = NOW, hours: Calendar | None = None) -> Found:
    return read_text(text, now=now, zone=LONDON, catalogue=CATALOGUE, hours=hours)


@pytest.mark.parametrize(
    ("text", "name", "words", "marked"),
    [
        ("Liked it. #gift for her sister. Then left", "Gift", "for her sister", "#gift for her sister"),
        ("#delivery", "Delivery at a certain time", "", "#delivery"),
        ("#Delivery without contact, is deaf", "Delivery without contact", "is deaf", None),
        ("#delivery w (at the door)", "Delivery without contact", "(at the door)", None),
        ("#GROSSE l bitte\nnext line", "Größe L", "bitte", "#GROSSE l bitte"),
        (f"\u4ed6\u60f3\u8981#{TO_THE_DOOR}{SOON}\u3002\u597d", TO_THE_DOOR, SOON, None),
        ("\uff03gift", "Gift", "", "\uff03gift"),
        (f"#{HOME_DELIVERY[:8].lower()} 18:00", HOME_DELIVERY, "18:00", None),
    ],
)  # fmt: skip
def test_a_need_is_found_by_the_beginning_of_its_name(
    text: str, name: str, words: str, marked: str | None
) -> None:
    (need,) = read(text).needs
    assert (need.kind.name, need.words) == (name, words)
    assert marked is None or text[need.start : need.end] == marked


def test_what_is_no_mark_is_left_alone_and_an_unknown_need_is_named() -> None:
    for text in (
        "C# and abc#gift",
        "order #12",
        "Great! Call tomorrow",
        "! call",
        "Merci ! demain",
        "wow!!",
        "#",
    ):
        assert read(text) == Found(), text
    (unknown,) = read("Wants #blue ones").unknown
    assert (unknown.word, unknown.start, unknown.end) == ("blue", 6, 11)


@pytest.mark.parametrize(
    ("text", "words", "due"),
    [
        ("!call back by friday 15:00", "call back", "2026-11-27T15:00"),
        ("!call at 15:00", "call", "2026-11-20T15:00"),
        ("!call at 9:00", "call", "2026-11-21T09:00"),
        ("!send it tomorrow at 3pm", "send it", "2026-11-21T15:00"),
        ("!send it tonight", "send it", "2026-11-20T20:00"),
        ("!ring in 3 hours", "ring", "2026-11-20T17:41"),
        ("!in 3 days send the list", "send the list", "2026-11-23T17:30"),
        ("!in two weeks at noon ring", "ring", "2026-12-04T12:00"),
        ("!in 3 months ring", "ring", "2027-02-20T17:30"),
        ("!write by 14 Mar", "write", "2027-03-14T17:30"),
        ("!write by Tue 24 Nov", "write", "2026-11-24T17:30"),
        ("!write before March 3rd, 2028 at 10:15", "write", "2028-03-03T10:15"),
        ("!2026-11-25T16:00 ring", "ring", "2026-11-25T16:00"),
        ("!ring the day after tomorrow", "ring", "2026-11-22T17:30"),
        ("!next thursday ring", "ring", "2026-11-26T17:30"),
        ("!answer next week", "answer", "2026-11-27T17:30"),
        ("!ask about friday's shop by tuesday", "ask about friday's shop", "2026-11-24T17:30"),
        ("!call at 3 p.m. about it. Then", "call about it", "2026-11-20T15:00"),
        ("Will call when it is in !tuesday", "Will call when it is in", "2026-11-24T17:30"),
        ("!tomorrow", "Come back to them", "2026-11-21T17:30"),
    ],
)
def test_a_promise_gets_the_moment_its_words_name(text: str, words: str, due: str) -> None:
    (promise,) = read(text).promises
    assert (promise.words, promise.is_assumed) == (words, False)
    assert promise.due_at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M") == due


def test_without_a_moment_ahead_it_is_the_next_business_day_and_says_so() -> None:
    for text in (
        "!call back",
        "!ring on 2020-01-01",
        "!ring on 31 feb",
        "!in 9999 weeks",
        "!at 25:99",
        "!the cat sat",
    ):
        (promise,) = read(text).promises
        assert promise.is_assumed, text
        assert promise.due_at == datetime(2026, 11, 23, 17, 30, tzinfo=UTC), "Monday: it is Friday"
    (open_late,) = read("!call back", datetime(2026, 11, 19, 10, tzinfo=UTC), LATE).promises
    assert open_late.due_at == datetime(2026, 11, 20, 20, tzinfo=UTC), "by the company's own hours"
    (holiday,) = read("!call back", NOW, LATE).promises
    assert holiday.due_at == datetime(2026, 11, 23, 20, tzinfo=UTC), "Saturday is open, but a holiday"


def test_summer_time_and_the_end_of_today() -> None:
    (late,) = read("!ring today", datetime(2026, 11, 20, 19, tzinfo=UTC)).promises
    assert late.due_at == datetime(2026, 11, 20, 23, 59, tzinfo=UTC), "closed already: its last minute"
    (spring,) = read("!ring by sunday 15:00", datetime(2026, 3, 27, 12, tzinfo=UTC)).promises
    assert spring.due_at == datetime(2026, 3, 29, 14, tzinfo=UTC), "the clocks changed in between"


def test_several_marks_stand_beside_each_other() -> None:
    text = "\U0001f956 #gift !call tomorrow #delivery at a certain time: six"
    found = read(text)
    marked: list[Marked] = [*found.needs, *found.promises]
    assert [text[one.start : one.end] for one in marked] == [
        "#gift", "#delivery at a certain time: six", "!call tomorrow",
    ]  # fmt: skip
    assert len(read("#gift " * 20_000).needs) == 20, "so many are read, and a long text does not take long"


PIECES = st.sampled_from([
    "#", "!", " ", "\n", ". ", "gift", "delivery", "tomorrow", "friday", "by ", "at ", "in ", "3", "99", " days",
    "hours", "14 mar", "2026-02-30", "0000-01-01", "9999-12-31", "24:00", "12pm", "0am", "13pm", "29 feb", "months",
    "next week", "\uff01", "\x00", "\ud800",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    text=st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=12).map("".join),
    now=st.datetimes(datetime(1990, 1, 1), datetime(2400, 1, 1)),  # noqa: DTZ001  (given its zone below)
)
def test_any_text_has_an_answer_that_lies_ahead_and_where_it_says(text: str, now: datetime) -> None:
    now = now.replace(tzinfo=UTC)
    found = read(text, now)
    for promise in found.promises:
        assert promise.due_at > now
        assert promise.words
        assert len(promise.words) <= 500
    marked: list[Marked] = [*found.needs, *found.promises, *found.unknown]
    for one in marked:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start] in "#!\uff03\uff01"
