"""Bringing a file of partners or of sources: the first page of an import."""

from typing import Any, ClassVar

from flask import abort, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import FileField, Form

from admin_views.base import Screen, deed, now_at, page
from models import FileImport, ImportKind, db
from operations import import_files, import_text
from operations.refusal import Invalid
from operations.sessions import SignedIn
from policy import Permission, may
from visitor import own_actor

MEGABYTE = 1024 * 1024
KINDS = {
    ImportKind.PARTNERS: ("partners", "partner", Permission.PARTNERS_EDIT),
    ImportKind.SOURCES: ("sources", "source", Permission.SOURCES_EDIT),
}


class FileForm(Form):
    """Which file."""

    file = FileField(
        "CSV file",
        description=(
            f"At most {import_files.LARGEST // MEGABYTE} MB. The first row holds the headings, as"
            " other systems export them; what they mean is asked on the next page."
        ),
        render_kw={"accept": ".csv,.tsv,.txt,text/csv,text/plain", "required": True},
    )


class OfKind(Screen):
    """A page about imports of one kind, for those who edit what is imported."""

    kind: ClassVar[ImportKind]

    @property
    def one(self) -> str:
        """What one row becomes."""
        return KINDS[self.kind][1]

    def let_in(self, signed_in: SignedIn, needs: Permission) -> None:
        """Let in whoever may edit by hand what the file edits."""
        super().let_in(signed_in, needs)
        if not may(self.actor, KINDS[self.kind][2]):
            abort(403)

    def takes_file_of(self, signed_in: SignedIn) -> bool:
        """Whether a whole file of theirs is read (visitor.py), instead of a form at most."""
        return signed_in.place is not None and may(own_actor(signed_in), KINDS[self.kind][2])

    def list_crumb(self) -> dict[str, str]:
        """Lead back to the list."""
        many = KINDS[self.kind][0]
        return {"word": many.capitalize(), "url": url_for(f"{many}.index_view")}

    def page_of(self, file: FileImport, name: str = "index_view") -> str:
        """Where an import is shown."""
        return url_for(f"{self.one}_import.{name}", import_id=file.public_id)


class Imports(OfKind):
    """Choose a file; the last ones are listed below."""

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self) -> Response:
        """Ask for the file."""
        return self._page(FileForm())

    @deed("/", needs=Permission.PANEL_OPEN, largest=import_files.LARGEST + MEGABYTE)
    def bring(self) -> Response:
        """Keep the file, and go on to its columns."""
        form, sent = FileForm(), request.files.get("file")
        try:
            file = self._take(sent)
        except Invalid as refused:
            db.session.rollback()
            form.file.errors = [refused.sentence]
            return self._page(form, 422)
        return now_at(self.page_of(file, "columns_view"))

    def _take(self, sent: FileStorage | None) -> FileImport:
        """Store it piece by piece, each in a transaction of its own: nobody waits for the whole."""
        if sent is None or not sent.filename:
            raise Invalid("file", "Choose a file.")
        stream = sent.stream
        encoding = import_text.encoding_of(stream)
        file: FileImport = self.run(import_files.begin, self.kind, sent.filename, encoding)
        for number, body in enumerate(import_text.pieces(stream, encoding)):
            self.run(import_files.add, file, number, body)
        self.run(import_files.finish, file)
        return file

    def _page(self, form: FileForm, status: int = 200) -> Response:
        found = import_files.recent(self.kind)
        recent: list[dict[str, Any]] = [
            {
                "file": file,
                "url": self.page_of(file, "index_view" if file.check_id else "columns_view"),
            }
            for file in found
        ]
        return self.form_page(
            "staff/import_file.html",
            status,
            form=form,
            many=KINDS[self.kind][0],
            crumbs=[self.list_crumb()],
            url=self.url("bring"),
            recent=recent,
            kept=import_files.KEPT.days,
        )


class PartnerImports(Imports):
    """Files of partners."""

    kind = ImportKind.PARTNERS


class SourceImports(Imports):
    """Files of sources."""

    kind = ImportKind.SOURCES
