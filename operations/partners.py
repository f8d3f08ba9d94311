"""Partners: create, edit, pause, resume, archive, restore."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from models import AuditEvent, Membership, Partner, PartnerStatus, User, db
from models.base import key_of
from models.bulk import rows_changed
from operations import audit, details, metric_changes, tags
from operations.refusal import Forbidden, Invalid, Refusal, Stale
from policy import Actor, Permission, may

RULES: dict[str, Callable[[Any], Any]] = {
    "name": details.name,
    "contact_name": details.contact_name,
    "contact_email": details.contact_email,
    "phone": details.phone,
    "website": details.website,
    "notes": details.notes,
    "show_returned": bool,
    "deduct_returned": bool,
    "tags": details.tags,
}
STALE = "Somebody else saved this partner while you had it open. Nothing of yours was saved yet."
TAKEN = "Another partner has this name already."

Sides = tuple[dict[str, Any], dict[str, Any]]


def create(actor: Actor, **values: Any) -> Partner:  # noqa: ANN401 - each field has its own type
    """Add a partner: its fields by name, `tags` and `account_manager_id` among them."""
    check_may_edit(actor)
    partner = Partner(tenant_id=actor.tenant_id, name="", version=1)
    with _saving():
        _, after = _change(partner, {"name": "", **values}, had_tags=[])
        db.session.add(partner)
    tags.put(partner, [], after.get("tags", []))
    audit.record(actor, "partner.created", partner, after=after)
    return partner


def is_taken(name: str, but: Partner | None = None) -> bool:
    """Whether another partner has this name; saving asks again, for somebody may be quicker."""
    holder = db.session.scalar(select(Partner.id).where(Partner.name_key == key_of(name)))
    return holder is not None and (but is None or holder != but.id)


def edit(actor: Actor, partner: Partner, version: int, **values: Any) -> AuditEvent | None:  # noqa: ANN401
    """Change the fields that are given, if nobody saved since `version` was read.

    Returns None when nothing was different.
    """
    check_may_edit(actor)
    return save(actor, partner, version, "partner.edited", values)


def save(
    actor: Actor, partner: Partner, version: int, kind: str, values: dict[str, Any]
) -> AuditEvent | None:
    """Change fields for whoever was let in, and record it as `kind`."""
    if partner.version != version:
        raise Stale(STALE)
    had_tags = tags.of(partner) if "tags" in values else []
    with _saving():
        before, after = _change(partner, values, had_tags)
        if after:  # tags are rows of their own; the version moves with them too
            flag_modified(partner, "name")
    if not after:
        return None
    tags.put(partner, had_tags, after.get("tags", had_tags))
    if "deduct_returned" in after:
        metric_changes.deduction_changed([partner])
    return audit.record(actor, kind, partner, before=before, after=after)


def pause(actor: Actor, partner: Partner) -> AuditEvent:
    """Stop taking its leads; its people can still read."""
    return _move(actor, partner, "partner.paused", (PartnerStatus.ACTIVE, PartnerStatus.PAUSED))


def resume(actor: Actor, partner: Partner) -> AuditEvent:
    """Take its leads again."""
    return _move(actor, partner, "partner.resumed", (PartnerStatus.PAUSED, PartnerStatus.ACTIVE))


def archive(actor: Actor, partner: Partner) -> AuditEvent:
    """Close the partner: hidden from lists, its people cannot enter, its sources answer 403."""
    if partner.status is PartnerStatus.ARCHIVED:
        raise Refusal(f"{partner.name} is archived already.")
    way = (partner.status, PartnerStatus.ARCHIVED)
    return _move(actor, partner, "partner.archived", way)


def restore(actor: Actor, partner: Partner) -> AuditEvent:
    """Open an archived partner again, paused if it was paused before."""
    way = (PartnerStatus.ARCHIVED, _status_before_archiving(partner))
    return _move(actor, partner, "partner.restored", way)


def undo_status(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Bring the partner's status back to what it was before the event."""
    partner = db.session.scalar(select(Partner).where(Partner.id == event.object_id))
    if partner is None:
        raise Refusal("This partner is not there any more.")
    way = (PartnerStatus(event.after["status"]), PartnerStatus(event.before["status"]))
    kind = "partner.resumed" if event.kind == "partner.paused" else "partner.restored"
    return _move(actor, partner, kind, way, undoes=event)


def check_may_edit(actor: Actor) -> None:
    """Refuse whoever does not edit partners. Every operation asks, whatever a screen offers."""
    if not may(actor, Permission.PARTNERS_EDIT):
        raise Forbidden("Your role does not include changing partners.")


def manager_named(manager_id: uuid.UUID | None) -> Membership | None:
    """Find the staff member who is to be account manager; None for nobody."""
    if manager_id is None:
        return None
    query = select(Membership).where(
        Membership.id == manager_id,
        Membership.partner_id.is_(None),
        Membership.removed_at.is_(None),
    )
    found = db.session.scalar(query)
    if found is None:
        raise Invalid("account_manager_id", "Choose somebody who is on your team.")
    return found


def name_of_manager(manager_id: uuid.UUID | None) -> str:
    """Name the account manager as history keeps it, one who left included."""
    query = select(User.name).join(Membership, Membership.user_id == User.id)
    return db.session.scalar(query.where(Membership.id == manager_id)) or ""


def _change(partner: Partner, values: dict[str, Any], had_tags: list[str]) -> Sides:
    """Set what differs, and return both sides of it in words that read the same later."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for field, rule in RULES.items():
        if field not in values:
            continue
        had, wanted = had_tags if field == "tags" else getattr(partner, field), rule(values[field])
        if had != wanted:
            before[field], after[field] = had, wanted
            if field != "tags":
                setattr(partner, field, wanted)
    if "account_manager_id" in values:
        _change_manager(partner, values["account_manager_id"], before, after)
    return before, after


def _change_manager(
    partner: Partner, chosen: uuid.UUID | None, before: dict[str, Any], after: dict[str, Any]
) -> None:
    if chosen == partner.account_manager_id:
        return
    manager_named(chosen)
    before["account_manager"] = name_of_manager(partner.account_manager_id)
    after["account_manager"] = name_of_manager(chosen)
    partner.account_manager_id = chosen


@contextmanager
def _saving() -> Iterator[None]:
    """Write what is set inside; the database decides whether version and name still hold."""
    try:
        with db.session.begin_nested(), db.session.no_autoflush:
            yield
            db.session.flush()
    except StaleDataError as error:
        raise Stale(STALE) from error
    except IntegrityError as error:
        # The one constraint that what is typed can break: everything else was looked up before.
        raise Invalid("name", TAKEN) from error


def _move(
    actor: Actor,
    partner: Partner,
    kind: str,
    way: tuple[PartnerStatus, PartnerStatus],
    undoes: AuditEvent | None = None,
) -> AuditEvent:
    """Change the status if it still is what it has to be: the database decides a race."""
    check_may_edit(actor)
    was, becomes = way
    moved = rows_changed(
        db.session,
        update(Partner)
        .where(Partner.id == partner.id, Partner.status == was)
        .values(status=becomes),
    )
    if not moved:
        db.session.refresh(partner, ["status"])
        raise Refusal(f"{partner.name} is {partner.status.value} now. Nothing was changed.")
    before, after = {"status": was}, {"status": becomes}
    return audit.record(actor, kind, partner, before=before, after=after, undoes=undoes)


def _status_before_archiving(partner: Partner) -> PartnerStatus:
    query = (
        select(AuditEvent.before)
        .where(AuditEvent.object_id == partner.id, AuditEvent.kind == "partner.archived")
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    before = db.session.scalar(query) or {}
    return PartnerStatus(before.get("status", PartnerStatus.ACTIVE))
