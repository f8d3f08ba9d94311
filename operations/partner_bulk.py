"""What is done to many partners at once: all of them or none, in a bounded number of statements."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update

from models import AuditEvent, Membership, Partner, PartnerStatus, User, db
from models.bulk import rows_changed
from operations import audit, details, tags
from operations.audit import Part
from operations.partners import check_may_edit, manager_named, name_of_manager
from operations.place_locks import lock_partners
from operations.refusal import Refusal
from policy import Actor


def pause_all(actor: Actor, partners: Sequence[Partner]) -> int:
    """Pause every one of them, or none. Returns how many."""
    check_may_edit(actor)
    _refuse("is not active", [p for p in partners if p.status is not PartnerStatus.ACTIVE])
    lock_partners(partner.id for partner in partners)
    _write(partners, Partner.status == PartnerStatus.ACTIVE, status=PartnerStatus.PAUSED)
    before, after = {"status": PartnerStatus.ACTIVE}, {"status": PartnerStatus.PAUSED}
    audit.record_each(actor, "partner.paused", [(p, before, after) for p in partners])
    return len(partners)


def undo_pauses(actor: Actor, events: Sequence[AuditEvent]) -> AuditEvent:
    """Take the partners' leads again that these events paused: all of them, or none."""
    check_may_edit(actor)
    by_partner = {event.object_id: event for event in events}
    query = (
        select(Partner).where(Partner.id.in_(by_partner)).execution_options(populate_existing=True)
    )
    partners = db.session.scalars(query).all()
    _refuse("is not paused any more", [p for p in partners if p.status is not PartnerStatus.PAUSED])
    lock_partners(partner.id for partner in partners)
    _write(partners, Partner.status == PartnerStatus.PAUSED, status=PartnerStatus.ACTIVE)
    before, after = {"status": PartnerStatus.PAUSED}, {"status": PartnerStatus.ACTIVE}
    parts = [
        Part("partner.resumed", p, before=before, after=after, undoes=by_partner[p.id])
        for p in partners
    ]
    return audit.record_many(actor, parts)


def set_manager(actor: Actor, partners: Sequence[Partner], manager_id: uuid.UUID | None) -> int:
    """Give every one of them this account manager, or nobody. Returns how many had another."""
    check_may_edit(actor)
    manager_named(manager_id)
    moving = [p for p in partners if p.account_manager_id != manager_id]
    names = {None: "", **_names(moving)}
    after = {"account_manager": name_of_manager(manager_id)}
    # What it was has to be read before it is written: the rows in memory follow the statement.
    changes = [(p, {"account_manager": names[p.account_manager_id]}, after) for p in moving]
    lock_partners(partner.id for partner in moving)
    _write(moving, account_manager_id=manager_id, version=Partner.version + 1)
    audit.record_each(actor, "partner.edited", changes)
    return len(moving)


def add_tag(actor: Actor, partners: Sequence[Partner], text: str) -> int:
    """Give every one of them this tag, or none. Returns how many did not have it."""
    check_may_edit(actor)
    tag = details.tag(text, "tag")
    lock_partners(partner.id for partner in partners)
    had = tags.of_many([partner.id for partner in partners])
    lacking = [partner for partner in partners if tag not in had.get(partner.id, [])]
    full = [p for p in lacking if len(had.get(p.id, [])) >= details.MOST_TAGS]
    _refuse(f"has {details.MOST_TAGS} tags, which is the most", full)
    _write(lacking, version=Partner.version + 1)
    tags.add((partner, tag) for partner in lacking)
    both = ((p, had.get(p.id, []), sorted([*had.get(p.id, []), tag])) for p in lacking)
    changes = [(p, {"tags": before}, {"tags": after}) for p, before, after in both]
    audit.record_each(actor, "partner.edited", changes)
    return len(lacking)


def _refuse(why: str, partners: Sequence[Partner]) -> None:
    """Name the first one that stands in the way, and how many more there are."""
    if not partners:
        return
    more = f", and {len(partners) - 1} more the same" if len(partners) > 1 else ""
    raise Refusal(f"{partners[0].name} {why}{more}. Nothing was changed.")


def _write(partners: Sequence[Partner], *still: ColumnElement[bool], **values: object) -> None:
    """Change them in one statement, which has to reach every one of them."""
    if not partners:
        return
    ids = [partner.id for partner in partners]
    change = update(Partner).where(Partner.id.in_(ids), *still).values(**values)
    if rows_changed(db.session, change) != len(ids):
        raise Refusal("Somebody else changed one of them at the same moment. Nothing was changed.")


def _names(partners: Sequence[Partner]) -> dict[uuid.UUID | None, str]:
    managers = {p.account_manager_id for p in partners if p.account_manager_id}
    query = select(Membership.id, User.name).join(Membership.user)
    rows = db.session.execute(query.where(Membership.id.in_(managers)))
    return {row.id: row.name for row in rows}
