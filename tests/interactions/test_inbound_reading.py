"""Reading mail, without a database: shapes of real servers, and bytes that nobody meant as a mail."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.mails.reading import MOST_TEXT, read_mail
from interactions.mails.reports import Bounce, Complaint, without_addresses
from interactions.mails.senders import sender_check
from interactions.mails.stop_words import stop_word_in
from interactions.mails.texts import own_words
from tests.interactions.incoming import MAILS, NOBODYS, mail_named, plain


def test_a_letter_of_a_web_mailer() -> None:
    read = read_mail(mail_named("letter_gmail"))
    assert (read.from_address, read.from_name) == ("Ada@Veld.example", "Ada Lovelace – Veld")
    assert (read.subject, read.mail_id) == ("Re: Ripe pears 🍐", "CAJ4x=8Zq1b2n+T9@mail.example")
    assert read.own == "Could I have two boxes on Saturday? My oven won’t fit more.\n\nAda"
    assert read.text.endswith("> the pears are ripe.")
    assert read.answers == (NOBODYS,)
    assert (read.report, read.stop, read.is_automatic) == (None, "", False)


def test_a_letter_of_html_alone_with_a_file_that_lies_about_itself() -> None:
    read = read_mail(mail_named("letter_exchange"))
    assert read.own == "Guten Tag,\n\nhaben Sie Quitten?\nViele Grüße\n\nAda"
    assert "alert" not in read.text
    assert "color" not in read.text
    assert read.text.endswith("[Attached, and not kept: photo.jpg.exe (48 bytes).]")
    assert (read.subject, read.from_name) == ("Grüße und eine Frage", "Lovelace, Ada")


@pytest.mark.parametrize(
    ("name", "action", "status", "hard", "ends_address"),
    [
        ("bounce_postfix", "failed", "5.1.1", True, True),
        ("bounce_exchange", "failed", "5.1.10", True, True),
        ("bounce_gmail", "failed", "5.7.1", True, False),
        ("bounce_qmail", "failed", "5.1.1", True, True),
        ("delayed_postfix", "delayed", "4.4.1", False, False),
    ],
)
def test_reports_of_servers(name: str, action: str, status: str, hard: bool, ends_address: bool) -> None:
    report = read_mail(mail_named(name)).report
    assert isinstance(report, Bounce)
    assert (report.action, report.status, report.is_hard) == (action, status, hard)
    assert report.is_about_address is ends_address
    assert NOBODYS in report.mail_ids
    assert "ada@" not in report.detail


def test_a_complaint_and_what_is_none() -> None:
    report = read_mail(mail_named("complaint")).report
    assert isinstance(report, Complaint)
    assert (report.kind, report.reporter, report.mail_ids) == ("abuse", "SomeGenerator/1.0", (NOBODYS,))
    assert (
        read_mail(mail_named("complaint", **{"Feedback-Type: abuse": "Feedback-Type: not-spam"})).report
        is None
    )
    # Somebody who tells of a failure is not a server that reports one.
    told = plain("My mail came back:\n550 5.1.1 unknown\nMessage-ID: <a@b>", sender="ada@veld.example")
    assert read_mail(told).report is None


@pytest.mark.parametrize("words", [
    "STOP", "Stop.", "stop please", "Please unsubscribe me from this list, thanks", "UNSUBSCRIBE", "Abmelden!",
    "Bitte abmelden", "Désinscrire", "desinscrire svp", "Me désabonner", "Baja", "Darme de baja por favor",
    "Cancelar inscrição", "cancelar", "Sair", "Hi,\nstop sending me these", "\n\n*Stop*", "no más correos, gracias",
    "Hello Alpha team,\n\nPlease stop the newsletter", "S T O P".replace(" ", ""), "ＳＴＯＰ",
])  # fmt: skip
def test_words_that_stop(words: str) -> None:
    assert stop_word_in(words)


@pytest.mark.parametrize("words", [
    "", "Stop by tomorrow, I have pears", "Cancel my order 4711", "How do I unsubscribe?", "Don't stop",
    "Baja California is lovely", "Please remove the pears from my order", "End of May is fine", "Ende Mai passt",
    "Thank you.\nStop", "Cancelar el pedido", "Fin de semana?",
])  # fmt: skip
def test_words_that_only_look_like_it(words: str) -> None:
    assert stop_word_in(words) == ""


def test_stop_in_a_subject_of_a_mail_written_anew() -> None:
    assert read_mail(plain("", subject="Stop")).stop == "Stop"
    assert read_mail(plain("Ada\n07700", subject="Unsubscribe")).stop == "Unsubscribe"
    assert read_mail(plain("my order 4711", subject="Cancel please")).stop == ""
    # What stood in the subject of ours is not theirs.
    assert read_mail(plain("Lovely.", subject="Re: Unsubscribe from winter")).stop == ""
    assert read_mail(plain("> stop\n> unsubscribe\n\nNo, I like it")).stop == ""


@pytest.mark.parametrize(("headers", "said"), [
    (["mx.alpha.example; dmarc=pass header.from=veld.example"], "pass"),
    (["mx.alpha.example 1; dmarc=fail (p=none) header.from=veld.example; spf=pass smtp.mailfrom=veld.example"], "fail"),
    (["mx.alpha.example; dkim=pass header.d=veld.example"], "pass"),
    (["mx.alpha.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example"], "none"),
    (["mx.alpha.example; spf=fail smtp.mailfrom=ada@veld.example"], "fail"),
    (["mx.alpha.example; spf=pass smtp.mailfrom=\"x; dmarc=pass\"@evil.example"], "none"),
    (["mx.alpha.example; none (dmarc=pass; dkim=pass header.d=veld.example)"], "none"),
    (["mx.evil.example; dmarc=pass header.from=veld.example"], "none"),
    (["mx.alpha.example; dmarc=fail", "mx.alpha.example; dmarc=pass"], "fail"),
    ([], "none"),
])  # fmt: skip
def test_who_is_believed_about_a_sender(headers: list[str], said: str) -> None:
    assert sender_check(headers, checked_by="mx.alpha.example", from_address="ada@veld.example") == said
    assert sender_check(headers, checked_by="", from_address="ada@veld.example") == "none"


def test_automatic_mail() -> None:
    assert read_mail(mail_named("out_of_office_exchange")).is_automatic
    for name, value in [
        ("Precedence", "bulk"),
        ("List-Id", "<a.b>"),
        ("Return-Path", "<>"),
        ("X_Autoreply", "yes"),
    ]:
        assert read_mail(plain("Hello", **{name: value})).is_automatic, name
    assert not read_mail(plain("Hello", Auto_Submitted="no")).is_automatic


def test_what_is_above_an_answer_is_the_answer() -> None:
    above = "On Thu, 19 Nov 2026 at 08:00, a very long name of somebody at Alpha\n<noreply@a.example> wrote:"
    said = f"Yes please.\n\n{above}\n> Yes?"
    assert own_words(said) == "Yes please."
    assert own_words("Ja.\n-- \nAda Lovelace\nVeld") == "Ja."
    assert own_words("Oui.\n\n-----Message d'origine-----\nDe : Alpha") == "Oui."
    assert own_words("> only quoted") == "> only quoted"


HOSTILE = {
    "nothing": b"",
    "no headers": b"\n\nHello",
    "binary": bytes(range(256)) * 200,
    "unknown charset": b"From: a@b.example\nContent-Type: text/plain; charset=klingon-8\n\nnuq\xffneH",
    "broken base64": b"From: a@b.example\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!=a==b=",
    "broken words": b"From: =?utf-8?b?////?= <a@b.example>\nSubject: =?x-none?q?=80=ff?= =?utf-8?q?=\n\n.",
    "boundary missing": b"Content-Type: multipart/mixed\n\n--x\n\nHello\n--x--",
    "boundary never ends": b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nHello",
    "nested": b"".join(b"Content-Type: multipart/mixed; b%s=b%d\n\n--b%d\n" % (b"oundary", n, n) for n in range(5000)),
    "nested a little": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(95)),
    "mails within mails": b"Content-Type: message/rfc822\n\n" * 3000 + b"Subject: deep\n\nx",
    "long header": b"Subject: " + b"a" * 3_000_000 + b"\n\nHello",
    "many headers": b"".join(b"X-%d: a\n" % n for n in range(50_000)) + b"\nHello",
    "address of commas": b"From: " + b"," * 100_000 + b"\n\nHello",
    "address of comments": b"From: " + b"(" * 50_000 + b"a@b.example\n\nHello",
    "reference storm": b"References: " + b"<a@b> " * 200_000 + b"\n\nHello",
    "html storm": b"Content-Type: text/html\n\n" + b"<b><i><table>" * 200_000,
    "html of tags": b"Content-Type: text/html\n\n" + b"<div>" * 300_000 + b"Hello",
    "only newlines": b"From: a@b.example\n\n" + b"\n" * 5_000_000,
    "NUL": b"From: a\0@b.example\nSubject: a\0b\n\nHel\0lo \xed\xa0\x80",
    "report of nothing": b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n"
    b"Content-Type: message/delivery-status\n\nAction\n\n\nStatus: five\nAction: failed\n\n--x--",
    "report in base64": b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\nQWN0aW9uOiBmYWls",
    "parameters": b"Content-Type: text/plain; charset*0*=utf-8''%FF; charset*999999999=a; a*b*c=1\n\nHello",
    "disposition": b"Content-Disposition: =?a?b?c?=; filename*=x'y'%zz\n\nHello",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_time(name: str) -> None:
    began = time.monotonic()
    read = read_mail(HOSTILE[name])
    assert time.monotonic() - began < 8
    assert len(read.text) <= MOST_TEXT + 2_500
    for text in (read.text, read.subject, read.from_address, read.from_name, read.mail_id):
        assert "\0" not in text
        text.encode()


def test_a_mail_of_25_mib_with_a_file() -> None:
    head = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nSee the film.\n--x\n"
    file = b"Content-Type: video/mp4\nContent-Transfer-Encoding: base64\n"
    file += b'Content-Disposition: attachment; filename="a/b.mp4"\n\n'
    raw = head + file + (b"QUJD" * 18 + b"\n") * 330_000 + b"--x--"
    began = time.monotonic()
    read = read_mail(raw)
    assert time.monotonic() - began < 15
    assert read.text == "See the film.\n\n[Attached, and not kept: a_b.mp4 (17,820 kB).]"


_PIECES = st.sampled_from(
    [line for path in sorted(MAILS.glob("*.eml")) for line in path.read_bytes().splitlines(keepends=True)]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.one_of(_PIECES, st.binary(max_size=20)), max_size=60).map(b"".join),
    )
)
def test_any_bytes_are_read(raw: bytes) -> None:
    read = read_mail(raw)
    for text in (
        read.text,
        read.own,
        read.stop,
        read.subject,
        read.from_address,
        read.from_name,
        *read.answers,
    ):
        assert "\0" not in text
        text.encode()
    if isinstance(read.report, Bounce):
        assert len(read.report.status.split(".")) == 3
        read.report.is_about_address  # noqa: B018


def test_a_diagnosis_is_kept_without_whom_it_names() -> None:
    said = "550 5.1.1 <ada@shop.example>: +44 7700 900123, 07700900123 is not in service since 2026"
    assert without_addresses(said) == "550 5.1.1 …: …, … is not in service since 2026"
