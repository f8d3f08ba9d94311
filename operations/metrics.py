"""Counting: the worker adds what came after a tenant's mark to the rollups, and moves the mark.

Readers see the mark and the rollups of one moment (operations/metric_rows.py), and never wait.
"""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Subquery,
    delete,
    func,
    literal,
    select,
    union_all,
    update,
)

from models import EVERY, CallHour, MetricChange, MetricDay, MetricMark, Submission, Tenant, db, now
from models.sequence import settled_seq
from operations import partner_figures, rejection_counts, standings
from operations.call_counts import hour_of
from operations.metric_rows import KEYS, NUMBERS, in_changes, in_submissions, is_new, mark
from operations.upserts import adding

#: So many calls are counted in one transaction: a backlog is worked off in pieces.
PIECE = 50_000


def waiting() -> Sequence[int]:
    """Name the tenants with something new, from an index that tells without reading a row."""
    new = [
        select(kind.id).where(kind.tenant_id == Tenant.id, is_new(kind, Tenant.id)).exists()
        for kind in (Submission, MetricChange)
    ]
    return db.session.scalars(select(Tenant.id).where(new[0] | new[1])).all()


def count(tenant_id: int, piece: int = PIECE) -> bool:
    """Count one piece of what is new, and tell whether there is another one.

    Of two workers at once one counts: the mark moves for whoever saw where it was.
    """
    begun, end, more = _next_piece(tenant_id, piece)
    if end <= begun or not _moved(tenant_id, begun, end):
        return False
    new = _new(tenant_id, begun, end)
    _add_days(tenant_id, new)
    standings.add(tenant_id, new)
    _add_hours(tenant_id, begun, end)
    rejection_counts.add(tenant_id, begun, end)
    partner_figures.add(tenant_id, new)
    db.session.execute(
        delete(MetricChange)
        .where(*_within(MetricChange, tenant_id, begun, end))
        .execution_options(synchronize_session=False)
    )
    return more


def _next_piece(tenant_id: int, piece: int) -> tuple[int, int, bool]:
    """Tell where the mark is, where it may move, and whether that is not all: by a piece at most.

    All rows of one transaction have one number, so a piece is larger where a transaction was.
    """
    new = select(Submission.seq).where(
        Submission.tenant_id == tenant_id, is_new(Submission, tenant_id)
    )
    beyond = new.order_by(Submission.seq).offset(piece).limit(1).scalar_subquery()
    begun, settled, limit = db.session.execute(
        select(mark(tenant_id), settled_seq(literal(tenant_id)), beyond)
    ).one()
    if limit is None or limit >= settled:
        return begun, settled, False
    end = max(limit, begun + 1)
    return begun, end, end < settled


def _moved(tenant_id: int, begun: int, end: int) -> bool:
    if not begun:
        db.session.execute(adding(MetricMark, ()).values(tenant_id=tenant_id, seq=0, base=0))
    moved = db.session.execute(
        update(MetricMark)
        .where(MetricMark.tenant_id == tenant_id, MetricMark.seq == begun)
        .values(seq=end, counted_at=now())
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", moved).rowcount == 1


def _within(kind: Any, tenant_id: int, begun: int, end: int) -> list[ColumnElement[bool]]:  # noqa: ANN401
    return [kind.tenant_id == tenant_id, kind.seq >= begun, kind.seq < end]


def _new(tenant_id: int, begun: int, end: int) -> Subquery:
    """Select what submissions and changes add."""
    return union_all(
        in_submissions().where(*_within(Submission, tenant_id, begun, end)),
        in_changes().where(*_within(MetricChange, tenant_id, begun, end)),
    ).subquery("new")


def _add_days(tenant_id: int, new: Subquery) -> None:
    """Add to each source with its partner, to each partner, and to the tenant."""
    every, columns = literal(EVERY), new.c
    with_partner = columns.partner_id != EVERY
    for source, partner, chosen in (
        (columns.source_id, columns.partner_id, ()),
        (every, columns.partner_id, (with_partner,)),
        (every, every, ()),
    ):
        key = (source.label("source"), partner.label("partner"), columns.day)
        sums = [func.sum(columns[name]) for name in NUMBERS]
        rows = select(literal(tenant_id), *key, *sums).where(*chosen or (columns.day.is_not(None),))
        _put(MetricDay, ("tenant_id", *KEYS, *NUMBERS), NUMBERS, rows.group_by(*key))


def _add_hours(tenant_id: int, begun: int, end: int) -> None:
    """Add every call to its credential's hour, those that count nowhere else included."""
    key = (
        Submission.source_id,
        hour_of(Submission.received_at).label("hour"),
        Submission.credential_id,
        func.coalesce(Submission.partner_id, EVERY).label("partner"),
    )
    rows = select(literal(tenant_id), *key, func.count())
    names = ("tenant_id", "source_id", "hour", "credential_id", "partner_id", "calls")
    rows = rows.where(*_within(Submission, tenant_id, begun, end)).group_by(*key)
    _put(CallHour, names, ("calls",), rows)


def _put(
    kind: Any,  # noqa: ANN401 - any of the rollups
    names: Sequence[str],
    sums: Sequence[str],
    rows: Select[*tuple[Any, ...]],
) -> None:
    db.session.execute(adding(kind, sums).from_select(names, rows))
