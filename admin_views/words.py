"""Say times, counts and states in the words the panels use."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from models import counting
from operations.moments import day, exact

__all__ = [
    "badge_kind",
    "count",
    "counted",
    "dated",
    "day",
    "exact",
    "field_names",
    "initials",
    "lasting",
    "plural",
    "relative",
]

A_DAY = 24 * 60  # minutes
HALF_A_DAY = A_DAY // 2
DAYS_SAID_IN_WORDS = 30
SAID_IN_HOURS = 48

# A badge is never colour alone: the word is shown, the kind only tints it.
BADGE_KINDS = {
    "active": "good",
    "live": "good",
    "accepted": "good",
    "sent": "good",
    "done": "good",
    "created": "good",
    "imported": "good",
    "in force": "good",
    "paused": "warn",
    "pending": "warn",
    "closing": "warn",
    "suspended": "warn",
    "silent": "bad",
    "late": "warn",
    "surging": "warn",
    "failed": "bad",
    "returned": "bad",
    "rejected": "bad",
    "refused": "bad",
    "test": "info",
    "queued": "info",
    "running": "info",
    "checking": "info",
    "checked": "info",
    "importing": "info",
    "changed": "info",
    "written to a file": "info",
    "draft": "info",
}


def badge_kind(word: str) -> str:
    """Tint of a state's badge; states that are over (archived, revoked …) have none."""
    return BADGE_KINDS.get(word.lower(), "")


def relative(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return the moment as a person would say it, from "just now" to "12 Nov 2025"."""
    if when >= now + timedelta(minutes=1):
        return _ahead(when, now, zone)
    return _back(when, now, zone)


def lasting(begin: datetime | None, end: datetime) -> str:
    """Return how long something lasts: "31 hours", "3 days"; "hours" where that is not known."""
    if begin is None:
        return "hours"
    hours = int((end - begin).total_seconds() // 3600)
    if hours < 1:
        return "less than an hour"
    return plural(hours, "hour") if hours < SAID_IN_HOURS else plural(hours // 24, "day")


def dated(when: date) -> str:
    """Return a day with its year: "2 Sep 2026"."""
    return f"{day(when)} {when.year}"


def initials(name: str, most: int = 2) -> str:
    """First letters of the first and the last word, for a mark beside the name."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    chosen = [*words[:1], *words[1:][-1:]][:most]
    return "".join(word[0] for word in chosen).upper()


def count(number: int, *, capped: bool = False) -> str:
    """Return the number with thousands marked; "10,000+" when counting stopped there."""
    return f"{number:,}{'+' if capped else ''}"


def counted(number: int, most: int | None = None) -> str:
    """Say a number that was counted no further than `most`, or the cap (models/counting.py)."""
    most = most or counting.CAP
    return count(min(number, most), capped=number > most)


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return the number with its noun: "1 source", "6 sources"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _back(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    minutes = int((now - when).total_seconds()) // 60
    if minutes < 1:
        return "just now" if when <= now else "now"
    if minutes < A_DAY:
        return f"{_span(minutes)} ago"
    return "yesterday" if _days_between(when, now, zone) == -1 else _date(when, now, zone)


def _ahead(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    minutes = int((when - now).total_seconds()) // 60
    days = _days_between(when, now, zone)
    if minutes < HALF_A_DAY or days == 0:
        return f"in {_span(minutes)}"
    if days <= 1:
        return "tomorrow"
    return f"in {days} days" if days <= DAYS_SAID_IN_WORDS else _date(when, now, zone)


def _span(minutes: int) -> str:
    hours = minutes // 60
    return f"{hours} h" if hours else f"{minutes} min"


def _date(when: datetime, now: datetime, zone: ZoneInfo) -> str:
    local = when.astimezone(zone)
    if local.year == now.astimezone(zone).year:
        return day(local)
    return f"{day(local)} {local.year}"


def _days_between(when: datetime, now: datetime, zone: ZoneInfo) -> int:
    return (when.astimezone(zone).date() - now.astimezone(zone).date()).days


def field_names(names: list[str]) -> str:
    """Name lead fields in a sentence: "e-mail, phone and postal code"."""
    said = [name.replace("_", " ").replace("email", "e-mail") for name in names]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
