"""Template tags that draw small SVG pictures on the server: icons, tracks, bars, sparklines, rhythm.

Colours come from static/css/figures.css by class, so that one drawing serves light and dark. Sizes are SVG
attributes, never style attributes, which the Content-Security-Policy refuses.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from desk.templatetags.figures import _day, percent, write_date

register = template.Library()

FINE, LOW = 0.55, 0.25


def _f(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rect(x: float, y: float, width: float, height: float, name: str, radius: float = 0) -> SafeString:
    # Numbers and our own class names only: format_html would take most of a list's time.
    return SafeString(
        f'<rect x="{_f(x)}" y="{_f(y)}" width="{_f(max(width, 0))}" height="{_f(height)}" rx="{_f(radius)}" '
        f'class="{name}"/>'
    )


def _svg(width: float, height: float, body: SafeString, label: str = "", extra: str = "") -> SafeString:
    """Wrap shapes; with a label it is a picture for screen readers, without one it is decoration."""
    role = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    w, h = _f(width), _f(height)
    return SafeString(
        f'<svg class="cs-svg{f" {extra}" if extra else ""}" width="{w}" height="{h}" viewBox="0 0 {w} {h}" '
        f'focusable="false" {role}>{body}</svg>'
    )


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> SafeString:
    """An icon of the vendored sprite; the words beside it say the same, so it is hidden from readers."""
    return format_html(
        '<svg class="cs-icon{}" width="{}" height="{}" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"/></svg>',
        "" if size == 16 else f" cs-icon-{size}", size, size, static("vendor/icons/sprite.svg"), name,
    )  # fmt: skip


def track_positions(low: float, value: float, high: float, width: float) -> tuple[float, float, float]:
    """Return band start, band end and tick in px from zero (or the loss) to a quarter above `high`."""
    start = min(0.0, low, value) * 1.25
    end = max(high, value, 0.0) * 1.25
    if end <= start:
        return 0.0, width, width / 2
    scale = width / (end - start)
    return (low - start) * scale, (high - start) * scale, (value - start) * scale


@register.simple_tag
def track(low: float | None, value: float | None, high: float | None, width: int = 96) -> SafeString:
    """The interval as a band and the value as a tick, on an axis that starts at zero; 8 px high."""
    if low is None or value is None or high is None:
        return SafeString("")
    left, right, tick = track_positions(float(low), float(value), float(high), width)
    at = min(max(tick - 1, 0), width - 2)
    body = (
        _rect(0, 3, width, 8, "track", 2)
        + _rect(left, 3, max(right - left, 2), 8, "band", 2)
        + _rect(at, 0, 2, 14, "tick")
    )
    return _svg(width, 14, body)


def tone(share: float) -> str:
    """Class of a chance-alive bar: grey from 55 %, amber below, rust below 25 %."""
    return "bar" if share >= FINE else "bar-warn" if share >= LOW else "bar-bad"


@register.simple_tag
def meter(
    share: float | None, width: int = 52, height: int = 5, kind: str = "bar-data", target: float | None = None
) -> SafeString:
    """A share (0 to 1) as a bar in its track, with a tick at the target if there is one."""
    if share is None:
        return SafeString("")
    part = min(max(float(share), 0.0), 1.0) * width
    top = 3 if target is not None else 0
    body = _rect(0, top, width, height, "track", 2) + _rect(0, top, part, height, kind, 2)
    if target is not None:
        body += _rect(min(max(float(target), 0.0), 1.0) * width - 1, 0, 2, height + 6, "target")
    return _svg(width, height + 2 * top, body)


@register.simple_tag
def alive(share: float | None, words: str = "no score") -> SafeString:
    """The chance of being alive: "46 %" and its bar; without a share the words that say why."""
    if share is None:
        return format_html('<span class="cs-none">{}</span>', words)
    bar = meter(share, kind=tone(float(share)))
    return format_html('<span class="cs-alive"><span>{}</span>{}</span>', percent(share), bar)


@register.simple_tag
def chance_bar(share: float | None) -> SafeString:
    """The wider bar of a header, in the colour of the chance of being alive; the figure stands beside it."""
    return meter(share, width=60, height=6, kind=tone(float(share))) if share is not None else SafeString("")


@register.simple_tag
def month_bars(values: Sequence[float] | None, label: str = "Orders by month") -> SafeString:
    """Twelve bars of 62 by 18, oldest first; a month without orders is a stub, so that silence is seen."""
    if not values:
        return SafeString("")
    top, step = max(*values, 1), 62 / len(values)
    bars = (
        _rect(at * step, 18 - (height := max(2.5, 18 * value / top)), step - 1.4, height, "bar", 0.8)
        if value > 0 else _rect(at * step, 16.5, step - 1.4, 1.5, "stub")
        for at, value in enumerate(values)
    )  # fmt: skip
    written = ", ".join(f"{value:,.0f}" for value in values)
    return _svg(62, 18, SafeString("".join(bars)), f"{label}, oldest first: {written}")


def line_points(
    values: Sequence[float], width: float, height: float, pad: float = 3
) -> list[tuple[float, float]]:
    """Place values evenly on width by height px, the largest on top, with room for the last dot."""
    low, high = min(values), max(values)
    if low == high:  # a flat line lies on the ground where nothing happened
        low, high = (0, 1) if low == 0 else (low - 1, high + 1)
    spread = high - low
    step = (width - 2 * pad) / max(len(values) - 1, 1)
    return [
        (pad + at * step, pad + (height - 2 * pad) * (high - value) / spread)
        for at, value in enumerate(values)
    ]


@register.simple_tag
def sparkline(
    values: Sequence[float] | None, width: int = 82, height: int = 22, accent: bool = False, label: str = ""
) -> SafeString:
    """A line with a last dot. Accent only for a portfolio. Needs two values."""
    if not values or len(values) < 2:
        return SafeString("")
    points = line_points(values, width, height)
    line = " ".join(f"{_f(x)},{_f(y)}" for x, y in points)
    (first, _), (last, y) = points[0], points[-1]
    body = format_html(
        '<polygon class="area" points="{} {},{} {},{}"/><polyline class="line" points="{}"/>'
        '<circle class="last" cx="{}" cy="{}" r="2"/>',
        line, _f(last), height, _f(first), height, line, _f(last), _f(y),
    )  # fmt: skip
    return _svg(width, height, body, label, "cs-svg-accent" if accent else "")


def rhythm_positions(days: Sequence[date], today: date, width: float) -> list[float]:
    """Place order days on a line of width px in true time; the right end is today."""
    first = min(days)
    span = max((today - first).days, 1)
    return [(day - first).days / span * width for day in days]


@register.simple_tag
def rhythm(orders: Sequence[date] | None, today: date, overdue: bool = True, width: int = 364) -> SafeString:
    """Dots for orders in true time, dashed from the last one to today: why "overdue", in one glance."""
    if not orders:
        return SafeString("")
    days = sorted(_day(order) for order in orders)
    places = [6 + x for x in rhythm_positions(days, today, width - 12)]
    end, last = width - 6, places[-1]
    dots = format_html_join("", '<circle class="dot" cx="{}" cy="8" r="3.5"/>', ((_f(x),) for x in places))
    body = format_html(
        '<line class="axis" x1="6" x2="{}" y1="8" y2="8"/><line class="{}" x1="{}" x2="{}" y1="8" y2="8"/>{}'
        '<circle class="{}" cx="{}" cy="8" r="3.5"/>{}',
        _f(last), "silent" if overdue else "calm", _f(last), end, dots, "now" if overdue else "now-calm", end,
        _rhythm_words(days, last, today, width),
    )  # fmt: skip
    return _svg(width, 30, body, _rhythm_label(days, today))


def _rhythm_words(days: list[date], last: float, today: date, width: int) -> SafeString:
    words = [(2.0, "start", write_date(days[0], today=today)), (width - 2.0, "end", "today")]
    # The last order's day is written only where it does not run into its neighbours.
    if 100 < last < width - 64:
        words.append((last, "middle", write_date(days[-1], today=today)))
    return format_html_join(
        "", '<text x="{}" y="27" text-anchor="{}">{}</text>', ((_f(x), a, w) for x, a, w in words)
    )


def _rhythm_label(days: list[date], today: date) -> str:
    since = (today - days[-1]).days
    return f"{len(days)} orders since {write_date(days[0], today=today)}, the last {since} days ago"


ENTRY_ICONS = {
    "order": "shopping-bag",
    "return": "receipt-refund",
    "payment": "cash",
    "transfer": "arrows-exchange",
    "change": "pencil",
    "created": "user-plus",
    "status": "user-check",
    "import": "file-import",
    "cost": "coins",
    "trash": "trash",
    "restore": "arrow-back-up",
    "value": "chart-dots",
    "consent": "shield-check",
    "protection": "shield",
    "message": "mail",
    "contact": "message",
    "promise": "calendar-event",
    "need": "ear",
}


@register.filter
def entry_icon(kind: str) -> str:
    """The icon of a timeline entry's kind; a note for a kind that has none of its own."""
    return ENTRY_ICONS.get(kind, "note")


@register.filter
def entry_tone(kind: str) -> str:
    """Only a return to us and a loss are coloured; everything normal is grey."""
    return {"return": "bad", "trash": "bad", "restore": "good"}.get(kind, "")
