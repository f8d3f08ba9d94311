"""Delivery: claim a letter, send it outside any transaction, note what came of it."""

import logging
from datetime import timedelta

from config import Settings
from models import AccountLetter, Letter, now
from operations import claims, letters, mail_folder, mail_server
from operations.claims import Claim, LostError
from operations.letters import Envelope
from operations.mail_server import LaterError, NotDeliveredError, RefusedError, UnreachableError
from operations.outbox import AnyLetter, LetterKey

log = logging.getLogger("inflow")

#: Minutes between tries: quickly at first, then hourly until a day has passed.
WAITS = (1, 2, 5, 15, 30, *[60] * 23)
#: How many letters one pass takes on.
A_PASS = 200
UNWRITTEN = "The letter could not be written; the log says why."
LONGEST_ANSWER = 500


def sweep(settings: Settings) -> None:
    """Send what is due, and close what a crash left open.

    Ends early while the mail server cannot be reached: the others wait without a try of theirs.
    """
    due: list[tuple[type[AnyLetter], LetterKey]] = []
    for model in (AccountLetter, Letter):
        claims.close_unconfirmed(model, mail_server.UNCONFIRMED)
        due += [(model, key) for key in claims.due_keys(model, A_PASS)]
    for model, key in due:
        if not deliver(model, key, settings):
            return


def deliver(model: type[AnyLetter], key: LetterKey, settings: Settings) -> bool:
    """Send one letter if it is due. Says no when the mail server cannot be reached at all."""
    claim = claims.claim(model, key)
    if claim is None:
        return True
    try:
        _send(claim, settings)
    except LostError:
        log.info("%s was withdrawn before it left", claim.letter.public_id)
    except NotDeliveredError as error:
        _note_failure(claim, error)
        return not isinstance(error, UnreachableError)
    return True


def _send(claim: Claim, settings: Settings) -> None:
    envelope = _write(claim, settings)
    if not settings.mail_server:
        _file(claim, envelope, settings)
        return
    with mail_server.connected(settings) as server:
        mail_server.offer(server, envelope)
        claims.hand_over(claim)
        answer = mail_server.hand_in(server, envelope)
        # Before the goodbye: a crash during it must not leave a confirmed letter unconfirmed.
        claims.note(claim, sent_at=now(), answer=answer[:LONGEST_ANSWER])


def _write(claim: Claim, settings: Settings) -> Envelope:
    """Whatever is wrong with a letter's text stays wrong, so it is not tried again."""
    try:
        return letters.write(claim.letter, claim.tenant, claim.made, settings)
    except Exception as error:
        log.exception("%s could not be written", claim.letter.public_id)
        raise RefusedError(UNWRITTEN) from error


def _file(claim: Claim, envelope: Envelope, settings: Settings) -> None:
    name = f"{claim.letter.queued_at:%Y%m%dT%H%M%SZ}-{claim.letter.public_id}.eml"
    claims.hand_over(claim)
    mail_folder.write(envelope.content, name, settings.mail_folder)
    claims.note(claim, sent_at=now(), filed_as=name, answer=mail_folder.ANSWER)


def _note_failure(claim: Claim, error: NotDeliveredError) -> None:
    answer, tries = str(error)[:LONGEST_ANSWER], claim.letter.attempts
    log.warning("%s was not delivered: %s", claim.letter.public_id, answer)
    if not isinstance(error, LaterError) or tries > len(WAITS):
        claims.note(claim, failed_at=now(), answer=answer)
        return
    again = now() + timedelta(minutes=WAITS[tries - 1])
    claims.note(
        claim,
        claimed_at=None,
        handed_over_at=None,
        next_try_at=again,
        answer=answer,
    )
