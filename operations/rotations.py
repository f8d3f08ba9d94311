"""Rotations: how far a source's callers have moved from an old credential to its successor."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased, contains_eager

from models import CallHour, Credential, CredentialState, db, now
from operations.call_counts import AN_HOUR, Calls, hour
from operations.credentials import END, USABLE, closing

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

    @property
    def recent_since(self) -> datetime:
        """From when on the meter counts."""
        return recent_since()

    @property
    def recent_new(self) -> int:
        """Count the calls of late with the new key."""
        return self.calls.of(self.new.id, self.recent_since)

    @property
    def recent_old(self) -> int:
        """Count the calls of late with the old key."""
        return self.calls.of(self.old.id, self.recent_since)

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
        """Whether no call came with the old key since the new one was first used, hours ago."""
        used, first = self.old.last_used_at, self.calls.first(self.new.id)
        if first is None or now() - first < MOVED:
            return False
        return used is None or used < first

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


def recent_since() -> datetime:
    """From when on calls are of late: this hour and the one before."""
    return hour(now()) - AN_HOUR


def with_both(since: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:  # noqa: ANN401
    """Select beside an old key the calls of late with it, and those with its successor."""
    new = aliased(Credential)
    own = (new.tenant_id == Credential.tenant_id, new.replaces_id == Credential.id)
    with_new = select(func.coalesce(func.sum(_counted(new, since)), 0)).where(*own)
    old: ColumnElement[int] = _counted(Credential, since)
    return old, with_new.correlate(Credential).scalar_subquery()


def next_of(source_id: UUID, *which: ColumnElement[bool]) -> Rotation | None:
    """Find the rotation of a source whose old key closes first, with the calls of late."""
    new, since = aliased(Credential), recent_since()
    pair = (
        select(Credential, new, _counted(Credential, since), _counted(new, since))
        .join(Credential.source)
        .join(new, new.replaces_id == Credential.id)
        .where(Credential.source_id == source_id, closing(), *which)
        .order_by(END)
        .limit(1)
        .options(contains_eager(Credential.source))
    )
    found = db.session.execute(pair).first()
    if found is None:
        return None
    old, successor, with_old, with_new = found
    calls = {old.id: {since: int(with_old)}, successor.id: {since: int(with_new)}}
    return Rotation(old, successor, Calls(since, calls))


def _counted(key: Any, since: datetime) -> ColumnElement[int]:  # noqa: ANN401 - or its alias
    """Add up the calls that the worker has counted: some seconds old, and no statement more."""
    row = CallHour
    own = (row.tenant_id == key.tenant_id, row.source_id == key.source_id)
    calls = select(func.coalesce(func.sum(row.calls), 0))
    calls = calls.where(*own, row.hour >= since, row.credential_id == key.id)
    return calls.correlate(key).scalar_subquery()


def running(credentials: Iterable[Credential], calls: Calls) -> Iterator[Rotation]:
    """Find the rotations whose old credential still works."""
    known = {credential.id: credential for credential in credentials}
    for new in known.values():
        old = known.get(new.replaces_id) if new.replaces_id else None
        if old and old.state is CredentialState.CLOSING:
            yield Rotation(old, new, calls)


def since(credentials: Iterable[Credential]) -> datetime:
    """From when on the page of these credentials needs calls: a day, or all that a chart shows."""
    known = {credential.id: credential for credential in credentials}
    closing = {key for key, row in known.items() if row.state is CredentialState.CLOSING}
    issued = [row.created_at for row in known.values() if row.replaces_id in closing]
    earliest = min([*issued, now() - SILENT])
    return max(earliest, now() - MOST_HOURS * AN_HOUR)
