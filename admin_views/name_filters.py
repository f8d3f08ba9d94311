"""Filters by a partner's or a source's name, or by its identifier as links do."""

from collections.abc import Sequence
from typing import Any

from flask import abort, g
from sqlalchemy import ColumnElement, Select, false, select

from admin_views.few_rows import few_or
from admin_views.lists import Filter
from models import Partner, Source, db
from models.base import Public
from models.search import matching
from visitor import actor

#: A list is not narrowed to more than these: each of them is looked up in the list's own index.
MOST = 100
#: So many of their rows are named one by one, of tables that may hold any number of leads.
GATHERED = 2000


def by_source(model: Any) -> Filter:
    """Narrow to one source, or to all whose name holds a text."""
    return _by_name("source", "Source", Source, model, model.source_id)


def by_partner(model: Any) -> Filter:
    """Narrow to one partner, or to all whose name holds a text."""
    return _by_name("partner", "Partner", Partner, model, model.partner_id)


def _by_name(name: str, label: str, kind: Any, model: Any, column: Any) -> Filter:
    def where(text: str) -> ColumnElement[bool]:
        identifier = _identifier(kind, text)
        if identifier:
            return column == identifier
        named = _named(kind, text, name)
        if isinstance(named, Sequence) and not named:
            return false()
        theirs = column.in_(named)
        # No planner knows whether those with such a name have any.
        return few_or(select(model.id).where(theirs), theirs, most=GATHERED)

    def word(text: str) -> str:
        identifier = _identifier(kind, text)
        found = db.session.scalar(select(kind.name).where(kind.id == identifier))
        return found or text if identifier else text

    return Filter(name, label, list, where, is_free=True, word=word)


def _named(kind: Any, text: str, name: str) -> Sequence[Any] | Select[Any]:
    """Find those whose name holds the text, once in a request; as values, to follow an index.

    A job began with few enough of them: it goes on, however many have such a name meanwhile.
    """
    wanted = select(kind.id).where(matching(kind.name_key, text))
    if actor().job_id:
        return wanted
    found: dict[Any, Sequence[Any]] = g.setdefault("named", {})
    if (kind, text) not in found:
        found[kind, text] = db.session.scalars(wanted.limit(MOST + 1)).all()
    if len(found[kind, text]) > MOST:
        abort(400, f"More than {MOST:,} {name}s have that in their names. Type more of the name.")
    return found[kind, text]


def _identifier(kind: type[Public], text: str) -> Any:
    try:
        return kind.parse_id(text)
    except ValueError:
        return None
