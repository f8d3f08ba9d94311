"""Memberships: changing a role, removing, and bringing back."""

from collections.abc import Sequence

from sqlalchemy import Update, select, tuple_, update
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from models import AuditEvent, Invite, Membership, Role, db, now
from models.base import key_of
from models.bulk import rows_changed
from models.invite import pending_invites
from operations import audit, invites, last_admin, outbox
from operations.audit import Part
from operations.place_locks import HeldPlaces, lock_places
from operations.refusal import Forbidden, Refusal
from operations.role_gifts import check_may_give
from policy import Actor, beyond, may_change

MEANWHILE = "Somebody else changed this at the same moment. Nothing was changed; look again."


def change_role(actor: Actor, member: Membership, role: Role, reason: str = "") -> AuditEvent:
    """Give a member another role; it holds from their next click."""
    [event] = change_roles(actor, [member], role, reason)
    return event


def change_roles(
    actor: Actor, members: Sequence[Membership], role: Role, reason: str = ""
) -> list[AuditEvent]:
    """Give several members one role: all or none, in as few statements as for one.

    Those who have it already are left alone. Members come with their `user`.
    """
    _check_new_role(actor, members, role)
    changing = [member for member in members if member.role is not role]
    if not changing:
        raise Refusal(f"{_everybody(members)} already {role.word}.")
    places = lock_places(actor, changing)
    if role not in last_admin.ROLES:
        last_admin.check_stays(actor, changing, places, reason)
    before = {member.id: member.role for member in changing}
    _claim(changing, _as_read(changing).values(role=role))
    for member in changing:
        set_committed_value(member, "role", role)
        _tell_of_role(actor, member, before[member.id], places)
    # A link that gives what they no longer hold would be the way back to it.
    invites.revoke_sent_by(actor, *changing, offering=beyond(role))
    after = {"role": role, **_why(reason)}
    changes = [(member, {"role": before[member.id]}, after) for member in changing]
    return audit.record_each(actor, "member.role_changed", changes)


def remove(actor: Actor, member: Membership, reason: str = "") -> AuditEvent:
    """Detach a person from this place only; their account and other memberships stay."""
    [event] = remove_all(actor, [member], reason)
    return event


def remove_all(actor: Actor, members: Sequence[Membership], reason: str = "") -> list[AuditEvent]:
    """Detach several people: all or none. The pending invites they sent here are revoked.

    Nothing else ends: sessions read the memberships at every request, and find this one gone.
    """
    _check_may_change(actor, members)
    places = lock_places(actor, members)
    last_admin.check_stays(actor, members, places, reason)
    moment = now()
    _claim(members, _as_read(members).values(removed_at=moment))
    for member in members:
        set_committed_value(member, "removed_at", moment)
        facts = places.facts(actor, member)
        outbox.write("removed", member.user, partner_id=member.partner_id, **facts)
    revoked = invites.revoke_sent_by(actor, *members)
    after = {"invites_revoked": revoked, **_why(reason)}
    changes = [(member, {"role": member.role}, after) for member in members]
    return audit.record_each(actor, "member.removed", changes)


def undo_remove(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring the membership back as it was; revoked invites stay revoked."""
    return bring_back(actor, [event])


def bring_back(actor: Actor, events: Sequence[AuditEvent]) -> AuditEvent:
    """Bring back the memberships that these events removed: all of them, or none."""
    by_member = {event.object_id: event for event in events}
    query = select(Membership).where(Membership.id.in_(by_member))
    members = db.session.scalars(query.options(joinedload(Membership.user))).all()
    if len(members) < len(events):
        raise Refusal("The membership is not there any more.")
    _check_may_change(actor, members)
    lock_places(actor, members)
    _check_still_away(members)
    ids = Membership.id.in_([member.id for member in members])
    back = update(Membership).where(ids, Membership.removed_at.is_not(None))
    _claim(members, back.values(removed_at=None))
    for member in members:
        set_committed_value(member, "removed_at", None)
    parts = [Part("member.restored", one, undoes=by_member[one.id]) for one in members]
    return audit.record_many(actor, parts)


def _check_still_away(members: Sequence[Membership]) -> None:
    """Whoever was invited or joined anew meanwhile comes back that way, or was removed again."""
    of_users = Membership.user_id.in_([member.user_id for member in members])
    columns = (Membership.partner_id, Membership.user_id, Membership.id)
    each = db.session.execute(select(*columns).where(of_users).order_by(Membership.id))
    latest = {(partner_id, user_id): found for partner_id, user_id, found in each}
    emails = Invite.email_key.in_([key_of(member.user.email) for member in members])
    open_ = select(Invite.partner_id, Invite.email_key).where(emails, pending_invites())
    invited = set(db.session.execute(open_).all())
    for member in members:
        if latest[member.partner_id, member.user_id] != member.id:
            raise Refusal(f"{member.user.name} has joined again since. That stays as it is.")
        if (member.partner_id, key_of(member.user.email)) in invited:
            raise Refusal(
                f"{member.user.name} was invited again meanwhile. Revoke that invite first."
            )


def _check_new_role(actor: Actor, members: Sequence[Membership], role: Role) -> None:
    _check_may_change(actor, members)
    for member in members:
        check_may_give(actor, role, in_partner=member.partner_id is not None)


def _check_may_change(actor: Actor, members: Sequence[Membership]) -> None:
    for member in members:
        if not may_change(actor, member):
            raise Forbidden(
                f"Your role cannot change or remove {member.user.name}, {member.role.word}."
            )


def _as_read(members: Sequence[Membership]) -> Update:
    """Only as long as they are what was checked: still here, and still in that role."""
    as_read = [(member.id, member.role) for member in members]
    return update(Membership).where(
        tuple_(Membership.id, Membership.role).in_(as_read), Membership.removed_at.is_(None)
    )


def _claim(members: Sequence[Membership], statement: Update) -> None:
    """Run the update that decides a race: it fits every member, or nothing is changed."""
    statement = statement.execution_options(synchronize_session=False)
    if rows_changed(db.session, statement) != len(members):
        raise Refusal(MEANWHILE)


def _tell_of_role(actor: Actor, member: Membership, before: Role, places: HeldPlaces) -> None:
    facts = places.facts(actor, member)
    outbox.write(
        "role_changed",
        member.user,
        partner_id=member.partner_id,
        role_before=before.word,
        role=member.role.word,
        role_help=member.role.purpose,
        **facts,
    )


def _why(reason: str) -> dict[str, str]:
    return {"reason": reason.strip()} if reason.strip() else {}


def _everybody(members: Sequence[Membership]) -> str:
    return f"{members[0].user.name} is" if len(members) == 1 else "All of them are"
