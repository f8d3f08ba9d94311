"""Whom sources are with: changed for all of them at once if they still are where they were seen."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from models import Assignment, Partner, Source, db, now
from models.among import among
from models.assignment import Credit
from models.base import new_id, public_id
from models.bulk import among_pairs, insert_many, rows_changed
from operations.refusal import Refusal
from policy import Actor

#: Where sources were seen: by the partner's identifier, None for those that are with nobody.
Seen = Mapping[uuid.UUID | None, Sequence[Source]]
#: A refusal names so many sources and counts the others.
NAMED = 3


def seen(sources: Iterable[Source]) -> Seen:
    """Group sources by the partner they are with."""
    groups: dict[uuid.UUID | None, list[Source]] = defaultdict(list)
    for source in sources:
        groups[source.partner_id].append(source)
    return groups


def hand_over(groups: Seen, to: uuid.UUID | None) -> None:
    """Give every source to partner `to` (None: to nobody), or refuse and change none of them.

    One conditional UPDATE decides. The rows are locked in the order of their keys before, so that
    two people with overlapping selections wait for each other instead of deadlocking.
    """
    _change(groups, to)
    for group in groups.values():
        for source in group:
            set_committed_value(source, "partner_id", to)


def give_back(
    sources: Mapping[Source, uuid.UUID | None],
    to: ScalarSelect[uuid.UUID],
    *still: ColumnElement[bool],
) -> None:
    """Give sources that are with nobody back, each to the partner that `to` finds, or refuse."""
    _change({None: list(sources)}, to, *still)
    for source, partner_id in sources.items():
        set_committed_value(source, "partner_id", partner_id)


def _change(groups: Seen, to: Any, *still: ColumnElement[bool]) -> None:  # noqa: ANN401
    number = sum(map(len, groups.values()))
    _hold(source for group in groups.values() for source in group)
    change = (
        update(Source)
        .where(_as_seen(groups), Source.deleted_at.is_(None), *still)
        # Whoever asked for it to go live was the partner from before.
        .values(partner_id=to, go_live_asked_at=None)
        .execution_options(synchronize_session=False)
    )
    savepoint = db.session.begin_nested()
    if rows_changed(db.session, change) < number:
        savepoint.rollback()
        _refuse(groups)
    savepoint.commit()


def _hold(sources: Iterable[Source]) -> None:
    held = select(Source.id).where(_are(sources)).order_by(Source.id).with_for_update()
    db.session.execute(select(func.count()).select_from(held.subquery()))


def _are(sources: Iterable[Source]) -> ColumnElement[bool]:
    return among(db.session, Source.id, (source.id for source in sources))


def _as_seen(groups: Seen) -> ColumnElement[bool]:
    """One list for all partners: a part of the statement for each would be planned one by one."""
    pairs = [(one.id, whose) for whose, group in groups.items() if whose for one in group]
    with_nobody = and_(Source.partner_id.is_(None), _are(groups.get(None, ())))
    if not pairs:
        return with_nobody
    with_them = among_pairs(db.session, Source, ("id", "partner_id"), pairs)
    return or_(with_them, with_nobody) if None in groups else with_them


def _refuse(groups: Seen) -> NoReturn:
    """Say which sources are elsewhere, and where."""
    expected = {source.id: partner_id for partner_id, group in groups.items() for source in group}
    rows = db.session.execute(
        select(Source.id, Source.name, Source.partner_id, Source.deleted_at, Partner.name)
        .outerjoin(Source.partner)
        .where(among(db.session, Source.id, expected))
        .order_by(Source.name_key)
    )
    elsewhere = [
        _where(name, partner, deleted=deleted is not None)
        for source_id, name, partner_id, deleted, partner in rows
        if deleted or partner_id != expected[source_id]
    ]
    raise Refusal(sentence(elsewhere or ["Somebody assigned one of them in the meantime."]))


def _where(name: str, partner: str | None, *, deleted: bool) -> str:
    if deleted:
        return f"“{name}” was deleted."
    return f"“{name}” is with {partner} now." if partner else f"“{name}” is with nobody now."


def sentence(parts: Sequence[str]) -> str:
    """Name the first few, count the rest."""
    rest = len(parts) - NAMED
    more = [f"So it is for {rest} more."] if rest > 0 else []
    return " ".join([*parts[:NAMED], *more])


def begin(
    actor: Actor,
    partner: Partner,
    sources: Sequence[Source],
    credit: Credit = Credit.LEAVE,
    since: date | None = None,
) -> None:
    """Open one assignment for each source."""
    begin_each(actor, [(source, partner.id) for source in sources], credit, since)


def begin_each(
    actor: Actor,
    pairs: Iterable[tuple[Source, uuid.UUID | None]],
    credit: Credit = Credit.LEAVE,
    since: date | None = None,
) -> None:
    """Open one assignment for each source, with the partner of each."""
    shared = {
        "tenant_id": actor.tenant_id,
        "began_at": now(),
        "began_by_id": actor.membership_id,
        "credit": credit,
        "credit_since": since,
    }
    rows = [
        {"id": new_id(), "source_id": source.id, "partner_id": partner_id}
        for source, partner_id in pairs
    ]
    insert_many(db.session, Assignment, rows, shared)


def end(actor: Actor, sources: Sequence[Source]) -> dict[uuid.UUID, str]:
    """End the open assignments of the sources; tells which, by source."""
    ended = db.session.execute(
        update(Assignment)
        .where(
            among(db.session, Assignment.source_id, (source.id for source in sources)),
            Assignment.ended_at.is_(None),
        )
        .values(ended_at=now(), ended_by_id=actor.membership_id)
        .returning(Assignment.source_id, Assignment.id)
        .execution_options(synchronize_session=False)
    )
    return {source_id: public_id(Assignment.prefix, found) for source_id, found in ended}


def resume(assignment_ids: Sequence[uuid.UUID]) -> None:
    """Let the same assignments go on as if they had never ended."""
    db.session.execute(
        update(Assignment)
        .where(among(db.session, Assignment.id, assignment_ids))
        .values(ended_at=None, ended_by_id=None)
        .execution_options(synchronize_session=False)
    )
