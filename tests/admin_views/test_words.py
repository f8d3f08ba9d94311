"""Times, counts and states read as a person would say them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from admin_views import words

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 20, 14, 32, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("before_now", "said"),
    [
        (timedelta(seconds=4), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=17), "17 h ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=2), "18 Nov"),
        (timedelta(days=373), "12 Nov 2025"),
    ],
)
def test_a_moment_that_has_passed_is_said_in_words(before_now, said):
    when = NOW - before_now

    answer = words.relative(when, NOW, CHICAGO)

    assert answer == said


@pytest.mark.parametrize(
    ("after_now", "said"),
    [
        (timedelta(seconds=30), "now"),
        (timedelta(seconds=59.5), "now"),
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(hours=3), "in 3 h"),
        (timedelta(hours=11), "in 11 h"),
        (timedelta(hours=20), "tomorrow"),
        (timedelta(days=6), "in 6 days"),
        (timedelta(days=30), "in 30 days"),
        (timedelta(days=40), "30 Dec"),
        (timedelta(days=60), "19 Jan 2027"),
    ],
)
def test_a_moment_to_come_is_said_in_words(after_now, said):
    when = NOW + after_now

    answer = words.relative(when, NOW, CHICAGO)

    assert answer == said


def test_days_are_those_of_the_readers_zone():
    when = datetime(2026, 11, 19, 5, 30, tzinfo=UTC)

    answer = words.relative(when, NOW, CHICAGO)

    assert answer == "18 Nov"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/Chicago", "20 Nov 2026, 14:32 CST"),
        ("UTC", "20 Nov 2026, 20:32 UTC"),
        ("Asia/Dubai", "21 Nov 2026, 00:32 UTC+04"),
    ],
)
def test_the_exact_time_names_its_zone(zone, said):
    answer = words.exact(NOW, ZoneInfo(zone))

    assert answer == said


@pytest.mark.parametrize(
    ("name", "most", "letters"),
    [
        ("Dana Whitfield", 2, "DW"),
        ("Aoife Nic Dhonnchadha", 2, "AD"),
        ("Northgate Insurance Marketing", 1, "N"),
        ("Harbor & Vine", 2, "HV"),
        ("One", 2, "O"),
        ("& co", 2, "C"),
        ("...", 2, "."),
        ("  ", 2, ""),
    ],
)
def test_initials_come_from_the_first_and_the_last_word(name, most, letters):
    answer = words.initials(name, most)

    assert answer == letters


def test_a_count_that_was_capped_says_so():
    assert words.count(10_000, capped=True) == "10,000+"
    assert words.count(1_284) == "1,284"


@pytest.mark.parametrize(
    ("number", "one", "many", "said"),
    [
        (1, "source", None, "1 source"),
        (6, "source", None, "6 sources"),
        (0, "person", "people", "0 people"),
        (1284, "lead", None, "1,284 leads"),
    ],
)
def test_a_number_and_its_noun_agree(number, one, many, said):
    answer = words.plural(number, one, many)

    assert answer == said


def test_a_state_is_tinted_by_what_it_means_and_one_that_is_over_is_not():
    assert words.badge_kind("Active") == "good"
    assert words.badge_kind("silent") == "bad"
    assert words.badge_kind("archived") == ""
