"""Credentials: issued, rotated, closed, given more time, revoked. The secret is told once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from models import Credential, CredentialState, Membership, Source, db, now
from models.bulk import rows_changed
from operations import audit
from operations.issuing import CONSOLE, Choice, Issued, add, checked
from operations.refusal import Forbidden, Invalid, MadeAlready, Refusal
from policy import Actor, Permission, may

#: What the audit keeps as an object's name.
LONGEST_NAME = 254
#: When the old one of a rotation closes, in hours.
WAITS = (0, 24, 48, 72)
A_DAY = timedelta(hours=24)
USABLE = frozenset({CredentialState.LIVE, CredentialState.CLOSING})


def of_source(source: Source, most: int) -> list[Credential]:
    """List a source's credentials, the newest first, with who issued them."""
    found = (
        select(Credential)
        .where(*listed(source))
        .options(joinedload(Credential.created_by).joinedload(Membership.user))
        .order_by(Credential.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(found))


def listed(source: Source) -> tuple[ColumnElement[bool], ...]:
    """Criteria for the credentials of a source that are anybody's: not the console's own."""
    return Credential.source_id == source.id, Credential.name != CONSOLE


#: When the old one of a rotation stops working: it may have an expiry of its own.
END: ColumnElement[datetime] = case(
    (Credential.expires_at < Credential.closes_at, Credential.expires_at),
    else_=Credential.closes_at,
)


def closing(at: Any = None) -> ColumnElement[bool]:  # noqa: ANN401 - a moment or its parameter
    """Criterion for the old ones of rotations that still open the door."""
    moment = now() if at is None else at
    # A range, without a way around it: so their index can be read from this moment on.
    return and_(_not_over(moment), Credential.closes_at > moment)


def usable(at: Any = None) -> ColumnElement[bool]:  # noqa: ANN401 - the same
    """Criterion for the credentials that open the door at a moment; now, unless one is given."""
    moment = now() if at is None else at
    is_open = or_(Credential.closes_at.is_(None), Credential.closes_at > moment)
    return and_(_not_over(moment), is_open)


def _not_over(moment: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the same
    lasts = or_(Credential.expires_at.is_(None), Credential.expires_at > moment)
    return and_(Credential.revoked_at.is_(None), lasts)


def issue(actor: Actor, source: Source, choice: Choice) -> Issued:
    """Make a credential. Its secret is in the result and nowhere else."""
    _check_may(actor)
    issued = _add_once(actor, source, choice)
    _record(actor, "credential.issued", issued.credential, after=_facts(issued.credential))
    return issued


def rotate(actor: Actor, old: Credential, choice: Choice, hours: int) -> Issued:
    """Issue a successor; the old one closes after so many hours. Done once to a credential."""
    _check_may(actor)
    if hours not in WAITS:
        raise Invalid("hours", "Choose when the old one closes: now, or after 24, 48 or 72 hours.")
    _check_is_new(choice)
    _check_usable(old)
    try:
        issued = _add_once(actor, old.source, choice, old)
    except IntegrityError as error:
        raise Refusal(f"“{old.name}” was rotated already. Look at its successor.") from error
    closes_at = now() + timedelta(hours=hours)
    _change(old, usable(), closes_at=closes_at)
    after = {"successor": issued.credential.key, "closes_at": closes_at}
    _record(actor, "credential.rotated", old, after={**_facts(issued.credential), **after})
    return issued


def close_now(actor: Actor, old: Credential) -> None:
    """End a rotation: from now on the old one is refused."""
    _check_may(actor)
    before = old.closes_at
    _change(old, usable(), Credential.closes_at.is_not(None), closes_at=now())
    _record(actor, "credential.closed", old, {"closes_at": before}, {"closes_at": old.closes_at})


def extend(actor: Actor, old: Credential) -> None:
    """Keep the old one of a rotation open for 24 hours more than was seen."""
    _check_may(actor)
    before = old.closes_at
    if before is None:
        raise Refusal(f"“{old.name}” is not closing, so it needs no more time.")
    _change(old, usable(), Credential.closes_at == before, closes_at=before + A_DAY)
    _record(actor, "credential.extended", old, {"closes_at": before}, {"closes_at": old.closes_at})


def revoke(actor: Actor, credential: Credential) -> None:
    """Make it useless now and for good."""
    _check_may(actor)
    _change(credential, usable(), revoked_at=now())
    _record(actor, "credential.revoked", credential)


def _add_once(
    actor: Actor, source: Source, choice: Choice, old: Credential | None = None
) -> Issued:
    """Add it, unless it was added before: the primary key decides."""
    try:
        with db.session.begin_nested():
            return add(actor, source, checked(choice), old)
    except IntegrityError:
        _check_is_new(choice)
        raise


def _check_is_new(choice: Choice) -> None:
    name = db.session.scalar(select(Credential.name).where(Credential.id == choice.id))
    if name is not None:
        raise MadeAlready(f"“{name}” was issued already, and its secret was shown.")


def _check_usable(credential: Credential) -> None:
    if credential.state not in USABLE:
        raise Refusal(f"“{credential.name}” has ended already. Issue a new credential instead.")


def _change(credential: Credential, *still: ColumnElement[bool], **values: object) -> None:
    """Change it if it is still as it was seen, and refuse otherwise."""
    changed = rows_changed(
        db.session,
        update(Credential)
        .where(Credential.tenant_id == credential.tenant_id, Credential.id == credential.id, *still)
        .values(**values)
        .execution_options(synchronize_session=False),
    )
    if not changed:
        raise Refusal(f"“{credential.name}” ended or was changed in the meantime. Look again.")
    db.session.refresh(credential, list(values))


def _check_may(actor: Actor) -> None:
    if not may(actor, Permission.SOURCES_CREDENTIALS):
        raise Forbidden("Your role does not include credentials.")


def _facts(credential: Credential) -> dict[str, object]:
    return {
        "key": credential.key,
        "kind": credential.kind,
        "is_test": credential.is_test,
        "expires_at": credential.expires_at,
    }


def _record(
    actor: Actor,
    kind: str,
    credential: Credential,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    source = credential.source
    audit.record(
        actor,
        kind,
        credential,
        name=f"{credential.name} of {source.name}"[:LONGEST_NAME],
        partner_id=source.partner_id,
        before=before,
        after=after,
    )
