"""Rotations: how far a source's callers have moved from an old credential to its successor."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased, contains_eager

from models import Credential, CredentialState, db, now
from operations import rotation_calls
from operations.call_counts import AN_HOUR, Calls, hour
from operations.credentials import END, USABLE, closing
from operations.intake_entry import TOUCH_EVERY
from operations.rotation_calls import Moments

#: An old key without a call for so long has no caller left …
SILENT = timedelta(hours=24)
#: … and so has one without a call since the new one was first used, this long ago.
MOVED = timedelta(hours=6)
#: Whoever calls with an old key that closes within so long is to be told now.
SOON = timedelta(days=2)
#: A chart shows so many hours, also some from before the new key where that is very new.
LEAST_HOURS, MOST_HOURS = 12, 96


@dataclass(frozen=True)
class Hour:
    """The calls with both keys in one hour."""

    at: datetime
    new: int
    old: int


@dataclass(frozen=True)
class Rotation:
    """An old credential that still works, its successor, and the calls on both."""

    old: Credential
    new: Credential
    calls: Calls
    asked: Moments

    @property
    def recent_since(self) -> datetime:
        """From when on the meter counts: this hour and the one before, but since the rotation."""
        return max(rotation_calls.recent_since(), self.new.created_at)

    @property
    def recent_new(self) -> int:
        """Count the calls of late with the new key."""
        return self.calls.of(self.new.id, self.recent_since)

    @property
    def recent_old(self) -> int:
        """Count the calls of late with the old key."""
        return self.old_since(self.recent_since)

    def old_since(self, moment: datetime) -> int:
        """Count the calls with the old key since an hour began, and since the rotation did.

        Calls are counted by whole hours: of the hour in which the rotation began, those that came
        before it are taken out again, by what the calls themselves say.
        """
        began = self.new.created_at
        counted = self.calls.of(self.old.id, max(moment, began))
        return counted - (self.asked.before if moment <= began else 0)

    @property
    def share(self) -> int | None:
        """Say how many of a hundred calls of late had the new key; None where none came."""
        total = self.recent_new + self.recent_old
        return round(100 * self.recent_new / total) if total else None

    @property
    def old_share(self) -> int:
        """Say how many of a hundred calls of late had the old key, at least one if any had."""
        return share_of_old(self.recent_old, self.recent_new)

    @property
    def hours(self) -> list[Hour]:
        """List the hours since the new key was issued, as many as make a chart."""
        end = hour(now())
        since_issued = int((end - hour(self.new.created_at)) / AN_HOUR) + 1
        count = min(max(since_issued, LEAST_HOURS), MOST_HOURS)
        at = end - (count - 1) * AN_HOUR
        return [
            Hour(when, self.calls.at(self.new.id, when), self.calls.at(self.old.id, when))
            for when in (at + n * AN_HOUR for n in range(count))
        ]

    @property
    def is_silent(self) -> bool:
        """Whether nobody has called with the old key for a day."""
        used = self.old.last_used_at
        return used is None or now() - used >= SILENT

    @property
    def has_moved(self) -> bool:
        """Whether no call came with the old key since the new one was first used, hours ago.

        Exact: by the first call with the new key. That of the old one is noted at most once a
        minute, so another may have come within the minute after.
        """
        used, first = self.old.last_used_at, self.asked.first or self.calls.first(self.new.id)
        if first is None or now() - first < MOVED:
            return False
        return used is None or used + TOUCH_EVERY < first

    @property
    def is_safe_to_close(self) -> bool:
        """Whether callers use the new key, and none the old one any more."""
        is_in_use = self.new.state in USABLE and self.new.last_used_at is not None
        return is_in_use and (self.is_silent or self.has_moved)


def share_of_old(old: int, new: int) -> int:
    """Say how many of a hundred calls had the old key, at least one if any had."""
    return max(100 - round(100 * new / (old + new)), 1) if old else 0


def soon_refused(moment: Any, soon: Any, lately: Any) -> ColumnElement[bool]:  # noqa: ANN401
    """Criterion for old keys that close soon and were called with of late.

    Takes the values of `around`, or parameters of their names.
    """
    return and_(closing(moment), soon >= END, Credential.last_used_at > lately)


def around(moment: datetime) -> dict[str, datetime]:
    """Name the moments that `soon_refused` takes."""
    return {"moment": moment, "soon": moment + SOON, "lately": moment - SILENT}


def next_of(source_id: UUID, *which: ColumnElement[bool]) -> Rotation | None:
    """Find the rotation of a source whose old key closes first, with the calls of late."""
    new, late = aliased(Credential), rotation_calls.late()
    pair = (
        select(Credential, new, *rotation_calls.of_late(new))
        .join(Credential.source)
        .join(new, new.replaces_id == Credential.id)
        .where(Credential.source_id == source_id, closing(), *which)
        .order_by(END)
        .limit(1)
        .options(contains_eager(Credential.source))
    )
    found = db.session.execute(pair, late).first()
    if found is None:
        return None
    old, successor, with_old, with_new, before = found
    since = max(late["since"], hour(successor.created_at))
    calls = {old.id: {since: int(with_old)}, successor.id: {since: int(with_new)}}
    return Rotation(old, successor, Calls(since, calls), Moments(before))


def running(credentials: Iterable[Credential], calls: Calls) -> list[Rotation]:
    """Find the rotations whose old credential still works."""
    known = {credential.id: credential for credential in credentials}
    pairs = [(known[new.replaces_id], new) for new in known.values() if new.replaces_id in known]
    running = [pair for pair in pairs if pair[0].state is CredentialState.CLOSING]
    asked = rotation_calls.ask(running, calls)
    return [
        Rotation(old, new, calls, moments)
        for (old, new), moments in zip(running, asked, strict=True)
    ]


def since(credentials: Iterable[Credential]) -> datetime:
    """From when on the page of these credentials needs calls: a day, or all that a chart shows."""
    known = {credential.id: credential for credential in credentials}
    closing = {key for key, row in known.items() if row.state is CredentialState.CLOSING}
    issued = [row.created_at for row in known.values() if row.replaces_id in closing]
    earliest = min([*issued, now() - SILENT])
    return max(earliest, now() - MOST_HOURS * AN_HOUR)
