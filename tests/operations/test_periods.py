"""Periods: the days that are shown, and those they are compared with."""

from datetime import UTC, date, datetime

import pytest

from operations import periods
from operations.refusal import Invalid

TODAY = date(2026, 3, 30)


def said(period):
    now, before = period.now, period.before
    return [str(day) for day in (now.first, now.last, before.first, before.last)]


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("today", ["2026-03-30", "2026-03-30", "2026-03-29", "2026-03-29"]),
        ("7", ["2026-03-24", "2026-03-30", "2026-03-17", "2026-03-23"]),
        ("30", ["2026-03-01", "2026-03-30", "2026-01-30", "2026-02-28"]),
        ("90", ["2025-12-31", "2026-03-30", "2025-10-02", "2025-12-30"]),
        ("month", ["2026-03-01", "2026-03-30", "2026-02-01", "2026-02-28"]),
        ("last-month", ["2026-02-01", "2026-02-28", "2026-01-01", "2026-01-31"]),
    ],
)
def test_a_named_period_has_its_days_and_those_before(key, days):
    assert said(periods.named(key, TODAY)) == days


def test_another_word_names_no_period():
    assert periods.named("decade", TODAY) is None


def test_days_can_be_chosen():
    week = periods.chosen("2026-03-01", "2026-03-07", TODAY)
    day = periods.chosen("2026-03-30", "2026-03-30", TODAY)

    assert said(week) == ["2026-03-01", "2026-03-07", "2026-02-22", "2026-02-28"]
    assert (week.name_before, day.name_before) == ("7 days before", "The day before")
    assert [str(found) for found in week.now][::6] == ["2026-03-01", "2026-03-07"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "2026-03-01", "from"),
        ("2026-03-01", "yesterday", "to"),
        ("2026-03-02", "2026-03-01", "to"),
        ("2026-03-02", "2026-03-31", "to"),
        ("2024-01-01", "2026-03-01", "from"),
        ("0001-01-01", "2026-03-01", "from"),
        ("2026-03-01", "9999-12-31", "to"),
    ],
)
def test_days_that_cannot_be_shown_are_refused_beside_their_field(first, last, field):
    with pytest.raises(Invalid) as refused:
        periods.chosen(first, last, TODAY)

    assert refused.value.field == field


def test_today_is_the_tenants():
    late = datetime(2026, 3, 30, 23, 30, tzinfo=UTC)

    assert periods.today_in("Asia/Tokyo", late) == date(2026, 3, 31)
    assert periods.today_in("America/Chicago", late) == date(2026, 3, 30)
