"""What data is used for, what people are told, and who tells them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from privacy.models import Notice, PrivacyProfile, Purpose
from privacy.models.consent import EVERY_CHANNEL


def sender() -> PrivacyProfile:
    """What the company states about itself. Raises PrivacyProfile.DoesNotExist before `manage.py migrate` ran."""
    return PrivacyProfile.objects.get()


def purposes(*, archived: bool = False) -> list[Purpose]:
    """In the order in which people see them; with the archived ones last, if asked for."""
    rows = Purpose.objects.order_by("position", "key")
    if not archived:
        return list(rows.filter(archived_at=None))
    return sorted(rows, key=lambda one: one.archived_at is not None)


ASKED_ABOUT: Final = (Purpose.Class.MARKETING, Purpose.Class.SHARING, Purpose.Class.PROFILING)
"""Classes of purpose about which people are asked; the others need no consent."""


def purposes_asked_about() -> list[Purpose]:
    """Those of which people are asked what they want, in their order."""
    return [one for one in purposes() if one.purpose_class in ASKED_ABOUT]


def channels_of(purpose: Purpose) -> list[str]:
    """On which channels people choose about it: profiling has none, so it is asked about once."""
    if purpose.purpose_class == Purpose.Class.PROFILING:
        return [EVERY_CHANNEL]
    return list(purpose.channels)


def find_purpose(key: str) -> Purpose | None:
    """Also an archived one: it may stand in the ledger."""
    return Purpose.objects.filter(key=key).first()


def notices_of(purpose: Purpose) -> list[Notice]:
    """Every version, newest first, languages by name."""
    return list(
        Notice.objects.filter(purpose=purpose).select_related("published_by").order_by("-version", "language")
    )


def current_notices(languages: Sequence[str] = ()) -> dict[str, Notice]:
    """By key of the purpose: the newest notice in the first of `languages` that it has.

    Then in the company's own languages, then in any; "pt-BR" is served by "pt" too. An older version in the right
    language is not taken: people are told what holds now.
    """
    wanted = [*languages, *sender().languages]
    newest: dict[UUID, list[Notice]] = defaultdict(list)
    for notice in (
        Notice.objects.filter(purpose__archived_at=None).select_related("purpose").order_by("-version")
    ):
        if not newest[notice.purpose_id] or newest[notice.purpose_id][0].version == notice.version:
            newest[notice.purpose_id].append(notice)
    return {texts[0].purpose.key: _fitting(texts, wanted) for texts in newest.values()}


def current_notice(purpose: Purpose, languages: Sequence[str] = ()) -> Notice | None:
    """What holds now for one purpose; None: nothing was ever published."""
    return current_notices(languages).get(purpose.key)


def _fitting(texts: Sequence[Notice], wanted: Sequence[str]) -> Notice:
    by_language = {notice.language: notice for notice in sorted(texts, key=lambda one: one.language)}
    for language in wanted:
        for code in (language, language.partition("-")[0]):
            if code in by_language:
                return by_language[code]
    return next(iter(by_language.values()))


def purpose_here(purpose_id: UUID) -> Purpose | None:
    return Purpose.objects.filter(id=purpose_id).first()


def languages_told() -> dict[UUID, list[str]]:
    """Id of a purpose -> the languages of its newest notice."""
    newest: dict[UUID, list[str]] = {}
    versions: dict[UUID, int] = {}
    rows = Notice.objects.order_by("-version", "language").values_list("purpose_id", "version", "language")
    for purpose_id, version, language in rows:
        if versions.setdefault(purpose_id, version) == version:
            newest.setdefault(purpose_id, []).append(language)
    return newest


def contact_purposes() -> list[Purpose]:
    """For which people may be contacted by a list that leaves the house: marketing, in the order people see them."""
    return [one for one in purposes() if one.purpose_class == Purpose.Class.MARKETING]
