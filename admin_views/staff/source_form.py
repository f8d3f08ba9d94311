"""The form of a source: what staff type about it."""

from typing import Any, Self

from flask import request, url_for
from wtforms import Form, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from admin_views.sources import verticals
from models import Source, SourceStatus
from operations.refusal import Invalid
from operations.sources import NAME, NOTES, VERTICAL, Fields

#: Both kinds of form say the same about a status.
HELPS = {
    "status": {
        "test": "Every lead is marked as a test and counted nowhere.",
        "live": "Leads count as soon as they arrive.",
    }
}


class SourceForm(Form):
    """Name, vertical, notes, and the version that the person saw."""

    name = StringField(
        "Name", [InputRequired("Give the source a name.")], render_kw={"maxlength": NAME}
    )
    vertical = StringField(
        "Vertical",
        description="What the leads are about, such as Auto insurance.",
        render_kw={"maxlength": VERTICAL, "list": "verticals", "autocomplete": "off"},
    )
    notes = TextAreaField(
        "Notes",
        description="For staff only. Partner people never see them.",
        render_kw={"rows": 4, "maxlength": NOTES, "dir": "auto"},
    )
    version = HiddenField()

    @classmethod
    def sent(cls) -> Self:
        """Read what was sent."""
        return cls(request.form)

    @classmethod
    def of(cls, source: Source) -> Self:
        """Fill in a source as it is."""
        return cls(
            name=source.name,
            vertical=source.vertical,
            notes=source.notes,
            version=str(source.version),
        )

    def fields(self) -> Fields:
        """Hand what was typed to the operation, which checks it."""
        return Fields(self.name.data or "", self.vertical.data or "", self.notes.data or "")

    def refuse(self, refused: Invalid) -> None:
        """Put the sentence beside the field it is about."""
        field = self[refused.field]
        field.errors = [*field.errors, refused.sentence]


class NewSourceForm(SourceForm):
    """The same, and the status to begin with."""

    status = RadioField(
        "Status",
        choices=[(status.value, status.word) for status in (SourceStatus.TEST, SourceStatus.LIVE)],
        default=SourceStatus.TEST.value,
    )

    def chosen_status(self) -> SourceStatus:
        """Return the status that was chosen; the form has checked that it is one."""
        return SourceStatus(self.status.data)


def form_context(**page: Any) -> dict[str, Any]:
    """Everything the template of the form needs besides the form."""
    crumbs = [{"word": "Sources", "url": url_for("sources.index_view")}]
    return {"page": {"crumbs": crumbs, **page}, "helps": HELPS, "verticals": verticals()}
