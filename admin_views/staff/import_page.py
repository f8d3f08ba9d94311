"""One import: its columns, the check of its rows, the import, and the answer for each row."""

from typing import Any

from flask import Response, abort, g, request, url_for
from sqlalchemy import Select, select

from admin_views import export
from admin_views.base import deed, now_at, page, parsed
from admin_views.lists import ListScreen
from admin_views.object_pages import address_of
from admin_views.staff.import_columns import (
    ColumnsForm,
    ReadingForm,
    columns_form,
    headings,
    left_out,
)
from admin_views.staff.import_rows import COLUMNS, OUTCOME, written
from admin_views.staff.imports import OfKind
from admin_views.words import plural
from models import FileImport, ImportKind, ImportRow, RowOutcome, db
from models.base import public_id
from operations import import_files, imports
from operations.import_text import DELIMITERS, ENCODINGS
from operations.refusal import Invalid
from policy import Permission


class ImportPage(OfKind, ListScreen):
    """The rows of one file."""

    model = ImportRow
    title, noun = "Rows", ("row", "rows")
    to_view = Permission.PANEL_OPEN
    template = "staff/import.html"
    columns = COLUMNS
    filters = (OUTCOME,)
    default_sort = "number"
    empty = ("No row is checked yet", "The worker answers them in the order of the file.")

    def place(self) -> dict[str, Any]:
        """Name the import in every address."""
        return {"import_id": self.file.public_id}

    @property
    def file(self) -> FileImport:
        """The import that the address names, or 404."""
        if "file_import" not in g:
            identifier = parsed(FileImport, (request.view_args or {})["import_id"])
            query = select(FileImport).where(
                FileImport.id == identifier, FileImport.kind == self.kind
            )
            g.file_import = db.session.scalar(query.where(FileImport.uploaded_at.is_not(None)))
        return g.file_import or abort(404)

    def base_query(self) -> Select[Any]:
        """The rows of this file."""
        return select(ImportRow).where(ImportRow.import_id == self.file.id)

    def name_of(self, row: Any) -> str:
        """Name a row by its partner or source."""
        return row.name or "Without a name"

    def url_of(self, row: Any) -> str | None:
        """Lead to what a row is about."""
        if row.object_id is None:
            return None
        return address_of(public_id(self.one, row.object_id))

    def listing(self) -> dict[str, Any]:
        """Add how far the file is, and what can be done with it."""
        job, counts = imports.job_of(self.file), self.file.counts
        is_own = job is not None and job.asked_by_id == self.actor.membership_id
        return super().listing() | {
            "file": self.file,
            "job": job,
            "status_url": url_for("job.status", job_id=job.public_id) if job and is_own else None,
            "figures": [
                (self._word(o), counts.get(o.value, 0), self.url("index_view", outcome=o.value))
                for o in RowOutcome
            ],
            "waiting": imports.waiting(self.file),
            "refused": counts.get(RowOutcome.REFUSED.value, 0),
            "refused_url": self.url("export", outcome=RowOutcome.REFUSED.value),
            "left_out": left_out(self.file),
        }

    def _word(self, outcome: RowOutcome) -> str:
        is_to_be = outcome in imports.TO_DO and not self.file.imported_at
        return f"To be {outcome.value}" if is_to_be else outcome.word

    def head(self) -> dict[str, Any]:
        """Name the file, and how it was read."""
        file = self.file
        return {
            "crumbs": self._crumbs(),
            "name": file.name,
            "facts": [ENCODINGS[file.encoding], DELIMITERS[file.delimiter]],
        }

    def _crumbs(self) -> list[dict[str, str]]:
        start = {"word": "Import", "url": url_for(f"{self.one}_imports.index_view")}
        return [self.list_crumb(), start]

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self, **place: Any) -> Any:
        """Show how far the file is, and its rows."""
        if self.file.check_id is None:
            return now_at(self.url("columns_view"))
        return super().index_view(**place)

    @page("/export", needs=Permission.PANEL_OPEN)
    def export(self, **_place: Any) -> Response:
        """Send rows as they came, each behind its answer: corrected, they can be brought again."""
        query = self._filtered(self.asked()).order_by(ImportRow.number)
        head = ["Row", "Outcome", "Reason", *headings(self.file)]
        return export.csv_of_lists("rows.csv", head, query, written)

    @page("/columns", needs=Permission.PANEL_OPEN)
    def columns_view(self, **_place: Any) -> Any:
        """Ask what the columns mean."""
        return self._columns_page(columns_form(self.file))

    @deed("/columns", needs=Permission.PANEL_OPEN)
    def check(self, **_place: Any) -> Any:
        """Take the columns, and let every row be checked."""
        form = columns_form(self.file, request.form)
        if not form.validate():
            return self._columns_page(form, 422)
        try:
            self.run(imports.ask_check, self.file, form.chosen())
        except Invalid as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._columns_page(form, 422)
        return now_at(self.url("index_view"))

    @deed("/reading", needs=Permission.PANEL_OPEN)
    def read_again(self, **_place: Any) -> Any:
        """Read the file by another encoding or delimiter."""
        form = ReadingForm(request.form)
        if not form.validate():
            return self._columns_page(columns_form(self.file), 422, form)
        try:
            self.run(imports.read_as, self.file, form.encoding.data, form.delimiter.data)
        except Invalid as refused:
            db.session.rollback()
            g.pop("file_import")
            form.delimiter.errors = [refused.sentence]
            return self._columns_page(columns_form(self.file), 422, form)
        return now_at(self.url("columns_view"))

    @deed("/run", needs=Permission.PANEL_OPEN)
    def carry_out(self, **_place: Any) -> Any:
        """Let the rows be imported."""
        number = plural(imports.waiting(self.file), "row")
        self.run(imports.ask_run, self.file, done=f"The import of {number} has begun.")
        return now_at(self.url("index_view"))

    def _columns_page(
        self, form: ColumnsForm, status: int = 200, reading: ReadingForm | None = None
    ) -> Any:
        file = self.file
        return self.form_page(
            "staff/import_columns.html",
            status,
            head=self.head(),
            file=file,
            form=form,
            reading=reading or ReadingForm(obj=file),
            sample=import_files.sample(file),
            headings=headings(file),
            left_out=left_out(file),
            url=self.url("check"),
            reading_url=self.url("read_again"),
            back=self._crumbs()[1]["url"],
        )


class PartnerImport(ImportPage):
    """A file of partners."""

    kind = ImportKind.PARTNERS


class SourceImport(ImportPage):
    """A file of sources."""

    kind = ImportKind.SOURCES
