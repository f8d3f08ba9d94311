"""Which partners a source was with, and which sources a partner had: from, until, by whom."""

from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from admin_views import cells
from models import Assignment, Membership, Partner, Source, db
from models.assignment import Credit

#: A page shows so many; the audit has all of them.
MOST = 50
HEADS: dict[str, dict[str, Any]] = {
    "from": {"key": "from", "label": "From"},
    "until": {"key": "until", "label": "Until"},
    "began": {"key": "began", "label": "Assigned by", "css": "clip"},
    "ended": {"key": "ended", "label": "Ended by", "css": "clip"},
}


def since(source: Source) -> datetime | None:
    """Tell since when the source is with its partner."""
    query = select(Assignment.began_at)
    return db.session.scalar(
        query.where(Assignment.source_id == source.id, Assignment.ended_at.is_(None))
    )


def of_source(source: Source) -> dict[str, Any]:
    """Describe the partners a source was with, the latest first, for `macros/lists.html`."""
    rows, capped = _read(Assignment.source_id == source.id)
    columns: list[dict[str, Any]] = [{"key": "partner", "label": "Partner", "css": "clip"}]
    credit = {"key": "credit", "label": "Leads from before"}
    return _table(
        "Assignments",
        [*columns, *HEADS.values(), credit],
        [{**_partner(row.partner), "cells": [*_cells(row), _credit(row)]} for row in rows],
        capped=capped,
    )


def of_partner(partner: Partner) -> dict[str, Any]:
    """Describe the sources a partner had before, the latest first."""
    rows, capped = _read(Assignment.partner_id == partner.id, Assignment.ended_at.is_not(None))
    columns: list[dict[str, Any]] = [{"key": "source", "label": "Source", "css": "clip"}]
    return _table(
        "Earlier assignments",
        [*columns, *HEADS.values()],
        [{**_source(row.source), "cells": _cells(row)} for row in rows],
        capped=capped,
    )


def _read(*where: ColumnElement[bool]) -> tuple[list[Assignment], bool]:
    query: Select[Any] = (
        select(Assignment)
        .where(*where)
        .options(
            joinedload(Assignment.partner),
            joinedload(Assignment.source),
            joinedload(Assignment.began_by).joinedload(Membership.user),
            joinedload(Assignment.ended_by).joinedload(Membership.user),
        )
        .order_by(Assignment.id.desc())
        .limit(MOST + 1)
    )
    found = list(db.session.scalars(query))
    return found[:MOST], len(found) > MOST


def _table(
    title: str, columns: list[dict[str, Any]], rows: list[dict[str, Any]], *, capped: bool
) -> dict[str, Any]:
    note = f"The latest {MOST}; the audit has all of them." if capped else ""
    plain = {"sub": "", "actions": [], "id": ""}
    rows = [{**plain, **row} for row in rows]
    return {"title": title, "columns": columns, "rows": rows, "bulk": [], "note": note}


def _partner(partner: Partner) -> dict[str, str]:
    address = url_for("partner_sources.index_view", partner_id=partner.public_id)
    return {"name": partner.name, "name_url": address}


def _source(source: Source) -> dict[str, str]:
    return {
        "name": source.name,
        "name_url": url_for("source.index_view", source_id=source.public_id),
    }


def _cells(row: Assignment) -> list[Markup | str]:
    return [
        cells.moment(row.began_at),
        cells.moment(row.ended_at, never="still open"),
        _who(row.began_by),
        _who(row.ended_by) if row.ended_at else cells.NOTHING,
    ]


def _who(member: Membership | None) -> Markup | str:
    return cells.person(member.user.name) if member else "Command line"


def _credit(row: Assignment) -> str:
    if row.credit is Credit.SINCE and row.credit_since:
        return f"credited since {row.credit_since:%Y-%m-%d}"
    return "credited" if row.credit is Credit.ALL else "left as they were"
