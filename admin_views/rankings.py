"""Rankings: the partners that bring most leads, a partner's sources, and why calls are rejected."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select

from admin_views.key_figures import ACCEPTED, change, percent
from admin_views.metrics import period
from admin_views.money import money
from models import Partner, RejectionDay, Source, db, replica
from operations.figures import Compared, Whose, by_partner, by_source
from operations.rejections import grain

#: So many reasons and sources are ranked.
REASONS, SOURCES = 5, 10
NOTHING = Compared()


@replica.reading()
def partners(tenant_id: int) -> list[dict[str, Any]]:
    """Rank the partners by accepted leads."""
    return [
        {
            "name": partner.name,
            "url": url_for("partner.index_view", partner_id=Partner(id=partner.id).public_id),
            **compared(numbers),
        }
        for partner, numbers in by_partner(tenant_id, period())
    ]


@replica.reading()
def sources_of(whose: Whose) -> list[dict[str, Any]]:
    """Compare a partner's sources with the most accepted leads, the first one first."""
    numbers = by_source(whose, period())
    ranked = sorted(numbers, key=lambda key: (-numbers[key].now.accepted, key))[:SOURCES]
    rows = db.session.scalars(select(Source).where(Source.id.in_(ranked)))
    found = {source.id: source for source in rows}
    return [
        {
            "name": found[key].name,
            "url": url_for("source.index_view", source_id=found[key].public_id),
            **compared(numbers[key]),
        }
        for key in ranked
        if key in found
    ]


@replica.reading()
def each_of(sources: Iterable[Source], whose: Whose) -> dict[UUID, dict[str, Any]]:
    """Say the figures of the sources that are listed, those with none included."""
    numbers = by_source(whose, period())
    return {source.id: compared(numbers.get(source.id, NOTHING)) for source in sources}


def compared(numbers: Compared) -> dict[str, Any]:
    """Say the figures that comparisons show."""
    now, before = numbers.now, numbers.before
    return {
        "received": f"{now.received:,}",
        "accepted": f"{now.accepted:,}",
        "acceptance": percent(now.acceptance),
        "payout": money(now.payout, whole=True),
        "payout_exact": money(now.payout),
        **change(ACCEPTED, now.accepted, before.accepted),
    }


@replica.reading()
def reasons(whose: Whose) -> Sequence[dict[str, Any]]:
    """Rank why calls were rejected, as far as the worker has counted them."""
    calls = func.sum(RejectionDay.calls).label("calls")
    days = period().now
    rows = (
        select(RejectionDay.field, RejectionDay.message, calls)
        .where(
            RejectionDay.tenant_id == whose.tenant_id,
            RejectionDay.day.between(days.first, days.last),
            *grain(whose.source_id, whose.partner_id),
        )
        .group_by(RejectionDay.field, RejectionDay.message)
        .order_by(calls.desc(), RejectionDay.field, RejectionDay.message)
        .limit(REASONS)
    )
    found = db.session.execute(rows).all()
    return [
        {
            "field": row.field,
            "message": row.message if row.field else row.message.replace("_", " "),
            "calls": f"{row.calls:,}",
            "width": max(1, round(row.calls / found[0].calls * 100)),
        }
        for row in found
    ]
