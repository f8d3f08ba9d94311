"""The last Admin: no tenant loses its last Admin, no partner its last Partner Admin unasked."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, or_, select

from models import Membership, Role, User, db
from operations.place_locks import HeldPlaces
from operations.refusal import Invalid, Refusal
from policy import Actor

ROLES = frozenset({Role.ADMIN, Role.PARTNER_ADMIN})


def check_stays(
    actor: Actor, losing: Sequence[Membership], places: HeldPlaces, reason: str
) -> None:
    """Refuse when a place would be left without an Admin. Only behind `lock_places`.

    For a partner staff may go on after saying why; for the tenant nobody may.
    """
    for member in without_another(losing):
        place = places.name_of(member)
        if member.partner_id is None:
            raise Refusal(f"{member.user.name} is the last Admin of {place}. Make another first.")
        if not actor.is_staff:
            raise Refusal(
                f"{member.user.name} is the last Partner Admin of {place}."
                " Make somebody else Partner Admin first."
            )
        if not reason.strip():
            raise Invalid("reason", f"Say why {place} is left without a Partner Admin.")


def without_another(losing: Sequence[Membership]) -> list[Membership]:
    """Name those whose place has no other Admin that could sign in."""
    if not any(member.role in ROLES for member in losing):
        return []
    staying = select(Membership.partner_id).join(Membership.user).where(others(losing))
    return bereft(losing, db.session.scalars(staying.distinct()))


def bereft(losing: Sequence[Membership], staying: Iterable[uuid.UUID | None]) -> list[Membership]:
    """Name the Admins among them whose place is none of those where another Admin stays."""
    kept = set(staying)
    return [member for member in losing if member.role in ROLES and member.partner_id not in kept]


def others(losing: Sequence[Membership]) -> ColumnElement[bool]:
    """Criterion for the Admins, able to sign in, that these members' places keep."""
    partners = {member.partner_id for member in losing if member.partner_id is not None}
    here = []
    if partners:
        of_partners = Membership.partner_id.in_(partners)
        here.append(of_partners & (Membership.role == Role.PARTNER_ADMIN))
    if any(member.partner_id is None for member in losing):
        here.append(Membership.partner_id.is_(None) & (Membership.role == Role.ADMIN))
    return and_(
        or_(*here),
        Membership.removed_at.is_(None),
        Membership.id.not_in([member.id for member in losing]),
        User.suspended_at.is_(None),
    )
