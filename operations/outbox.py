"""The outbox: letters written in the transaction that causes them, sent by the worker later."""

import uuid
from typing import Any

from sqlalchemy import update

from models import AccountLetter, Letter, User, db, now
from models.tenancy import scope_of


def queue(
    kind: str,
    to_email: str,
    to_name: str = "",
    *,
    partner_id: uuid.UUID | None = None,
    **facts: Any,  # noqa: ANN401
) -> Letter:
    """Write a letter of the session's tenant; it leaves once the transaction is committed.

    `partner_id` is the partner it concerns; partner people always write about their own.
    `facts` is what the templates of `mail/<kind>/` need besides the link. Never a token.
    """
    letter = Letter(
        kind=kind,
        to_email=to_email,
        to_name=to_name,
        partner_id=partner_id or scope_of(db.session).partner_id,
        facts=facts,
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def queue_for_account(user: User, kind: str, **facts: Any) -> AccountLetter:  # noqa: ANN401
    """Write a letter about a person's own account, which belongs to no tenant."""
    letter = AccountLetter(
        kind=kind, user_id=user.id, to_email=user.email, to_name=user.name, facts=facts
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def withdraw(letter: Letter | None) -> None:
    """Take a letter back that has not left yet; one that left stays as it is."""
    if letter is not None and letter.sent_at is None and letter.handed_over_at is None:
        letter.withdrawn_at = now()


def withdraw_for_account(user: User, kind: str) -> None:
    """Take back a person's letters of one kind that have not left yet."""
    db.session.execute(
        update(AccountLetter)
        .where(
            AccountLetter.user_id == user.id,
            AccountLetter.kind == kind,
            AccountLetter.sent_at.is_(None),
            AccountLetter.handed_over_at.is_(None),
            AccountLetter.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now())
        .execution_options(synchronize_session=False)
    )
