"""Last leads: when each of a partner's sources last brought one that is no test.

A source may have had another partner, with any number of leads: they are looked for only from the
last day on that the rollup knows this partner's of.
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, literal, select

from models import Lead, MetricDay, Source, db, now
from models.base import first_id

#: A day begins elsewhere than in UTC, and the worker counts within minutes.
SLACK = timedelta(days=1)


def of_sources(sources: Sequence[Source]) -> dict[uuid.UUID, datetime]:
    """Find the moment of each one's last lead; a source without one is left out."""
    if not sources:
        return {}
    lead, ids = Lead, [source.id for source in sources]
    last = (
        select(lead.received_at)
        .where(
            lead.tenant_id == Source.tenant_id,
            lead.source_id == Source.id,
            lead.partner_id == Source.partner_id,
            lead.is_test.is_(False),
            lead.id >= _since(_last_days(ids)),
        )
        .order_by(lead.id.desc())
        .limit(1)
        .correlate(Source)
        .scalar_subquery()
    )
    rows = db.session.execute(select(Source.id, last).where(Source.id.in_(ids)))
    return {identifier: moment for identifier, moment in rows if moment is not None}


def _last_days(ids: list[uuid.UUID]) -> dict[uuid.UUID, date]:
    rows = db.session.execute(LAST_DAYS, {"ids": ids})
    return {found[0]: found[1] for found in rows}


_OWN = and_(MetricDay.source_id == Source.id, MetricDay.partner_id == Source.partner_id)
#: The last counted day on which each source brought leads to the partner it has now; built once.
LAST_DAYS = (
    select(MetricDay.source_id, func.max(MetricDay.day))
    .join(Source, _OWN)
    .where(MetricDay.source_id.in_(bindparam("ids", expanding=True)))
    .where(MetricDay.accepted + MetricDay.duplicate > 0)
    .group_by(MetricDay.source_id)
)


def _since(days: dict[uuid.UUID, date]) -> ColumnElement[Any]:
    """Tell from which identifier on to look; where nothing is counted, among the newest."""
    newest = literal(_first_of(now().date()), Lead.id.type)
    from_ = {key: literal(_first_of(day), Lead.id.type) for key, day in days.items()}
    return case(from_, value=Source.id, else_=newest) if from_ else newest


def _first_of(day: date) -> uuid.UUID:
    return first_id((datetime.combine(day, time.min, UTC) - SLACK).timestamp())
