"""Assigning sources to partners, moving them, taking them away: all that are named, or none."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, exists, select
from sqlalchemy.orm import aliased

from models import Assignment, AuditEvent, Partner, Source, Tenant, db, now
from models.among import among
from models.assignment import Credit
from operations import audit, crediting, crediting_back, handover, waiting_leads
from operations.audit import Part
from operations.place_locks import HeldPartner, check_open, lock_partners
from operations.refusal import Forbidden, Invalid, Refusal
from policy import Actor, Permission, may

#: So many at once; also keeps each deed's number of statements constant.
MOST = 1000


def assign(
    actor: Actor,
    partner: Partner,
    sources: Sequence[Source],
    credit: Credit = Credit.LEAVE,
    since: date | None = None,
) -> AuditEvent:
    """Connect unassigned sources to a partner; what they receive from now on is credited to it.

    `credit` and `since` say what happens to leads they received while they had no partner.
    """
    _check_since(actor, credit, since)
    since = since if credit is Credit.SINCE else None
    _check(actor, sources)
    _hold_open(partner)
    handover.hand_over({None: sources}, partner.id)
    handover.begin(actor, partner, sources, credit, since)
    if credit is not Credit.LEAVE and _wait(actor, sources):
        crediting.ask(actor, partner, sources, since, crediting_back.done_by())
    after = {"partner": partner.name, "credit": credit, "since": since}
    parts = [
        Part("source.assigned", source, partner_id=partner.id, after=after) for source in sources
    ]
    return audit.record_many(actor, parts)


def _wait(actor: Actor, sources: Sequence[Source]) -> bool:
    """Whether these sources received leads without a partner."""
    return bool(waiting_leads.of_sources(actor.tenant_id, [source.id for source in sources]))


def move(actor: Actor, partner: Partner, sources: Sequence[Source]) -> AuditEvent:
    """Take sources from the partners they are with and give them to another, in one step.

    Each partner reads of it in its own history, which never names the other.
    """
    _check(actor, sources)
    check_assigned(sources)
    if staying := [source for source in sources if source.partner_id == partner.id]:
        raise Refusal(f"“{staying[0].name}” is with {partner.name} already.")
    groups = handover.seen(sources)
    held = _hold_open(partner, *groups)
    handover.hand_over(groups, partner.id)
    handover.end(actor, sources)
    handover.begin(actor, partner, sources)
    gone = [
        Part("source.moved_away", source, partner_id=was, before={"partner": held[was].name})
        for was, group in groups.items()
        if was
        for source in group
    ]
    after = {"partner": partner.name}
    come = [
        Part("source.moved_in", source, partner_id=partner.id, after=after) for source in sources
    ]
    return audit.record_many(actor, [*gone, *come])


def unassign(actor: Actor, sources: Sequence[Source]) -> AuditEvent:
    """Take sources away from their partners. Their leads and credentials stay as they are."""
    _check(actor, sources)
    check_assigned(sources)
    groups = handover.seen(sources)
    held = lock_partners(groups)
    handover.hand_over(groups, None)
    ended = handover.end(actor, sources)
    parts = [
        Part(
            "source.unassigned",
            source,
            partner_id=was,
            before={"partner": held[was].name, "assignment": ended[source.id]},
        )
        for was, group in groups.items()
        if was
        for source in group
    ]
    return audit.record_many(actor, parts)


def undo_unassign(actor: Actor, event: AuditEvent) -> AuditEvent:
    """Give everything that was unassigned in one deed back: the same assignments go on.

    What the sources received meanwhile is credited as if they had never ended.
    """
    deed = db.session.scalars(select(AuditEvent).where(AuditEvent.deed_id == event.deed_id)).all()
    return give_back(actor, deed)


def give_back(actor: Actor, deed: Sequence[AuditEvent]) -> AuditEvent:
    """Give back what these events unassigned: all of it, or none."""
    sources = _sources_of(deed)
    _check(actor, sources)
    for partner in lock_partners(part.partner_id for part in deed).values():
        check_open(partner)
    ended = [Assignment.parse_id(part.before["assignment"]) for part in deed]
    by_id = {source.id: source for source in sources}
    places = {by_id[part.object_id]: part.partner_id for part in deed if part.object_id}
    handover.give_back(places, _was_with(ended), ~_assigned_since(ended))
    crediting_back.ask(actor, ended)
    handover.resume(ended)
    return audit.record_many(actor, _given_back(deed, by_id))


def _was_with(ended: Sequence[uuid.UUID]) -> ScalarSelect[uuid.UUID]:
    """Name whom a source was with in the one of these assignments that is its own."""
    own = (Assignment.source_id == Source.id, among(db.session, Assignment.id, ended))
    return select(Assignment.partner_id).where(*own).scalar_subquery()


def _given_back(deed: Sequence[AuditEvent], by_id: Mapping[uuid.UUID, Source]) -> list[Part]:
    return [
        Part(
            "source.unassign_undone",
            by_id[part.object_id],
            partner_id=part.partner_id,
            after={"partner": part.before["partner"]},
            undoes=part,
        )
        for part in deed
        if part.object_id
    ]


def _assigned_since(ended: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """Criterion for sources that were with somebody after the one of these assignments ended."""
    own, later = aliased(Assignment), aliased(Assignment)
    return exists().where(
        among(db.session, own.id, ended),
        own.source_id == Source.id,
        later.source_id == Source.id,
        later.began_at >= own.ended_at,
    )


def check_free(sources: Iterable[Source]) -> None:
    """Refuse to assign what is with a partner already: that is a move."""
    if taken := [source for source in sources if source.partner_id is not None]:
        parts = [f"“{source.name}” is with a partner already; move it instead." for source in taken]
        raise Refusal(handover.sentence(parts))


def check_assigned(sources: Iterable[Source]) -> None:
    """Refuse to move or unassign what is with nobody."""
    if free := [source for source in sources if source.partner_id is None]:
        parts = [f"“{source.name}” is not assigned to a partner." for source in free]
        raise Refusal(handover.sentence(parts))


def check_may_assign(actor: Actor) -> None:
    """Refuse whoever does not assign sources. Every operation asks, whatever a screen offers."""
    if not may(actor, Permission.SOURCES_ASSIGN):
        raise Forbidden("Your role does not include assigning sources.")


def _check(actor: Actor, sources: Sequence[Source]) -> None:
    check_may_assign(actor)
    if not sources:
        raise Invalid("source", "Choose at least one source.")
    if len(sources) > MOST:
        raise Invalid("source", f"At most {MOST:,} sources at a time; these are {len(sources):,}.")


def _hold_open(partner: Partner, *others: uuid.UUID | None) -> dict[uuid.UUID, HeldPartner]:
    """Hold the partners' rows: archiving this one waits until this is done, or this sees it."""
    held = lock_partners([partner.id, *others])
    found = held.get(partner.id)  # none of another tenant; the database refuses those
    if found:
        check_open(found)
    return held


def _check_since(actor: Actor, credit: Credit, since: date | None) -> None:
    if credit is not Credit.SINCE:
        return
    if since is None:
        raise Invalid("since", "Choose the day from which leads are credited.")
    zone = db.session.scalar(select(Tenant.time_zone).where(Tenant.id == actor.tenant_id))
    if since > now().astimezone(ZoneInfo(zone or "UTC")).date():
        raise Invalid("since", "This day has not come yet. Leads from now on are credited anyway.")


def _sources_of(deed: Sequence[AuditEvent]) -> Sequence[Source]:
    ids = [part.object_id for part in deed]
    return db.session.scalars(select(Source).where(among(db.session, Source.id, ids))).all()
