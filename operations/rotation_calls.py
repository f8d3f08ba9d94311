"""What a rotation asks the calls themselves: hours are counted whole, and it began within one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from models import Credential, Submission, db
from models.base import first_id
from operations.call_counts import AN_HOUR, Calls, hour

#: The clocks of several servers, and of a call's identifier and its moment, agree to so much.
SLACK = timedelta(minutes=1)
#: An old credential and its successor.
Pair = tuple[Credential, Credential]


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
