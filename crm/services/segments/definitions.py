"""Defining segments. Each change of the condition or mode is a version that stays; who is in it follows in a job."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from crm.models import Segment, SegmentVersion
from crm.segment_fact import KEY
from crm.selectors.segments import circle_through, segments, uses_of
from crm.services.segments.keeping import Cause, hold_turn
from crm.services.segments.passes import start_fill
from rules.language.parse import parse
from rules.selectors.graph import cycle_words, find_cycle, node_words, reads_in
from rules.services.authors import author_of
from rules.services.turns import hold_circles
from tenancy.access import Access

Mode = Segment.Mode
MOST_LIVE: Final = 200
MOST: Final = 1_000
LARGEST: Final = 100_000
"""Characters of a condition as JSON."""


class SegmentRefused(ValueError):
    """The segment cannot be kept so; the message says why. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class SegmentChanged(SegmentRefused):
    """Somebody was faster."""


@dataclass(frozen=True)
class Definition:
    """What somebody says a segment is."""

    name: str
    condition: Any
    mode: str = Mode.LIVE
    description: str = ""


def create_segment(*, access: Access, definition: Definition, comment: str = "") -> Segment:
    """Keep a condition under a name. Its members follow in a job.

    Raises SegmentRefused, and RuleInvalid for a condition that cannot be read or asks for what they may not see.
    """
    with transaction.atomic():
        hold_turn()
        segment = Segment(created_by=access.member, defined_at=timezone.now(), **_checked(access, definition))
        if segments().count() >= MOST:
            raise SegmentRefused(f"There are {MOST:,} segments already; take some away first.", field="name")
        _require_room(segment)
        _save(segment)
        _keep_version(segment, access, comment)
        start_fill(segment, cause=Cause.DEFINITION, created_by=access.member)
    return segment


def change_segment(
    *, access: Access, segment: Segment, seen: int, definition: Definition, comment: str = ""
) -> Segment:
    """Change what a segment is. `seen` is the version the writer read; another one meanwhile is not overwritten.

    Another condition or mode is a new version whose members follow in a job; a live segment that is frozen keeps those
    it has. Raises SegmentRefused, SegmentChanged and RuleInvalid.
    """
    with transaction.atomic():
        hold_turn()
        now = segments().select_for_update().filter(id=segment.id).first()
        if now is None:
            raise SegmentRefused("This segment was taken away meanwhile.")
        if now.version != seen:
            raise SegmentChanged("Somebody defined this segment anew meanwhile; look at their version first.")
        before = (now.condition, now.mode)
        for field, value in _checked(access, definition, segment=now).items():
            setattr(now, field, value)
        _require_room(now)
        if before != (now.condition, now.mode):
            _define_anew(now, access, comment, freezes=before == (now.condition, Mode.LIVE))
        _save(now)
    return now


def _define_anew(segment: Segment, access: Access, comment: str, *, freezes: bool) -> None:
    segment.version += 1
    segment.defined_at = timezone.now()
    if freezes and segment.filled_at:
        segment.filled_at = segment.defined_at
    else:
        segment.filled_at = None
        start_fill(segment, cause=Cause.DEFINITION, created_by=access.member)
    _keep_version(segment, access, comment)


def refresh_segment(*, access: Access, segment: Segment) -> None:
    """Take a frozen segment's members of today. Raises SegmentRefused."""
    if segment.mode != Mode.FROZEN:
        raise SegmentRefused("A live segment is always up to date.")
    start_fill(segment, cause=Cause.REFRESH, created_by=access.member)


def archive_segment(*, segment: Segment) -> None:
    """Take a segment away; its history stays. Raises SegmentRefused while something reads it."""
    with transaction.atomic():
        hold_turn()
        uses = uses_of(segment)
        if uses:
            where = ", ".join(use.words for use in uses[:5])
            raise SegmentRefused(f"It is used by {where}: take it out there first.")
        segments().filter(id=segment.id).update(archived_at=timezone.now())


def _checked(access: Access, given: Definition, *, segment: Segment | None = None) -> dict[str, Any]:
    """The fields of a definition that can be kept."""
    name = " ".join(given.name.split())
    if not name or len(name) > 120 or "\0" in name + given.description:
        raise SegmentRefused("A segment needs a name of at most 120 printable characters.", field="name")
    if given.mode not in Mode.values:
        raise SegmentRefused("A segment is live or frozen.", field="mode")
    _require_small(given.condition)
    if segment is None or segment.condition != given.condition:
        parse(given.condition, currency=access.profile.currency, access=access)
        _require_no_circle(given.condition, segment)
    return {
        "name": name,
        "condition": given.condition,
        "mode": given.mode,
        "description": given.description[:400],
    }


def _require_small(condition: Any) -> None:
    try:
        text = json.dumps(condition, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise SegmentRefused("The condition cannot be read as JSON.", field="condition") from None
    if len(text) > LARGEST:
        raise SegmentRefused("The condition is too large; save parts of it as segments.", field="condition")


def _require_no_circle(condition: Any, segment: Segment | None) -> None:
    """No segment that it reads reads this one in turn."""
    hold_circles()
    circle = circle_through(segment.id, condition) if segment else []
    if circle:
        names = " reads ".join(row.name for row in circle)
        raise SegmentRefused(f"That goes in a circle: this segment would read {names}.", field="condition")
    through = find_cycle({f"{KEY}:{segment.id}": reads_in(condition)}) if segment else None
    if through:
        what = f"{cycle_words(through)} Take the condition on the {node_words(through[1])} away."
        raise SegmentRefused(what, field="condition")


def _require_room(segment: Segment) -> None:
    live = segments().filter(mode=Mode.LIVE).exclude(id=segment.id).count()
    if segment.mode == Mode.LIVE and live >= MOST_LIVE:
        raise SegmentRefused(f"{MOST_LIVE} segments are live already; freeze one first.", field="mode")


def _save(segment: Segment) -> None:
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError as error:
        message = f"There is already a segment called {segment.name}."
        raise SegmentRefused(message, field="name") from error


def _keep_version(segment: Segment, access: Access, comment: str) -> None:
    SegmentVersion.objects.create(
        segment=segment, number=segment.version, mode=segment.mode, condition=segment.condition,
        comment=comment.strip()[:200], author=access.member, author_name=author_of(access)[1][:200],
    )  # fmt: skip
