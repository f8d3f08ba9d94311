"""Delivery: the worker claims a letter, sends it outside any transaction, notes what came of it.

Nothing is sent twice, because a letter is claimed by one conditional update, and because its
text leaves only after `handed_over_at` is committed: whatever happens from there on, it is
never sent again by itself. Nothing is lost, because a claim that comes to nothing runs out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from config import Settings
from models import AccountLetter, Letter, Tenant, db, now
from models.engine import reading
from operations import accounts, invites, letters, mail_folder, mail_server
from operations.letters import Envelope
from operations.outbox import AnyLetter, LetterKey, key_of, open_letters, this_letter
from operations.refusal import Refusal

log = logging.getLogger("inflow")

#: How long a worker may be silent before another takes its letter over.
LEASE = timedelta(minutes=5)
#: Minutes between tries: quickly at first, then hourly until a day has passed.
WAITS = (1, 2, 5, 15, 30, *[60] * 23)
#: How many letters one pass takes on.
A_PASS = 200
UNWRITTEN = "The letter could not be written; the log says why."


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
    "password_reset": Link("/reset/", accounts.fresh_reset_link, timedelta(hours=1)),
}


@dataclass(frozen=True)
class Claim:
    """A letter that this worker sends, and nobody else until the lease runs out."""

    letter: AnyLetter
    tenant: Tenant | None
    made: dict[str, Any]
    at: datetime


class LostError(Exception):
    """The letter was withdrawn, or is another worker's by now."""


def sweep(settings: Settings) -> None:
    """Send what is due, and close what a crash left open."""
    for model in (Letter, AccountLetter):
        _close_unconfirmed(model)
        for key in _due_keys(model):
            if not deliver(model, key, settings):
                return


def deliver(model: type[AnyLetter], key: LetterKey, settings: Settings) -> bool:
    """Send one letter if it is due. Says no when the mail server cannot be reached at all."""
    claim = _claim(model, key)
    if claim is None:
        return True
    try:
        _send(claim, settings)
    except LostError:
        log.info("%s was withdrawn before it left", claim.letter.public_id)
    except mail_server.LaterError as error:
        _note_failure(claim, str(error), final=claim.letter.attempts > len(WAITS))
        return not isinstance(error, mail_server.UnreachableError)
    except mail_server.NotDeliveredError as error:
        _note_failure(claim, str(error), final=True)
    return True


def _send(claim: Claim, settings: Settings) -> None:
    envelope = _write(claim, settings)
    if not settings.mail_server:
        _file(claim, envelope, settings)
        return
    with mail_server.connected(settings) as server:
        mail_server.offer(server, envelope)
        _hand_over(claim)
        answer = mail_server.hand_in(server, envelope)
        _note(claim, sent_at=now(), failed_at=None, answer=answer[:500])


def _write(claim: Claim, settings: Settings) -> Envelope:
    """Whatever is wrong with a letter's text stays wrong, so it is not tried again."""
    try:
        return letters.write(claim.letter, claim.tenant, claim.made, settings)
    except Exception as error:
        log.exception("%s could not be written", claim.letter.public_id)
        raise mail_server.RefusedError(UNWRITTEN) from error


def _file(claim: Claim, envelope: Envelope, settings: Settings) -> None:
    name = f"{claim.letter.queued_at:%Y%m%dT%H%M%SZ}-{claim.letter.public_id}.eml"
    _hand_over(claim)
    mail_folder.write(envelope.content, name, settings.mail_folder)
    _note(claim, sent_at=now(), filed_as=name, answer=mail_folder.ANSWER)


def _claim(model: type[AnyLetter], key: LetterKey) -> Claim | None:
    """Take a letter that is due, and make its link, in one short transaction."""
    try:
        letter = db.session.scalar(select(model).where(this_letter(model, key), _due(model)))
        claim = _claimed(letter) if letter else None
        db.session.commit()
    finally:
        db.session.rollback()
        db.session.expunge_all()  # what is read of the letter from here on costs no statement
    return claim


def _claimed(letter: AnyLetter) -> Claim | None:
    try:
        # First the invite and then its letter, in the order in which revoking locks them.
        made = _made_facts(letter)
    except Refusal as refusal:
        _update(letter, open_letters(type(letter)), withdrawn_at=now(), answer=refusal.sentence)
        return None
    moment = now()
    if not _update(letter, _due(type(letter)), claimed_at=moment, attempts=letter.attempts + 1):
        db.session.rollback()  # another worker was quicker: the link it made must stay
        return None
    tenant = db.session.get(Tenant, letter.tenant_id) if isinstance(letter, Letter) else None
    return Claim(letter, tenant, made, moment)


def _made_facts(letter: AnyLetter) -> dict[str, Any]:
    if letter.kind not in LINKS:
        return {}
    link = LINKS[letter.kind]
    facts: dict[str, Any] = {"link": link.path + link.fresh_token(letter)}
    if link.lifetime:
        facts["expires"] = (now() + link.lifetime).isoformat()
    return facts


def _hand_over(claim: Claim) -> None:
    """Commit that the text leaves now. Raises LostError when it must not."""
    model = type(claim.letter)
    free = and_(_is_ours(claim), open_letters(model), model.handed_over_at.is_(None))
    taken = _update(claim.letter, free, handed_over_at=now())
    db.session.commit()
    if not taken:
        raise LostError


def _note_failure(claim: Claim, answer: str, *, final: bool) -> None:
    letter, moment = claim.letter, now()
    log.warning("%s was not delivered: %s", letter.public_id, answer)
    if final:
        _note(claim, failed_at=moment, answer=answer[:500])
        return
    wait = timedelta(minutes=WAITS[letter.attempts - 1])
    again = {"claimed_at": None, "handed_over_at": None, "next_try_at": moment + wait}
    _note(claim, **again, failed_at=None, answer=answer[:500])


def _note(claim: Claim, **values: Any) -> None:  # noqa: ANN401
    _update(claim.letter, _is_ours(claim), **values)
    db.session.commit()


def _update(letter: AnyLetter, condition: ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401
    model = type(letter)
    changed = db.session.execute(
        update(model).where(this_letter(model, key_of(letter)), condition).values(**values)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _is_ours(claim: Claim) -> ColumnElement[bool]:
    return type(claim.letter).claimed_at == claim.at


def _due(model: type[AnyLetter]) -> ColumnElement[bool]:
    return and_(
        open_letters(model),
        model.handed_over_at.is_(None),
        model.next_try_at <= now(),
        or_(model.claimed_at.is_(None), model.claimed_at < now() - LEASE),
    )


def _due_keys(model: type[AnyLetter]) -> list[LetterKey]:
    query = select(model).where(_due(model)).order_by(model.next_try_at).limit(A_PASS)
    with reading():
        keys = [key_of(letter) for letter in db.session.scalars(query)]
        db.session.rollback()
    return keys


def _close_unconfirmed(model: type[AnyLetter]) -> None:
    """A worker that died after it handed a letter over cannot say whether it arrived."""
    db.session.execute(
        update(model)
        .where(open_letters(model), model.handed_over_at < now() - LEASE)
        .values(failed_at=now(), answer=mail_server.UNCONFIRMED)
    )
    db.session.commit()
