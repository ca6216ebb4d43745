"""What people are told. A text is never changed: a new version stands beside the old ones, which people agreed to."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils import timezone

from privacy.models import Notice, Purpose
from tenancy.models import Member

LONGEST: Final = 4_000
"""Characters of a notice. What is longer is not read before somebody says yes."""
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


class NoticeRefused(ValueError):
    """The notice cannot be published so; the message says why. `field`: the language it is about, if one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def digest_of(text: str) -> str:
    """SHA-256 of a text, hexadecimal: what the ledger keeps of the exact words."""
    return hashlib.sha256(text.encode()).hexdigest()


def publish_notice(*, purpose: Purpose, texts: Mapping[str, str], by: Member | None) -> list[Notice]:
    """Publish the next version: a text by language (BCP 47). Raises NoticeRefused.

    The whole version is given, the unchanged languages too; a language left out has no text in it. Consents given to
    older versions stay what they are.
    """
    given = {language.strip(): text.strip() for language, text in texts.items() if text.strip()}
    _require_sense(given)
    with transaction.atomic():
        held = Purpose.objects.select_for_update().get(id=purpose.id)
        newest = _newest(held)
        if newest and {one.language: one.text for one in newest} == given:
            raise NoticeRefused("Nothing has changed: this is the text that people are told now.")
        version = newest[0].version + 1 if newest else 1
        now = timezone.now()
        return Notice.objects.bulk_create(
            Notice(
                purpose=held, version=version, language=language, text=text, digest=digest_of(text),
                published_at=now, published_by=by,
            )
            for language, text in given.items()
        )  # fmt: skip


def _newest(purpose: Purpose) -> list[Notice]:
    rows = list(Notice.objects.filter(purpose=purpose).order_by("-version", "language"))
    return [row for row in rows if row.version == rows[0].version]


def _require_sense(given: Mapping[str, str]) -> None:
    if not given:
        raise NoticeRefused("A notice needs a text in at least one language.")
    for language, text in given.items():
        if not _LANGUAGE.fullmatch(language):
            raise NoticeRefused(
                f"“{language}” is no language we know the form of; use en, de or pt-BR.", field=language
            )
        if len(text) > LONGEST:
            raise NoticeRefused(
                f"The text has {len(text)} characters; at most {LONGEST} are read before somebody says yes.",
                field=language,
            )
        if "\x00" in text:
            raise NoticeRefused(
                "The text has a character that cannot be kept: paste it as plain text.", field=language
            )
