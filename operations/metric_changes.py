"""What is added to the numbers of past days: leads returned, taken back, credited; deductions."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, insert, select

from models import EVERY, LeadState, MetricChange, MetricDay, Partner, db, next_seq
from models.base import new_id
from operations.metric_rows import NUMBERS, up_to_now
from policy import Actor


class Moved(Protocol):
    """A lead as the UPDATE that moved it gave it back (RETURNING), or its row."""

    source_id: Any
    partner_id: Any
    day: Any
    payout_cents: Any
    is_test: Any


class Credited(Protocol):
    """A lead as the UPDATE that credited it to a partner gave it back."""

    source_id: Any
    day: Any
    state: Any
    payout_cents: Any
    is_test: Any


#: Source, partner (None: nobody) and day, whose numbers change, and by how much.
Key = tuple[uuid.UUID, uuid.UUID | None, date]
Changes = dict[Key, dict[str, int]]


def returned(actor: Actor, leads: Iterable[Moved]) -> None:
    """Count leads as returned, whose state the caller has just changed."""
    _returned(actor, leads, 1)


def taken_back(actor: Actor, leads: Iterable[Moved]) -> None:
    """Count leads as accepted again, whose state the caller has just changed back."""
    _returned(actor, leads, -1)


def credited(actor: Actor, partner_id: uuid.UUID, leads: Iterable[Credited]) -> None:
    """Count leads for a partner that were nobody's until the caller credited them just now.

    Calls that were rejected made no lead: they stay where they were counted.
    """
    deducts = partner_id in _deducting({partner_id})
    changes = _nothing()
    for lead in leads:
        if not lead.is_test:
            key = (lead.source_id, lead.day)
            _move(changes, key, (None, partner_id), _numbers(lead), deducts=deducts)
    append(actor.tenant_id, changes)


def deduction_changed(partners: Sequence[Partner]) -> None:
    """Take what the partners' leads returned so far out of the payout, or put it back.

    `deduct_returned` of each says which, and was written before: whoever returns a lead of this
    partner waits at that row, and comes either before this or after it.
    """
    signs = {partner.id: 1 if partner.deduct_returned else -1 for partner in partners}
    changes = _nothing()
    for source_id, partner_id, day, cents in _returned_so_far(partners):
        changes[source_id, partner_id, day]["deducted_cents"] = signs[partner_id] * int(cents)
    append(partners[0].tenant_id, changes)


def _returned(actor: Actor, leads: Iterable[Moved], sign: int) -> None:
    counting = [lead for lead in leads if not lead.is_test]
    deducting = _deducting({lead.partner_id for lead in counting})
    changes = _nothing()
    for lead in counting:
        sums = changes[lead.source_id, lead.partner_id, lead.day]
        cents = sign * lead.payout_cents
        sums["returned"] += sign
        sums["returned_cents"] += cents
        sums["deducted_cents"] += cents if lead.partner_id in deducting else 0
    append(actor.tenant_id, changes)


def _deducting(partner_ids: Iterable[uuid.UUID | None]) -> set[uuid.UUID | None]:
    """Find those that leave returned leads out of the payout, which stays so until the commit.

    Locked in the order of their keys, so that two people with many partners do not deadlock.
    """
    chosen = [partner_id for partner_id in partner_ids if partner_id]
    rows = db.session.execute(
        select(Partner.id, Partner.deduct_returned)
        .where(Partner.id.in_(chosen))
        .order_by(Partner.id)
        .with_for_update(read=True)
    )
    return {partner_id for partner_id, deducts in rows if deducts}


def _numbers(lead: Credited) -> dict[str, int]:
    if lead.state is LeadState.DUPLICATE:
        return {"duplicate": 1}
    back = lead.state is LeadState.RETURNED
    cents = lead.payout_cents
    return {
        "accepted": 1,
        "payout_cents": cents,
        "returned": int(back),
        "returned_cents": cents if back else 0,
    }


def _move(
    changes: Changes,
    key: tuple[uuid.UUID, date],
    way: tuple[uuid.UUID | None, uuid.UUID],
    numbers: dict[str, int],
    *,
    deducts: bool,
) -> None:
    """Take the numbers from one and give them to the other, who may deduct what was returned."""
    source_id, day = key
    had, gets = (changes[source_id, whose, day] for whose in way)
    for name, number in numbers.items():
        had[name] -= number
        gets[name] += number
    if deducts:
        gets["deducted_cents"] += numbers.get("returned_cents", 0)


def _returned_so_far(partners: Sequence[Partner]) -> Iterable[Any]:
    ids = [partner.id for partner in partners]

    def of_partners(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        own = [kind.partner_id.in_(ids)]
        return [*own, MetricDay.source_id != EVERY] if kind is MetricDay else own

    rows = up_to_now(partners[0].tenant_id, of_partners).subquery()
    whose = (rows.c.source_id, rows.c.partner_id, rows.c.day)
    cents = func.sum(rows.c.returned_cents)
    return db.session.execute(select(*whose, cents).group_by(*whose).having(cents != 0))


def _nothing() -> Changes:
    return defaultdict(lambda: defaultdict(int))


def append(tenant_id: int, changes: Changes) -> None:
    """Write one row for each source, partner and day. The number is the transaction's own."""
    rows = [
        {"source_id": source_id, "partner_id": partner_id, "day": day, **_every_number(numbers)}
        for (source_id, partner_id, day), numbers in changes.items()
    ]
    if rows:
        seq = db.session.scalar(select(next_seq(tenant_id)))
        own = {"tenant_id": tenant_id, "seq": seq}
        db.session.execute(insert(MetricChange), [{"id": new_id(), **own, **row} for row in rows])


def _every_number(numbers: dict[str, int]) -> dict[str, int]:
    return {name: numbers.get(name, 0) for name in NUMBERS}
