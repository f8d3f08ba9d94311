"""A moment in words: date, time and zone, the same on pages and in letters."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def exact(when: datetime, zone: ZoneInfo) -> str:
    """Return date, time and the name of the zone: "20 Nov 2026, 14:31 CST"."""
    local = when.astimezone(zone)
    return f"{day(local)} {local.year}, {local.hour:02}:{local.minute:02} {_zone_name(local)}"


def day(local: date) -> str:
    """Return the day without its year: "16 Nov". Not strftime, which follows the locale."""
    return f"{local.day} {MONTHS[local.month - 1]}"


def _zone_name(local: datetime) -> str:
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name
