"""What a list of invites can be narrowed by: their state, their mail's, and when they expire."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, select

from admin_views.few_rows import few_or, is_told_how_many
from admin_views.lists import Filter
from models import Invite, InviteState, Letter, LetterState, now
from models.invite import expired_invites, expiring_invites, failed_invites, pending_invites
from operations import rotations

STATES: dict[str, Callable[[], ColumnElement[bool]]] = {
    InviteState.PENDING: pending_invites,
    InviteState.ACCEPTED: lambda: Invite.accepted_at.is_not(None),
    InviteState.DECLINED: lambda: Invite.declined_at.is_not(None),
    InviteState.REVOKED: lambda: Invite.revoked_at.is_not(None),
    InviteState.EXPIRED: lambda: Invite.replaced_at.is_not(None) | expired_invites(),
}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: An invite says itself whether its mail failed; the others are asked of its letter.
DELIVERIES: dict[str, Callable[[], ColumnElement[bool]]] = {
    LetterState.FAILED: failed_invites,
    LetterState.QUEUED: lambda: and_(
        Letter.sent_at.is_(None),
        Letter.failed_at.is_(None),
        Letter.withdrawn_at.is_(None),
        Letter.next_try_at > LONG_AGO,  # true of all of them, and begins their index
    ),
    LetterState.SENT: lambda: Letter.sent_at.is_not(None) & (Letter.filed_as == ""),
    LetterState.WRITTEN: lambda: Letter.filed_as != literal_column("''"),  # as its index says it
}


def _of_state(state: str) -> ColumnElement[bool]:
    return _found(STATES[state]())


def _found(found: ColumnElement[bool]) -> ColumnElement[bool]:
    if is_told_how_many():
        return found
    return few_or(select(Invite.id).where(found), found.is_(True))


def _soon_over() -> ColumnElement[bool]:
    around = rotations.around(now())
    return expiring_invites(around["moment"], around["soon"])


def _of_delivery(state: str) -> ColumnElement[bool]:
    """PostgreSQL takes the dates of a letter for independent, and expects what is not there."""
    found = DELIVERIES[state]()
    if state == LetterState.FAILED:
        return _found(found)
    those = Invite.letter_id.in_(select(Letter.id).where(found))
    walked = those if is_told_how_many() else Invite.letter.has(found)
    return few_or(_delivered(select(Invite.id), state), walked)


def _delivered(query: Select[Any], state: str) -> Select[Any]:
    with_letter = query if state == LetterState.FAILED else query.join(Invite.letter)
    return with_letter.where(DELIVERIES[state]())


BY_STATE = Filter(
    "state",
    "State",
    lambda: [(state.value, state.word) for state in InviteState],
    _of_state,
    to_count=lambda query, state: query.where(STATES[state]()),
)
BY_DELIVERY = Filter(
    "delivery",
    "Delivery",
    lambda: [(state, LetterState(state).word) for state in DELIVERIES],
    _of_delivery,
    to_count=_delivered,
)
BY_EXPIRY = Filter(
    "expires",
    "Expires",
    lambda: [("soon", "Within two days")],
    lambda _value: _found(_soon_over()),
    to_count=lambda query, _value: query.where(_soon_over()),
)
