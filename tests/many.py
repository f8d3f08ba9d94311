"""A lot of sources at once, for lists and bulk deeds."""

from flask import Flask

from models import Assignment, Partner, Source, SourceStatus, across_tenants, db
from tests.world import Side


def many_sources(
    app: Flask, side: Side, number: int, partner: Partner | None = None, start: int = 0
) -> list[Source]:
    """Add so many sources to a side, numbered from `start`, with nobody unless said."""
    with app.app_context(), across_tenants(db.session):
        made = [
            Source(
                tenant_id=side.tenant.id,
                name=f"{side.marker}-bulk-{n:04}",
                vertical="Solar" if n % 2 else "Medicare",
                status=SourceStatus.LIVE,
                partner_id=partner.id if partner else None,
            )
            for n in range(start, start + number)
        ]
        db.session.add_all(made)
        db.session.flush()
        if partner:
            db.session.add_all(_opened(side, partner, source) for source in made)
        db.session.commit()
    return made


def _opened(side: Side, partner: Partner, source: Source) -> Assignment:
    return Assignment(
        tenant_id=side.tenant.id,
        source_id=source.id,
        partner_id=partner.id,
        began_by_id=side.admin.id,
    )
