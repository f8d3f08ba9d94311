"""Claims: which worker sends which letter, decided by the database.

A letter is claimed by one conditional update, and a claim that comes to nothing runs out, so
nothing is lost. Its text leaves only after `handed_over_at` is committed, and from there on
nobody claims it again, so nothing is sent twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, or_, select, update

from models import Invite, Letter, Tenant, db, now
from models.bulk import rows_changed
from models.engine import reading
from operations import accounts, invites, resets, specification_links
from operations.outbox import AnyLetter, LetterKey, key_of, open_letters, this_letter
from operations.pending_invites import hold
from operations.refusal import Refusal

#: How long a worker may be silent before another takes its letter over.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Link:
    """How the link of a letter is made, and how long it lives from then on, if not from before."""

    path: str
    fresh_token: Callable[[Any], str]
    lifetime: timedelta | None = None


#: Letters whose link is made at the moment they are sent. The function stores the token's
#: SHA-256 and returns the token; it raises Refusal when there is nothing to link to any more.
LINKS = {
    "invite": Link("/invites/", invites.fresh_link),
    "specification": Link("/specs/", specification_links.fresh_link),
    "password_reset": Link("/reset/", accounts.fresh_reset_link, resets.LIFETIME),
}


@dataclass(frozen=True)
class Claim:
    """A letter that this worker sends, and nobody else until the lease runs out."""

    letter: AnyLetter
    tenant: Tenant | None
    #: What the letter says besides its facts: the link that was made for it just now.
    made: dict[str, Any]
    at: datetime

    @property
    def is_ours(self) -> ColumnElement[bool]:
        """Criterion that fails once another worker has taken over."""
        return type(self.letter).claimed_at == self.at


class LostError(Exception):
    """The letter was withdrawn, or is another worker's by now."""


def claim(model: type[AnyLetter], key: LetterKey) -> Claim | None:
    """Take a letter that is due, and make its link, in one short transaction."""
    try:
        query = select(model).where(this_letter(model, key), _due(model))
        letter = cast("AnyLetter | None", db.session.scalar(query))
        taken = _take(letter) if letter else None
        db.session.commit()
    finally:
        db.session.rollback()
        db.session.expunge_all()  # what is read of the letter from here on costs no statement
    return taken


def _take(letter: AnyLetter) -> Claim | None:
    model = type(letter)
    try:
        # First the invite and then its letter, in the order in which revoking locks them.
        made = _make_link(letter)
    except Refusal as refusal:
        change(letter, open_letters(model), withdrawn_at=now(), answer=refusal.sentence)
        return None
    moment = now()
    if not change(letter, _due(model), claimed_at=moment, attempts=letter.attempts + 1):
        db.session.rollback()  # another worker was quicker: the link it made must stay
        return None
    tenant = db.session.get(Tenant, letter.tenant_id) if isinstance(letter, Letter) else None
    return Claim(letter, tenant, made, moment)


def _make_link(letter: AnyLetter) -> dict[str, Any]:
    link = LINKS.get(letter.kind)
    if link is None:
        return {}
    facts = {"link": link.path + link.fresh_token(letter)}
    if link.lifetime:
        facts["expires"] = (now() + link.lifetime).isoformat()
    return facts


def hand_over(claim: Claim) -> None:
    """Commit that the text leaves now. Raises LostError when it must not."""
    model = type(claim.letter)
    free = and_(claim.is_ours, open_letters(model), model.handed_over_at.is_(None))
    taken = change(claim.letter, free, handed_over_at=now())
    db.session.commit()
    if not taken:
        raise LostError


def note(claim: Claim, *, failed_at: datetime | None = None, **values: Any) -> None:  # noqa: ANN401
    """Commit what came of it: that it failed, or that it did not after all.

    One that was withdrawn meanwhile stays withdrawn, whatever the server said.
    """
    model = type(claim.letter)
    _hold_invite(model, key_of(claim.letter))
    still = and_(claim.is_ours, model.withdrawn_at.is_(None))
    change(claim.letter, still, failed_at=failed_at, **values)
    db.session.commit()


def _hold_invite(model: type[AnyLetter], key: LetterKey) -> None:
    """Hold the invite that a letter carries: its row too says whether the letter failed."""
    if model is Letter:
        tenant_id, identifier = key
        hold(Invite.tenant_id == tenant_id, Invite.letter_id == identifier)


def change(letter: AnyLetter, condition: ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401
    """Change one letter if the condition still holds; says whether it did."""
    model = type(letter)
    changed = rows_changed(
        db.session,
        update(model).where(this_letter(model, key_of(letter)), condition).values(**values),
    )
    return bool(changed)


def due_keys(model: type[AnyLetter], limit: int) -> list[LetterKey]:
    """List the letters that wait for a worker, the longest waiting first."""
    query = select(model).where(_due(model)).order_by(model.next_try_at, model.id).limit(limit)
    return _keys(query)


def _keys(query: Select[Any]) -> list[LetterKey]:
    with reading():
        found = cast("Iterable[AnyLetter]", db.session.scalars(query))
        keys = [key_of(letter) for letter in found]
        db.session.rollback()
    return keys


def _due(model: type[AnyLetter]) -> ColumnElement[bool]:
    return and_(
        open_letters(model),
        model.handed_over_at.is_(None),
        model.next_try_at <= now(),
        or_(model.claimed_at.is_(None), model.claimed_at < now() - LEASE),
    )


def close_unconfirmed(model: type[AnyLetter], answer: str) -> None:
    """Give up on what a worker handed over before it died: it cannot say whether it arrived.

    One by one: each with the invite that it carries, and those that a worker holds are few.
    """
    unconfirmed = and_(open_letters(model), model.handed_over_at < now() - LEASE)
    for key in _keys(select(model).where(unconfirmed)):
        _hold_invite(model, key)
        closed = update(model).where(this_letter(model, key), unconfirmed)
        db.session.execute(closed.values(failed_at=now(), answer=answer))
        db.session.commit()
