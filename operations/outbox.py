"""The outbox: letters written in the transaction that causes them, sent by the worker later."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, update

from models import AccountLetter, Letter, Scope, User, db, now
from models.base import Word, new_id
from models.bulk import rows_changed

AnyLetter = Letter | AccountLetter
LetterKey = tuple[int | None, uuid.UUID]


def queue(
    kind: str,
    to_email: str,
    to_name: str = "",
    *,
    partner_id: uuid.UUID | None = None,
    **facts: Any,  # noqa: ANN401
) -> Letter:
    """Write a letter of the session's tenant; it leaves once the transaction is committed.

    `facts` is what the templates of `mail/<kind>/` need besides the tenant and a made link
    (operations/letters.py). Never a token. `partner_id` is the partner it concerns, whose
    people then see its delivery; left out, it is the partner that the session works for.
    """
    letter = _letter(kind, to_email, to_name, partner_id, facts)
    db.session.flush()
    return letter


def write(
    kind: str,
    to: User,
    *,
    partner_id: uuid.UUID | None = None,
    **facts: Any,  # noqa: ANN401
) -> Letter:
    """Write one of many letters to people who have an account; one flush stores them together."""
    return _letter(kind, to.email, to.name, partner_id, facts)


def _letter(
    kind: str, to_email: str, to_name: str, partner_id: uuid.UUID | None, facts: dict[str, Any]
) -> Letter:
    scope: Scope | None = db.session.info.get("scope")
    letter = Letter(
        kind=kind,
        to_email=to_email,
        to_name=to_name,
        partner_id=partner_id or (scope.partner_id if scope else None),
        facts=_plain(facts),
    )
    db.session.add(letter)
    return letter


def queue_for_account(user: User, kind: str, **facts: Any) -> AccountLetter:  # noqa: ANN401
    """Write a letter about a person's own account, which belongs to no tenant."""
    letter = AccountLetter(
        kind=kind, user_id=user.id, to_email=user.email, to_name=user.name, facts=_plain(facts)
    )
    db.session.add(letter)
    db.session.flush()
    return letter


def pretend(user: User) -> None:
    """Let the worker be told of a letter that is not there."""
    letter = AccountLetter(id=new_id(), user_id=user.id)
    db.session.info.setdefault("new_work", []).append(letter)


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    """As JSON can hold it: moments as ISO text, roles and states as people read them."""
    return {name: _plain_value(value) for name, value in facts.items()}


def _plain_value(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return value.isoformat()
    return value.word if isinstance(value, Word) else value


def withdraw(*letter_ids: uuid.UUID) -> int:
    """Take letters back that have not left yet, and say how many; others stay as they are."""
    return _withdraw(Letter, Letter.id.in_(letter_ids))


def withdraw_for_account(user: User, kind: str) -> None:
    """Take back a person's letters of one kind that have not left yet."""
    _withdraw(AccountLetter, and_(AccountLetter.user_id == user.id, AccountLetter.kind == kind))


def _withdraw(model: type[AnyLetter], which: ColumnElement[bool]) -> int:
    """The database decides, because the worker may be handing it over at this moment."""
    return rows_changed(
        db.session,
        update(model)
        .where(which, open_letters(model), model.handed_over_at.is_(None))
        .values(withdrawn_at=now()),
    )


def open_letters(model: type[AnyLetter]) -> ColumnElement[bool]:
    """Criterion for the letters that are still to be sent."""
    return and_(*(day.is_(None) for day in (model.sent_at, model.failed_at, model.withdrawn_at)))


def key_of(letter: AnyLetter) -> LetterKey:
    """What finds this letter again: its tenant, if it has one, and its identifier."""
    return letter.tenant_id if isinstance(letter, Letter) else None, letter.id


def this_letter(model: type[AnyLetter], key: LetterKey) -> ColumnElement[bool]:
    """Criterion for one letter, on its tenant's shard."""
    tenant_id, identifier = key
    found = model.id == identifier
    return and_(Letter.tenant_id == tenant_id, found) if model is Letter else found
