"""A chart's scale is round, and its labels are few."""

import pytest

from admin_views import charts


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 2), (1, 2), (3, 4), (17, 20), (629, 800), (801, 1000), (13_253, 20_000)],
)
def test_the_axis_ends_at_a_round_even_number(highest, top):
    answer = charts.axis_top(highest)

    assert answer == top


def test_at_most_five_days_are_named_with_the_first_and_the_last():
    days = [str(number) for number in range(1, 31)]

    named = charts.spread(days, 5)

    assert named == ["1", "8", "15", "23", "30"]


def test_a_short_period_names_every_day():
    named = charts.spread(["Mon", "Tue"], 5)

    assert named == ["Mon", "Tue"]


def test_a_chart_adds_up_both_periods_and_scales_to_the_higher():
    points = [charts.Point("1 Nov", 10, 30), charts.Point("2 Nov", 12, 6)]

    chart = charts.Chart("Accepted", "Accepted", "Last 2 days", "2 days before", points)

    assert (chart.total_now, chart.total_before) == (22, 36)
    assert chart.ticks == (30, 15, 0)
    assert chart.days == ["1 Nov", "2 Nov"]


def test_a_chart_of_nothing_still_has_a_scale():
    chart = charts.Chart("Accepted", "Accepted", "Today", "Yesterday", [])

    assert chart.ticks == (2, 1, 0)
