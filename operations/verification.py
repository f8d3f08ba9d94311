"""Verification: every number of the metrics counted anew from the rows it stands for."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from models import (
    EVERY,
    AuditEvent,
    Lead,
    LeadState,
    MetricDay,
    Outcome,
    Partner,
    Source,
    Submission,
    Tenant,
    db,
    now,
)
from operations import audit, metric_changes, partner_figures, standings, submissions
from operations.metric_rows import KEYS, NUMBERS, key_of, up_to_now
from operations.periods import today_in
from operations.upserts import adding
from policy import command_line

#: Submissions are removed by their age, days are of a time zone that may have been changed.
MARGIN = 2
HELD, COUNTED = 0, 1
Key = tuple[uuid.UUID, uuid.UUID, date]


@dataclass(frozen=True)
class Difference:
    """A number that is not what the rows say. EVERY: all, or as a partner of a source none."""

    source_id: uuid.UUID
    partner_id: uuid.UUID
    day: date
    number: str
    held: int | str
    counted: int | str


def sources_of(tenant_id: int) -> Sequence[uuid.UUID]:
    """Name all sources of a tenant, deleted ones included: their leads count."""
    return db.session.scalars(select(Source.id).where(Source.tenant_id == tenant_id)).all()


def kept_from(tenant: Tenant, submission_days: int) -> date:
    """Tell the first day whose submissions are all there still."""
    kept = submissions.kept_since(tenant, submission_days)
    return today_in(tenant.time_zone, kept) + timedelta(days=MARGIN)


def of_source(tenant_id: int, source_id: uuid.UUID, kept: date) -> list[Difference]:
    """Count a source's leads, and the calls that were rejected from day `kept` on.

    One statement, so that whatever is written meanwhile is on both sides or on neither.
    """

    def of_this(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        return [kind.source_id == source_id]

    held = up_to_now(tenant_id, of_this).subquery()
    rejected = case((held.c.day >= kept, held.c.rejected), else_=0)
    numbers = [rejected if name == "rejected" else held.c[name] for name in NUMBERS]
    return _differences(
        select(literal(HELD).label("side"), *(held.c[name] for name in KEYS), *_named(numbers)),
        _in_leads(tenant_id).where(Lead.source_id == source_id),
        _in_rejected(tenant_id, kept).where(Submission.source_id == source_id),
    )


def of_sums(tenant_id: int) -> list[Difference]:
    """Add up the sources' days, and compare that with the days of partners and the tenant."""
    numbers = [getattr(MetricDay, name) for name in NUMBERS]
    own, every = MetricDay.tenant_id == tenant_id, literal(EVERY)
    is_sum = MetricDay.source_id == EVERY
    with_partner = MetricDay.partner_id != EVERY
    partner, day = MetricDay.partner_id.label("partner_id"), MetricDay.day.label("day")
    source, nobody = every.label("source_id"), every.label("partner_id")
    counted, held = literal(COUNTED).label("side"), literal(HELD).label("side")
    return _differences(
        select(held, source, partner, day, *_named(numbers)).where(own, is_sum),
        select(counted, source, partner, day, *_named(numbers)).where(own, ~is_sum, with_partner),
        select(counted, source, nobody, day, *_named(numbers)).where(own, ~is_sum),
    )


def of_standings(tenant_id: int) -> list[Difference]:
    """Add up the days of each period, and compare that with what rankings are read from."""
    found = []
    for period, last, among, who, held, counted in standings.differing(tenant_id):
        source_id, partner_id = (EVERY, who) if among == EVERY else (who, among)
        name = f"accepted in the standings of “{period}”"
        found.append(Difference(source_id, partner_id, last, name, int(held), int(counted)))
    return found


def of_partners(tenant_id: int) -> list[Difference]:
    """Compare what partners' own rows say with the days, and with the leads, that it is about."""
    today = now().date()
    found = []
    for partner_id, *numbers in partner_figures.differing(tenant_id):
        sums = zip(partner_figures.SUMS, numbers[:2], numbers[2:], strict=True)
        found += [
            Difference(EVERY, partner_id, today, f"{name} in the partner's row", held, int(counted))
            for name, held, counted in sums
            if held != counted
        ]
    for partner_id, *moments in partner_figures.differing_leads(tenant_id):
        held, counted = (str(moment or "none") for moment in moments)
        found.append(Difference(EVERY, partner_id, today, "last lead", held, counted))
    return found


def repair(tenant: Tenant, differences: Sequence[Difference]) -> AuditEvent:
    """Append what is missing to the days of sources; the next count adds it everywhere."""
    changes: metric_changes.Changes = defaultdict(lambda: defaultdict(int))
    for found in differences:
        partner_id = None if found.partner_id == EVERY else found.partner_id
        numbers = changes[found.source_id, partner_id, found.day]
        numbers[found.number] = int(found.counted) - int(found.held)
    metric_changes.append(tenant.id, changes)
    after = {"numbers": len(differences), "days": len(changes)}
    return audit.record(command_line(tenant.id), "metrics.repaired", name=tenant.name, after=after)


def repair_sums(tenant: Tenant) -> AuditEvent:
    """Make partners' and the tenant's days what their sources' days are, while nobody counts."""
    standings.hold_mark(tenant.id)
    missing: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(NUMBERS, 0))
    for found in of_sums(tenant.id):
        key = (found.source_id, found.partner_id, found.day)
        missing[key][found.number] = int(found.counted) - int(found.held)
    rows = [
        {"tenant_id": tenant.id, **dict(zip(KEYS, key, strict=True)), **numbers}
        for key, numbers in missing.items()
    ]
    if rows:
        db.session.execute(adding(MetricDay, NUMBERS), rows)
    standings.begin_anew(tenant.id)
    after = {"days": len(rows)}
    return audit.record(command_line(tenant.id), "metrics.repaired", name=tenant.name, after=after)


def _in_leads(tenant_id: int) -> Select[Any]:
    back = Lead.state == LeadState.RETURNED
    taken = Lead.state != LeadState.DUPLICATE
    deducting = select(Partner.id).where(Partner.tenant_id == tenant_id, Partner.deduct_returned)
    numbers = [
        _if(taken, literal(1)),
        _if(~taken, literal(1)),
        literal(0),
        _if(back, literal(1)),
        _if(taken, Lead.payout_cents),
        _if(back, Lead.payout_cents),
        _if(back & Lead.partner_id.in_(deducting), Lead.payout_cents),
    ]
    return _counted(Lead, numbers).where(Lead.tenant_id == tenant_id, Lead.is_test.is_(False))


def _in_rejected(tenant_id: int, kept: date) -> Select[Any]:
    numbers = [literal(int(name == "rejected")) for name in NUMBERS]
    return _counted(Submission, numbers).where(
        Submission.tenant_id == tenant_id,
        Submission.outcome == Outcome.REJECTED,
        Submission.is_test.is_(False),
        Submission.day >= kept,
    )


def _counted(kind: Any, numbers: Iterable[Any]) -> Select[Any]:  # noqa: ANN401 - either table
    return select(literal(COUNTED).label("side"), *key_of(kind), *_named(numbers))


def _if(condition: ColumnElement[bool], number: Any) -> Any:  # noqa: ANN401 - a column or literal
    return case((condition, number), else_=0)


def _named(numbers: Iterable[Any]) -> list[Any]:
    return [number.label(name) for name, number in zip(NUMBERS, numbers, strict=True)]


def _differences(*parts: Select[Any]) -> list[Difference]:
    rows = union_all(*parts).subquery()
    key = [rows.c[name] for name in ("side", *KEYS)]
    sums = [func.sum(rows.c[name]) for name in NUMBERS]
    sides: tuple[dict[Key, list[int]], ...] = ({}, {})
    for side, source_id, partner_id, day, *numbers in db.session.execute(
        select(*key, *sums).group_by(*key)
    ):
        sides[side][source_id, partner_id, day] = [int(number) for number in numbers]
    return [
        found for where in sorted({*sides[HELD], *sides[COUNTED]}) for found in _at(where, sides)
    ]


def _at(where: Key, sides: Sequence[dict[Key, list[int]]]) -> list[Difference]:
    nothing = [0] * len(NUMBERS)
    held, counted = (side.get(where, nothing) for side in sides)
    return [
        Difference(*where, name, had, is_)
        for name, had, is_ in zip(NUMBERS, held, counted, strict=True)
        if had != is_
    ]
