"""Sources as a list: what the staff list, a partner's tab and the partner panel share."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask import g
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import aliased

from admin_views import cells
from admin_views.hidden_rows import HidesSome
from admin_views.lists import Column, Filter, Query
from models import Assignment, Credential, Flow, Source, SourceStatus, db
from operations.flows import of_flow
from operations.issuing import CONSOLE
from policy import Permission

#: A filter offers so many verticals; others are typed into the address.
MOST_VERTICALS = 100
DELETED = "deleted"


def state(source: Source) -> Markup:
    """Show the status; a deleted source has none any more."""
    if source.deleted_at is None:
        return cells.badge(source.state)
    return Markup('<span class="badge">Deleted</span>')


def _state_text(source: Source, _more: dict[str, Any]) -> str:
    return DELETED if source.deleted_at else source.status.value


NAME = Column("name", "Source", lambda row, _: row.name, sort=Source.name_key, css="clip")
STATUS = Column("status", "Status", lambda row, _: state(row), text=_state_text, css="state")
VERTICAL = Column(
    "vertical",
    "Vertical",
    lambda row, _: cells.person(row.vertical) if row.vertical else cells.NOTHING,
    text=lambda row, _: row.vertical,
)
SINCE = Column(
    "since",
    "Assigned",
    lambda row, more: cells.moment(more["since"].get(row.id), never=cells.NOTHING),
    text=lambda row, more: cells.stamp(more["since"].get(row.id)),
    numeric=True,
)
USED = Column(
    "used",
    "Key last used",
    lambda row, more: cells.moment(more["used"].get(row.id)),
    text=lambda row, more: cells.stamp(more["used"].get(row.id)),
    numeric=True,
    needs=Permission.SOURCES_CREDENTIALS,
)
ADDED = Column(
    "added",
    "Added",
    lambda row, _: cells.moment(row.created_at),
    text=lambda row, _: cells.stamp(row.created_at),
    sort=Source.id,
    numeric=True,
)


def _steps() -> Select[Any]:
    kept = Source.deleted_at.is_(None)
    first = select(func.min(Source.vertical).label("word")).where(Source.vertical > "", kept)
    steps = first.cte("steps", recursive=True)
    further = aliased(Source)
    following = (
        select(func.min(further.vertical))
        .where(further.vertical > steps.c.word, further.deleted_at.is_(None))
        .correlate(steps)
        .scalar_subquery()
    )
    steps = steps.union_all(select(following).where(steps.c.word.is_not(None)))
    return select(steps.c.word).where(steps.c.word.is_not(None)).limit(MOST_VERTICALS)


#: Built once: that alone took a fifth of the list's time.
STEPS = _steps()


def verticals() -> list[str]:
    """List the verticals in use: one step along the index for each, however many sources."""
    if "verticals" not in g:
        g.verticals = sorted(db.session.scalars(STEPS), key=str.casefold)
    return g.verticals


BY_STATUS = Filter(
    "status",
    "Status",
    lambda: [*((status.value, status.word) for status in SourceStatus), (DELETED, "Deleted")],
    lambda value: Source.deleted_at.is_not(None) if value == DELETED else Source.status == value,
)
BY_FLOW = Filter(
    "flow",
    "Calls",
    lambda: [(flow.value, flow.word) for flow in Flow],
    lambda value: of_flow(Flow(value)) if value != Flow.NORMAL else Source.flow == value,
)
BY_VERTICAL = Filter(
    "vertical",
    "Vertical",
    lambda: [(word, word) for word in verticals()],
    lambda value: Source.vertical == value,
    is_free=True,
)


OPENED = select(Assignment.source_id, Assignment.began_at).where(
    Assignment.source_id.in_(bindparam("ids", expanding=True)), Assignment.ended_at.is_(None)
)
#: The same, and when a key of the source was last used.
OPENED_AND_USED = OPENED.add_columns(
    select(func.max(Credential.last_used_at))
    .where(
        Credential.tenant_id == Assignment.tenant_id,
        Credential.source_id == Assignment.source_id,
        Credential.name != CONSOLE,
    )
    .correlate(Assignment)
    .scalar_subquery()
    .label("used")
)
NOT_DELETED = (Source.deleted_at.is_(None),)


class SourceList(HidesSome):
    """A list of sources; each screen says whose, with which columns and deeds."""

    model = Source
    title, noun = "Sources", ("source", "sources")
    to_view = Permission.SOURCES_VIEW
    columns: ClassVar[Sequence[Column]] = (NAME, STATUS, VERTICAL, SINCE, ADDED)
    filters: ClassVar[Sequence[Filter]] = (BY_STATUS, BY_VERTICAL)
    searched = (Source.name_key,)
    hides = ("status", DELETED)
    search_label = "Search sources"
    empty_icon = "sources"

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Deleted sources are hidden unless asked for."""
        return () if asked.chosen.get("status") == DELETED else NOT_DELETED

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read since when one page's sources are with their partners."""
        opened = db.session.execute(OPENED, {"ids": [row.id for row in rows]}).all()
        return {"since": {row.source_id: row.began_at for row in opened}}
