"""Hours in which a message may arrive, in the recipient's time, and the next moment that suits them all.

From is inside, to is outside. Between two changes of a zone's offset wall time runs evenly, so the next
opening is a matter of arithmetic; only across a change is it looked for minute by minute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

from privacy.policy.dates import MINUTE, easter_sunday, whole_minute_from
from privacy.policy.facts import Hours
from privacy.policy.rows import FULL_DAY, HoursRow

Spans = tuple[tuple[int, int], ...]
ALL_DAY: Spans = ((0, FULL_DAY),)
ONE_DAY = timedelta(days=1)
HORIZON = timedelta(days=400)
"""Hours that suit nobody within this are hours that never come."""


@dataclass(frozen=True, slots=True)
class Window:
    """Either a row of law or the tenant's own hours."""

    row: HoursRow | None = None
    own: Hours | None = None

    def spans_on(self, day: date) -> Spans:
        """Minutes of that local day that are inside."""
        if self.row is not None:
            return _lawful(self.row, day)
        return _own(self.own, day) if self.own is not None else ALL_DAY

    def holds(self, local: datetime) -> bool:
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.spans_on(local.date()))


def _lawful(row: HoursRow, day: date) -> Spans:
    if not row.in_force(day):
        return ALL_DAY
    return () if day.isoweekday() not in row.weekdays or day in _holidays(row, day.year) else row.spans


@cache
def _holidays(row: HoursRow, year: int) -> frozenset[date]:
    fixed = (text.split("-") for text in row.fixed_holidays)
    days = {date(year, int(month), int(day)) for month, day in fixed}
    if row.easter_holidays:
        easter = easter_sunday(year)
        days |= {easter + timedelta(days=shift) for shift in row.easter_holidays}
    return frozenset(days)


def _own(hours: Hours, day: date) -> Spans:
    opens = hours.opens.hour * 60 + hours.opens.minute
    closes = hours.closes.hour * 60 + hours.closes.minute or FULL_DAY
    here = day.isoweekday() in hours.weekdays
    if opens < closes:
        return ((opens, closes),) if here else ()
    if opens == closes:
        return ()
    yesterday = (day - ONE_DAY).isoweekday() in hours.weekdays
    return (*(((0, closes),) if yesterday else ()), *(((opens, FULL_DAY),) if here else ()))


def next_opening(window: Window, zone: tzinfo, moment: datetime) -> datetime | None:
    """The first whole minute at or after `moment` (a whole minute, UTC) inside the window; None within
    some weeks."""
    local = moment.astimezone(zone)
    waiting = _minutes_to_opening(window, local)
    if waiting == 0:
        return moment
    found = moment + waiting * MINUTE if waiting is not None else moment + 40 * ONE_DAY
    if found.astimezone(zone).utcoffset() == local.utcoffset():
        return found if waiting is not None else None
    return _look_for_opening(window, zone, moment)


def _minutes_to_opening(window: Window, local: datetime) -> int | None:
    """As if the zone kept its offset."""
    minute = local.hour * 60 + local.minute
    today = local.date()
    for ahead in range(41):
        for start, end in window.spans_on(today + ahead * ONE_DAY):
            if ahead * FULL_DAY + end > minute:
                return max(ahead * FULL_DAY + start - minute, 0)
    return None


def _look_for_opening(window: Window, zone: tzinfo, moment: datetime) -> datetime | None:
    """Minute by minute, since a night with a change of offset has minutes twice or not at all."""
    until = moment + 41 * ONE_DAY
    while moment < until:
        if window.holds(moment.astimezone(zone)):
            return moment
        moment += MINUTE
    return None


def earliest(moment: datetime, windows: Sequence[Window], zones: Sequence[tzinfo]) -> datetime | None:
    """The first whole minute at or after `moment` inside all windows in all zones; None if there is none."""
    candidate = whole_minute_from(moment)
    limit = candidate + HORIZON
    while candidate <= limit:
        settled = candidate
        for zone in zones:
            for window in windows:
                opening = next_opening(window, zone, settled)
                if opening is None:
                    return None
                settled = opening
        if settled == candidate:
            return candidate
        candidate = settled
    return None
