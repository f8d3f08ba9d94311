"""Periods: which days a page shows, and which days before them it compares them with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from operations.refusal import Invalid

#: The most days that a page shows at once.
LONGEST = 366
A_DAY = timedelta(days=1)
#: The periods that have a name; days of one's own have none.
NAMED = ("today", "7", "30", "90", "month", "last-month")


@dataclass(frozen=True)
class Days:
    """All days from the first to the last, both of them included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        """Go through them in order."""
        return (self.first + n * A_DAY for n in range(len(self)))

    def __len__(self) -> int:
        """Count them."""
        return (self.last - self.first).days + 1

    def just_before(self) -> "Days":
        """Return as many days, ending the day before these begin."""
        return Days(self.first - len(self) * A_DAY, self.first - A_DAY)


@dataclass(frozen=True)
class Period:
    """Some days and those they are compared with, each in words."""

    key: str
    now: Days
    before: Days
    name: str
    name_before: str


def today_in(zone: str, moment: datetime) -> date:
    """Tell the day that it is for the tenant."""
    return moment.astimezone(ZoneInfo(zone)).date()


def on_offer(today: date) -> list[Period]:
    """List the periods that have a name."""
    return [period for key in NAMED if (period := named(key, today))]


def named(key: str, today: date) -> Period | None:
    """Find one of the periods on offer; None for any other word."""
    if key == "today":
        return _of(key, Days(today, today), "Today", "Yesterday")
    if key in {"7", "30", "90"}:
        return last(int(key), today)
    if key == "month":
        return _this_month(today)
    return _last_month(today) if key == "last-month" else None


def last(many: int, today: date) -> Period:
    """Take the last days, today included."""
    days = Days(today - (many - 1) * A_DAY, today)
    return _of(str(many), days, f"Last {many} days", f"{many} days before")


def usual(today: date) -> Period:
    """Take what a page shows that nobody asked for a period."""
    return last(30, today)


def chosen(first: str, last: str, today: date) -> Period:
    """Read two days that somebody typed. Raises Invalid beside the one that cannot be taken."""
    days = Days(_day("from", first), _day("to", last))
    if days.first > days.last:
        raise Invalid("to", "Choose a last day that is not before the first.")
    if days.last > today:
        raise Invalid("to", "Choose a last day that is not after today.")
    if len(days) > LONGEST:
        raise Invalid("from", f"Choose at most {LONGEST} days; these are {len(days):,}.")
    many = f"{len(days)} days before" if len(days) > 1 else "The day before"
    return _of("custom", days, "The days chosen", many)


def _of(key: str, days: Days, name: str, name_before: str) -> Period:
    return Period(key, days, days.just_before(), name, name_before)


def _this_month(today: date) -> Period:
    """Compare the month so far with as much of the month before, as far as that has such days."""
    first = today.replace(day=1)
    end_before = first - A_DAY
    same = end_before.replace(day=min(today.day, end_before.day))
    before = Days(end_before.replace(day=1), same)
    return Period("month", Days(first, today), before, "This month", "Same days of last month")


def _last_month(today: date) -> Period:
    last = today.replace(day=1) - A_DAY
    first = last.replace(day=1)
    before = first - A_DAY
    months = Days(first, last), Days(before.replace(day=1), before)
    return Period("last-month", *months, "Last month", "The month before")


def _day(field: str, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(field, "Write the day as 2026-11-30.") from error
    # Years that no database and no subtraction reaches the end of.
    if not 2000 <= day.year <= 9000:  # noqa: PLR2004
        raise Invalid(field, "Choose a day from 2000 on.")
    return day
