"""Rows by their public identifiers, of those that a screen is about: foreign and absent alike."""

from collections.abc import Iterable
from typing import Any, ClassVar

from flask import abort, request
from sqlalchemy import Select, select

from admin_views.base import parsed
from models import db


class FindsRows:
    """Finds rows of `base_query`, which says what a screen is about."""

    model: ClassVar[Any]

    def base_query(self) -> Select[Any]:
        """Rows of this list, relations included. The scope narrows it by itself."""
        return select(self.model)

    def row(self, public_id: str) -> Any:
        """Find a row of this scope, or answer 404: foreign and absent look the same."""
        identifier = parsed(self.model, public_id)
        found = db.session.scalar(self.base_query().where(self.model.id == identifier))
        return found if found is not None else abort(404)

    def selected(self) -> list[Any]:
        """Find the rows of a selection, all or none: one unknown id answers 404."""
        texts = list(dict.fromkeys(request.form.getlist("id")))
        if not texts:
            abort(400, "Nothing was selected. Tick at least one row.")
        return self.rows(texts)

    def rows(self, public_ids: Iterable[str]) -> list[Any]:
        """Find all of these rows, or answer 404 where one is unknown."""
        wanted = [parsed(self.model, text) for text in public_ids]
        query = self.base_query().where(self.model.id.in_(wanted))
        rows = list(db.session.scalars(query).unique())
        return rows if len(rows) == len(wanted) else abort(404)
