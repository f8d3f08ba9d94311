"""The editor of a source's fields, and taking over those of another source."""

import re
from typing import Any

from flask import abort, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Screen, deed, now_at, page, parsed
from admin_views.staff.assign_form import OFFERED, Pick, found_text, how_many
from admin_views.staff.mapping_form import MappingForm
from admin_views.staff.mapping_page import OfMapping
from models import Source, db
from models.search import matching
from operations import mapping_drafts, mappings
from operations.mapping_differences import differences
from operations.mapping_drafts import Seen
from operations.mapping_fields import STANDARD
from operations.mapping_rows import MOST_ROWS, InvalidRows
from operations.refusal import Stale
from policy import Permission

REMOVE = re.compile(r"remove-([0-9]{1,3})")
SAVED = "The draft is saved. It changes nothing until it is published."
COPIED = "The fields of “{}” are the draft now. They change nothing until they are published."


class MappingEditor(OfMapping, Screen):
    """Edits the draft; nothing here changes what is in force."""

    @page("/", needs=Permission.SOURCES_EDIT)
    def index_view(self, source_id: str) -> Any:
        """Show the draft, or what is in force where nobody began one."""
        seen, fields = self._shown()
        return self._form(MappingForm.of(seen, fields))

    @deed("/", needs=Permission.SOURCES_EDIT)
    def save(self, source_id: str) -> Any:
        """Save what was typed, or show the form with a row more or less."""
        what = request.form.get("do", "save")
        removed = REMOVE.fullmatch(what)
        form = MappingForm.sent(without=int(removed.group(1)) if removed else None)
        if what == "add" and len(form.rows) < MOST_ROWS:
            form.add()
        if what != "save":
            return self._form(form, focus=what == "add")
        return self._save(form)

    def _save(self, form: MappingForm) -> Any:
        try:
            self.run(mapping_drafts.save, self.living(), form.seen, form.fields(), done=SAVED)
        except InvalidRows as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._form(form, 422)
        except Stale as stale:
            db.session.rollback()
            return self._outdated(form, stale)
        return now_at(self.home())

    def _outdated(self, form: MappingForm, stale: Stale) -> Any:
        """Keep what was typed, say what is there now, and let the person decide."""
        seen, theirs = self._shown()
        form.show(seen)
        form.form_errors = [
            stale.sentence,
            "Saving again replaces what is there now by what is below. The difference:",
            *differences(theirs, form.fields()),
        ]
        return self._form(form, 409)

    def _shown(self) -> Any:
        """What the editor shows of the source, and which draft that is."""
        draft = mappings.draft_of(self.living())
        if draft is not None:
            return Seen(draft.number, draft.version), mappings.fields_of(draft)
        number = mapping_drafts.next_number(self.source)
        return Seen(number, 0), mappings.current(self.source)

    def _form(self, form: MappingForm, status: int = 200, *, focus: bool = False) -> Any:
        return self.form_page(
            "staff/mapping_editor.html",
            status,
            head=self.head(),
            form=form,
            standard=STANDARD,
            most=MOST_ROWS,
            focus=focus,
            url=self.url("save", source_id=self.source.public_id),
            home=self.home(),
        )

    @page("/copy", needs=Permission.SOURCES_EDIT)
    def ask_copy(self, source_id: str) -> Any:
        """Ask whose fields to take over."""
        return self._choose()

    @deed("/copy", needs=Permission.SOURCES_EDIT)
    def copy(self, source_id: str) -> Any:
        """Take over the chosen source's fields into the draft."""
        seen = MappingForm(request.form).seen
        chosen = request.form.getlist("source")
        if "search" in request.form or not any(chosen):
            return self._choose("" if "search" in request.form else "Choose a source.")
        if len(chosen) > 1:
            return self._choose("Choose one source.")
        origin = self._other(chosen[0])
        done = COPIED.format(origin.name)
        self.run(mapping_drafts.copy, self.living(), seen, origin, done=done)
        return now_at(self.home())

    def _choose(self, error: str = "") -> Any:
        seen, _ = self._shown()
        pick = self._others()
        pick.error = error
        return self.form_page(
            "staff/mapping_copy.html",
            422 if error else 200,
            head=self.head(),
            pick=pick,
            seen=seen,
            url=self.url("copy", source_id=self.source.public_id),
            home=self.home(),
        )

    def _other(self, public_id: str) -> Source:
        wanted = Source.id == parsed(Source, public_id)
        found = db.session.scalar(select(Source).where(wanted, Source.deleted_at.is_(None)))
        return found if found is not None else abort(404)

    def _others(self) -> Pick:
        """Offer the tenant's other sources, by name."""
        others = (Source.deleted_at.is_(None), Source.id != self.source.id)
        query = select(Source).where(*others).options(joinedload(Source.partner))
        if find := found_text():
            query = query.where(matching(Source.name_key, find))
        found = db.session.scalars(query.order_by(Source.name_key).limit(OFFERED)).all()
        return Pick((), found, how_many(select(Source).where(*others), Source.id), find)
