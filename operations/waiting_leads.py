"""Waiting leads: what sources received while they were with nobody, exact as of now."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select

from models import EVERY, MetricDay, Partner, db
from models.among import among_those, one_value
from operations.asked import TENANT
from operations.metric_rows import up_to_now

SINCE: BindParameter[date] = bindparam("since")


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


def of_sources(
    tenant_id: int, source_ids: Sequence[uuid.UUID], since: date = date.min
) -> dict[uuid.UUID, Waiting]:
    """Add up a row for each day, and what came since it was counted: the leads may be any number.

    A source of which nothing waits is left out.
    """
    named = one_value(db.session, MetricDay.source_id, source_ids)
    values = {"tenant_id": tenant_id, "since": since, "those": named}
    return {
        source: Waiting(int(leads), int(payout), int(returned), first)
        for source, first, leads, payout, returned in db.session.execute(
            _by_source(db.session.get_bind().dialect.name), values
        )
    }


@cache
def _by_source(dialect: str) -> Select[Any]:
    def narrow(kind: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any of the tables
        is_nobodys = kind.partner_id == EVERY if kind is MetricDay else kind.partner_id.is_(None)
        return [among_those(dialect, kind.source_id, "those"), is_nobodys, kind.day >= SINCE]

    row = up_to_now(TENANT, narrow).subquery().c
    leads = func.sum(row.accepted + row.duplicate)
    amounts = (func.sum(row[name]).label(name) for name in ("payout_cents", "returned_cents"))
    days = select(row.source_id, row.day, leads.label("leads"), *amounts)
    day = days.group_by(row.source_id, row.day).having(leads > 0).subquery().c
    sums = (func.sum(number) for number in (day.leads, day.payout_cents, day.returned_cents))
    found = select(day.source_id, func.min(day.day), *sums).group_by(day.source_id)
    # A kept plan reads all that is nobody's: it does not know how many sources will be named.
    return found.execution_options(planned_anew=True)


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
