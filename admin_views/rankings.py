"""Rankings in words: partners, a partner's sources, and why calls are rejected."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from admin_views.key_figures import ACCEPTED, change, percent
from admin_views.metrics import period
from admin_views.money import money, short
from models import Partner, Source, replica
from operations import foremost, rejections
from operations.asked import Whose
from operations.rankings import Compared, Group, compared, ranked

#: So many are ranked.
PARTNERS, SOURCES, REASONS = 6, 10, 5
NOTHING = Compared()


@replica.reading()
def partners(tenant_id: int) -> list[dict[str, Any]] | None:
    """Rank the partners by accepted leads; those that brought none now are not shown."""
    numbers = ranked(Group(tenant_id), period(), PARTNERS)
    if numbers is None:
        return None
    best = {key: compared for key, compared in numbers if compared.now.accepted > 0}
    return _named(Partner, "partner.index_view", best)


@replica.reading()
def sources_of(whose: Whose) -> list[dict[str, Any]] | None:
    """Rank a partner's sources by accepted leads, those that fell silent included."""
    numbers = ranked(Group(whose.tenant_id, whose.partner_id), period(), SOURCES)
    return None if numbers is None else _named(Source, "source.index_view", dict(numbers))


def first_sources(whose: Whose, most: int) -> Sequence[Source]:
    """List the partner's sources, those that bring most first."""
    return foremost.of_partner(Group(whose.tenant_id, whose.partner_id), period(), most)


@replica.reading()
def each_of(sources: Iterable[Source], whose: Whose) -> dict[UUID, dict[str, Any]]:
    """Say the figures of the partner's sources that are listed, those with none included."""
    keys = [source.id for source in sources]
    numbers = compared(Group(whose.tenant_id, whose.partner_id), period(), keys)
    return {key: _said(numbers.get(key, NOTHING)) for key in keys}


def _named(kind: Any, endpoint: str, numbers: dict[UUID, Compared]) -> list[dict[str, Any]]:
    """Say who is ranked, with the address of each."""
    argument = f"{kind.__tablename__}_id"
    return [
        {
            "name": found.name,
            "url": url_for(endpoint, **{argument: kind(id=key).public_id}),
            **_said(found),
        }
        for key, found in numbers.items()
        if found.name is not None
    ]


def _said(numbers: Compared) -> dict[str, Any]:
    """Say the figures that comparisons show."""
    now, before = numbers.now, numbers.before
    return {
        "received": f"{now.received:,}",
        "rejections": now.rejected,
        "accepted": f"{now.accepted:,}",
        "acceptance": percent(now.acceptance),
        "payout": short(now.payout),
        "payout_exact": money(now.payout),
        **change(ACCEPTED, now.accepted, before.accepted),
    }


@replica.reading()
def reasons(whose: Whose) -> dict[str, Any]:
    """Rank why calls were rejected, and say how many reasons there are."""
    found = rejections.reasons(whose, period().now)
    rows = [
        {
            "field": reason.field,
            "message": reason.sentence,
            "calls": f"{reason.calls:,}",
            "width": max(1, round(reason.calls / found[0].calls * 100)),
        }
        for reason in found[:REASONS]
    ]
    return {"rows": rows, "total": len(found)}
