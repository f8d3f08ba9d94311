"""What the page of credentials says of each of them, and of a rotation under way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from admin_views import cells, words
from admin_views.chart import axis_top
from admin_views.frame import moment, zone
from models import Credential, CredentialKind, CredentialState
from operations.call_counts import Calls
from operations.credentials import USABLE
from operations.rotations import LEAST_HOURS, Hour, Rotation, share_of_old

KINDS = {CredentialKind.BASIC: "Key and secret", CredentialKind.BEARER: "Bearer token"}
#: Tops of a chart's scale that are easy to halve.
#: Units of a chart's picture: a bar's room, its width, the height of all.
STEP, BAR, GAP, HEIGHT = 24, 16, 1.5, 160


@dataclass(frozen=True)
class Row:
    """One credential as the table shows it."""

    credential: Credential
    state: str
    kind: str
    by: str
    calls: int
    ends: datetime | None
    can_rotate: bool
    is_usable: bool


def rows(credentials: Sequence[Credential], calls: Calls, elsewhere: str) -> list[Row]:
    """Describe the credentials; whoever issued one and is not to be seen is called `elsewhere`."""
    replaced = {credential.replaces_id for credential in credentials}
    day_ago = moment() - timedelta(hours=24)
    return [
        Row(
            credential=one,
            state=state_of(one),
            kind=KINDS[one.kind] + (", test" if one.is_test else ""),
            by=one.created_by.user.name if one.created_by else elsewhere,
            calls=calls.of(one.id, day_ago),
            ends=one.revoked_at or one.ends_at,
            can_rotate=one.state in USABLE and one.id not in replaced,
            is_usable=one.state in USABLE,
        )
        for one in credentials
    ]


def state_of(credential: Credential) -> str:
    """Say the state; one whose rotation is over was closed, and did not expire."""
    was_closed = credential.closes_at is not None and credential.closes_at <= moment()
    is_over = credential.state is CredentialState.EXPIRED
    return "closed" if is_over and was_closed else credential.state.value


def summary(shown: Iterable[Row]) -> str:
    """Count them by what they are good for: “3 in all: 2 live, 1 ended”, as the tab counts."""
    kept = list(shown)
    usable = sum(row.is_usable for row in kept)
    over = len(kept) - usable
    return f"{len(kept)} in all: {usable} live, {over} ended" if over else f"{usable} live"


def cutover(rotation: Rotation) -> dict[str, Any]:
    """Describe the meter and the chart of a rotation for `macros/cutover.html`."""
    return {
        "rotation": rotation,
        "since": _clock(rotation.recent_since),
        "total": rotation.recent_new + rotation.recent_old,
        "closes_in": _span(rotation.old.closes_at),
        "verdict": verdict(rotation),
        "title": "Calls per hour, since the new key was issued"
        if len(rotation.hours) > LEAST_HOURS
        else f"Calls per hour, the last {LEAST_HOURS} hours",
        "chart": _chart(rotation.hours),
    }


def verdict(rotation: Rotation) -> str:
    """Say whether the old key can be closed, and what closing it now would mean."""
    if rotation.new.state not in USABLE:
        return "The new key does not work any more. Issue another one before the old one closes."
    if rotation.new.last_used_at is None:
        return (
            "No call has come with the new key yet. Closed now, the next call with the old one is"
            " refused."
        )
    if rotation.is_silent:
        return "Safe to close: no call has come with the old key for 24 hours."
    if rotation.has_moved:
        return "Safe to close: no call has come with the old key since the new one is in use."
    day_ago = moment() - timedelta(hours=24)
    said = words.plural(rotation.old_since(day_ago), "call used", "calls used")
    since = rotation.new.created_at > day_ago
    when = "since the new one was issued" if since else "in the last 24 hours"
    return f"{said} the old key {when}. Closed now, such calls are refused."


def still_used(rotation: Rotation) -> Markup:
    """Say how many of the calls of late came with the old key, where a page calls for action."""
    name = cells.person(rotation.old.source.name)
    if not rotation.recent_old:
        used = rotation.old.last_used_at
        when = words.relative(used, moment(), zone()) if used else "never"
        return Markup("Calls to {} last used it: {}.").format(name, when)
    return carried(rotation.old.source.name, rotation.recent_old, rotation.recent_new)


def carried(source: str, old: int, new: int) -> Markup:
    """Say how many of so many calls of late with each key came with the old one."""
    name, share = cells.person(source), share_of_old(old, new)
    if not share:
        return Markup("No call to {} came with it of late.").format(name)
    return Markup("{} % of the calls to {} still use it.").format(share, name)


def closes_in(when: datetime | None) -> str:
    """Say when an old key closes: "in 31 hours"."""
    return f"in {words.lasting(moment(), when)}" if when else "soon"


def _chart(hours: Sequence[Hour]) -> dict[str, Any]:
    top = axis_top(max(hour.new + hour.old for hour in hours))
    return {
        "width": STEP * len(hours),
        "top": top,
        "bars": [_bar(n, hour, top) for n, hour in enumerate(hours)],
        "from": _clock(hours[0].at),
        "middle": _clock(hours[len(hours) // 2].at),
    }


def _bar(n: int, hour: Hour, top: int) -> dict[str, Any]:
    new, old = (round(HEIGHT * calls / top, 1) for calls in (hour.new, hour.old))
    return {
        "title": f"{_clock(hour.at)}: new {hour.new:,}, old {hour.old:,}",
        "room": STEP * n,
        "x": STEP * n + (STEP - BAR) // 2,
        "new": new,
        "old": max(old - (GAP if new else 0), 0),
        "old_from": round(HEIGHT - new - (GAP if new else 0), 1),
    }


def _clock(when: datetime) -> str:
    local = when.astimezone(zone())
    return f"{words.day(local)}, {local:%H:%M}"


def _span(until: datetime | None) -> str:
    """Say how long it is still open: “31 hours 8 minutes”."""
    left = max(int((until - moment()).total_seconds()) // 60, 0) if until else 0
    hours, minutes = divmod(left, 60)
    said = words.plural(minutes, "minute")
    return f"{words.plural(hours, 'hour')} {said}" if hours else said
