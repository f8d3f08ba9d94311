"""What a rotation asks the calls themselves: hours are counted whole, and it began within one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, Uuid, bindparam, case, func, select
from sqlalchemy.orm import aliased

from models import CallHour, Credential, Submission, db, now
from models.base import first_id
from operations.call_counts import AN_HOUR, SINCE, Calls, hour, hour_of
from operations.metric_rows import mark

#: The clocks of several servers, and of a call's identifier and its moment, agree to so much.
SLACK = timedelta(minutes=1)
#: An old credential and its successor.
Pair = tuple[Credential, Credential]
OfLate = tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]
#: With SINCE a parameter of the selections below; `late` has the values of both.
SINCE_ID: BindParameter[UUID] = bindparam("since_id", type_=Uuid())


@dataclass(frozen=True)
class Moments:
    """What the counted hours do not tell of a rotation."""

    #: Calls with the old key in the hour in which the new one was issued, before it was.
    before: int = 0
    #: When the new key was first used; None where its calls are gone, or none came.
    first: datetime | None = None


def ask(pairs: Sequence[Pair], calls: Calls) -> list[Moments]:
    """Ask for all pairs in one statement, which reads two hours of calls for each at most."""
    asked = [one for pair in pairs for one in (_before(pair), _first(pair[1], calls))]
    row = db.session.execute(select(*asked)).one() if asked else ()
    return [Moments(*row[n : n + 2]) for n in range(0, len(asked), 2)]


def _before(pair: Pair) -> ColumnElement[int]:
    old, new = pair
    begin, end = hour(new.created_at), new.created_at
    return _of(old, begin, end, select(func.count())).scalar_subquery()


def _first(new: Credential, calls: Calls) -> ColumnElement[Any]:
    begin = calls.first(new.id) or hour(new.created_at)
    first = _of(new, begin, begin + AN_HOUR, select(Submission.received_at))
    return first.order_by(Submission.id).limit(1).scalar_subquery()


def _of(credential: Credential, begin: datetime, end: datetime, which: Select[Any]) -> Select[Any]:
    """Narrow down to one credential's calls of a time, by the index of its source's."""
    ids = (first_id(when.timestamp()) for when in (begin - SLACK, end + SLACK))
    row = Submission
    return which.where(
        row.source_id == credential.source_id,
        row.id.between(*ids),
        row.credential_id == credential.id,
        row.received_at >= begin,
        row.received_at < end,
    )


def recent_since() -> datetime:
    """From when on calls are of late: this hour and the one before."""
    return hour(now()) - AN_HOUR


def late() -> dict[str, Any]:
    """Give that moment, and the lowest identifier from it on, to whoever asks what follows."""
    since = recent_since()
    return {"since": since, "since_id": first_id((since - SLACK).timestamp())}


def with_both(old_id: UUID) -> tuple[int, int]:
    """Count the calls of late with an old key, and those with its successor.

    A statement of its own, though it could stand within those of pages that are asked often:
    PostgreSQL would plan them anew each time, with every day that calls are kept of.
    """
    row = db.session.execute(WITH_BOTH, {"old_id": old_id, **late()}).one_or_none()
    return (int(row.old - row.before), int(row.new)) if row else (0, 0)


def of_late(new: Any) -> OfLate:  # noqa: ANN401 - an alias
    """Select the calls of late with an old key, with its successor, and those from before it."""
    with_old, with_new = (_counted(key, new) for key in (Credential, new))
    return with_old, with_new, _of_old(new)


def _counted(key: Any, new: Any) -> ColumnElement[int]:  # noqa: ANN401 - aliases
    """Add up a key's calls that the worker has counted: some seconds old, and no statement more."""
    row = CallHour
    own = (row.tenant_id == key.tenant_id, row.source_id == key.source_id)
    calls = select(func.coalesce(func.sum(row.calls), 0))
    late = (row.hour >= SINCE, row.hour >= hour_of(new.created_at))
    calls = calls.where(*own, *late, row.credential_id == key.id)
    return calls.correlate(key, new).scalar_subquery()


def _of_old(new: Any) -> ColumnElement[int]:  # noqa: ANN401 - an alias
    """Count the calls with its predecessor that these hours hold from before the rotation.

    Asked only where it began within these hours.
    """
    row = Submission
    calls = select(func.count()).where(
        row.tenant_id == new.tenant_id,
        row.source_id == new.source_id,
        row.id >= SINCE_ID,
        row.credential_id == new.replaces_id,
        row.seq < mark(new.tenant_id).correlate(new),
        row.received_at >= hour_of(new.created_at),
        row.received_at < new.created_at,
    )
    calls = calls.correlate(new)
    return case((new.created_at > SINCE, calls.scalar_subquery()), else_=0)


def _with_both() -> Select[int, int, int]:
    new = aliased(Credential)
    old, its, before = of_late(new)
    calls = (old.label("old"), its.label("new"), before.label("before"))
    pair = select(*calls).select_from(Credential)
    pair = pair.join(new, new.replaces_id == Credential.id)
    return pair.where(Credential.id == bindparam("old_id"))


#: Built once.
WITH_BOTH = _with_both()
