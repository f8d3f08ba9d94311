"""What a bulk deed is for: the rows that were ticked, or all that match the list's address.

The same address finds the same rows in the request that asks, in the one that confirms, and in
the worker, behind the same walls and with the same permission as the list itself.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, abort, current_app, g, request
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from admin_views.base import Panel
from admin_views.words import plural
from guard import local_path
from incoming import check_parameters
from models import db
from models.base import new_id
from models.patience import at_most
from operations.refusal import Refusal
from policy import Actor

if TYPE_CHECKING:
    from admin_views.lists import ListScreen

Result = TypeVar("Result")
#: So many of the chosen are named, the rest is counted.
NAMED = 10
#: Counting all that match, and what belongs to them, may take so many seconds.
SECONDS = 5
CHANGED = "The list cannot be narrowed like this any more. What was done before stands."


@dataclass(frozen=True)
class Chosen:
    """Rows that were ticked, or where `address` is set, all that match it up to `until`."""

    rows: Sequence[Any]
    #: None where counting them took too long.
    number: int | None
    noun: tuple[str, str]
    model: Any
    address: str = ""
    until: uuid.UUID | None = None
    query: Select[Any] | None = None

    @property
    def many(self) -> str:
        """Count them in words."""
        if self.number is None:
            return f"all {self.noun[1]} that match"
        return plural(self.number, *self.noun)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a form sends along, to mean the same rows again."""
        if self.query is None:
            return [("id", row.public_id) for row in self.rows]
        return [("all", self.address), ("until", str(self.until))]

    def among(self, column: Any) -> ColumnElement[bool]:
        """Criterion for rows whose `column` names one of the chosen."""
        if self.query is None:
            found: ColumnElement[bool] = column.in_([row.id for row in self.rows])
            return found
        chosen: ColumnElement[bool] = column.in_(self.ids())
        return chosen

    def ids(self) -> Select[Any]:
        """Select the identifiers of all that match."""
        query: Any = self.query
        return query.with_only_columns(self.model.id).order_by(None)


def install(app: Flask) -> None:
    """Let the worker find rows as the lists do."""
    app.extensions["matched_rows"] = matched_rows


def matched_rows(actor: Actor, address: str) -> Select[Any]:
    """Find the rows of the list at this address, for a job of this actor."""
    try:
        with _opened(actor, address) as screen:
            return screen.matching()
    except HTTPException as error:
        raise Refusal(CHANGED) from error


def asks_for_all() -> bool:
    """Whether all that match were chosen, instead of the rows that are ticked."""
    return bool(request.form.get("all"))


def all_that_match(actor: Actor, model: Any) -> Chosen:
    """Read which list was meant, and count its rows; 400 where it is no list of these."""
    address = local_path(request.form["all"], "")
    with _opened(actor, address) as screen:
        query, noun = screen.matching(), screen.noun
        if screen.model is not model:
            abort(400, "This is no list of these.")
    until = _until()
    query = query.where(model.id <= until)
    counted = select(func.count()).select_from(
        query.with_only_columns(model.id).order_by(None).subquery()
    )
    first = db.session.scalars(query.order_by(model.id).limit(NAMED)).unique().all()
    if not first:
        abort(400, "Nothing matches any more. Look at the list again.")
    number = within_seconds(lambda: db.session.scalar(counted))
    return Chosen(first, number, noun, model, address, until, query)


def within_seconds(work: Callable[[], Result]) -> Result | None:
    """Count what a page says, or nothing where that takes too long."""
    try:
        with at_most(db.session, SECONDS):
            return work()
    except OperationalError:
        return None


def _until() -> uuid.UUID:
    """Rows that are added after the page that asked are nobody's choice."""
    text = request.form.get("until", "")
    if not text:
        return new_id()
    try:
        return uuid.UUID(text)
    except ValueError:
        abort(400, "The form does not say which rows it meant. Open it again.")


@contextmanager
def _opened(actor: Actor, address: str) -> Iterator["ListScreen"]:
    """Open the list at an address as this actor would, in the session at hand."""
    own = vars(g._get_current_object())  # noqa: SLF001 - how a proxy is opened
    kept = dict(own)
    own.clear()
    try:
        with current_app.test_request_context(address or "/"):
            g.actor = actor
            check_parameters()
            yield _screen(actor)
    finally:
        own.clear()
        own.update(kept)


def _screen(actor: Actor) -> "ListScreen":
    endpoint = request.endpoint or ""
    screen: Any = getattr(current_app.view_functions.get(endpoint), "__self__", None)
    if not endpoint.endswith(".index_view") or not hasattr(screen, "matching"):
        abort(400, "This is no list.")
    if (screen.panel is Panel.PARTNER) is actor.is_staff:
        abort(403)
    return screen
