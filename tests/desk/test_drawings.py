"""Small pictures drawn by the server: where things stand, and nothing that the policy refuses."""

import re
from datetime import date, timedelta

import pytest

from desk.templatetags import drawings

TODAY = date(2026, 11, 19)


def test_the_track_starts_at_zero_and_ends_a_quarter_above_the_range():
    left, right, tick = drawings.track_positions(480, 612, 760, 96)
    assert left == pytest.approx(96 * 480 / 950)
    assert right == pytest.approx(96 * 760 / 950)
    assert left < tick < right


def test_the_track_of_a_loss_has_room_below_zero():
    left, right, tick = drawings.track_positions(-39, -18, 4, 96)
    assert 0 < left < tick < right < 96


def test_the_track_of_nothing_does_not_divide_by_zero():
    assert drawings.track_positions(0, 0, 0, 96) == (0.0, 96, 48.0)
    assert drawings.track(None, 1, 2) == ""


@pytest.mark.parametrize(
    ("share", "colour"),
    [(0.97, "bar"), (0.55, "bar"), (0.549, "bar-warn"), (0.25, "bar-warn"), (0.2, "bar-bad")],
)
def test_only_a_low_chance_is_coloured(share, colour):
    assert f'class="{colour}"' in drawings.alive(share)


def test_without_a_share_the_words_stand_alone():
    assert drawings.alive(None, "1 order so far") == '<span class="cs-none">1 order so far</span>'


def test_a_month_without_orders_is_seen_as_a_stub():
    drawn = drawings.month_bars([3, 0, 1] + [0] * 9)
    assert drawn.count('class="stub"') == 10
    assert drawn.count('class="bar"') == 2
    assert "3, 0, 1, 0" in drawn
    assert drawings.month_bars([]) == ""


def test_a_month_of_returns_is_a_stub_and_not_a_negative_height():
    assert drawings.month_bars([-5, 2]).count('class="stub"') == 1


def test_a_line_puts_its_largest_value_on_top_and_survives_a_flat_one():
    points = drawings.line_points([1, 3, 2], 82, 22)
    assert min(points, key=lambda point: point[1]) == points[1]
    assert len({y for _, y in drawings.line_points([5, 5], 82, 22)}) == 1
    assert drawings.sparkline([1]) == ""


def test_the_rhythm_is_in_true_time():
    days = [TODAY - timedelta(days=days) for days in (100, 50, 25)]
    assert drawings.rhythm_positions(days, TODAY, 352) == [0.0, 176.0, 264.0]
    drawn = drawings.rhythm(days, TODAY)
    assert drawn.count('class="dot"') == 3
    assert "3 orders since 11 Aug, the last 25 days ago" in drawn
    assert 'class="silent"' in drawn
    assert 'class="calm"' in drawings.rhythm(days, TODAY, overdue=False)


def test_an_order_of_today_alone_has_a_rhythm_of_no_length():
    assert drawings.rhythm_positions([TODAY], TODAY, 352) == [0.0]


def test_no_picture_carries_a_style_or_script():
    drawn = [
        drawings.track(480, 612, 760),
        drawings.alive(0.4),
        drawings.meter(0.5, target=0.9),
        drawings.month_bars([1, 2]),
        drawings.sparkline([1, 2], label='"><script>'),
        drawings.rhythm([TODAY], TODAY),
    ]
    assert not [svg for svg in drawn if re.search(r"style=|<script|onload", svg)]
