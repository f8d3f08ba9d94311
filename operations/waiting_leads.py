"""Waiting leads: what sources received while they were with nobody, as the worker counted it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from models import EVERY, MetricDay, Partner, db


@dataclass(frozen=True)
class Waiting:
    """Leads that no partner is credited with, duplicates too: how many, worth what, since when."""

    leads: int = 0
    payout_cents: int = 0
    returned_cents: int = 0
    first: date | None = None

    def adds(self, partner: Partner) -> int:
        """Tell what crediting them adds to the partner's payout, in hundredths."""
        return self.payout_cents - (self.returned_cents if partner.deduct_returned else 0)


def of_sources(source_ids: Sequence[uuid.UUID], since: date = date.min) -> dict[uuid.UUID, Waiting]:
    """Read it from the rollup, a row for each day: the leads themselves may be any number."""
    row = MetricDay
    sums = (row.accepted + row.duplicate, row.payout_cents, row.returned_cents)
    found = (
        select(row.source_id, *(func.sum(number) for number in sums), func.min(row.day))
        .where(row.source_id.in_(source_ids), row.partner_id == EVERY, row.day >= since)
        .where(row.accepted + row.duplicate > 0)
        .group_by(row.source_id)
    )
    return {
        source: Waiting(int(leads), int(payout), int(returned), first)
        for source, leads, payout, returned, first in db.session.execute(found)
    }


def together(each: Iterable[Waiting]) -> Waiting:
    """Add up what waits for several sources."""
    known = list(each)
    firsts = [one.first for one in known if one.first]
    return Waiting(
        sum(one.leads for one in known),
        sum(one.payout_cents for one in known),
        sum(one.returned_cents for one in known),
        min(firsts, default=None),
    )
