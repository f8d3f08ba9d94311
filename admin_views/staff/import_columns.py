"""The form of an import's columns: which of the file fills which field."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from wtforms import Form, SelectField

from models import FileImport
from operations.import_fields import FIELDS, NAME
from operations.import_text import DELIMITERS, ENCODINGS
from operations.refusal import Invalid

NOT_THERE = ("", "Not in this file")


class ReadingForm(Form):
    """How the file is read."""

    encoding = SelectField("Encoding", choices=list(ENCODINGS.items()))
    delimiter = SelectField("Separator", choices=list(DELIMITERS.items()))


class ColumnsForm(Form):
    """One choice for each field, added by `columns_form`."""

    def chosen(self) -> dict[str, int]:
        """Give the places of the columns, by field."""
        return {field.short_name: int(field.data) for field in self if field.data}

    def refuse(self, refused: Invalid) -> None:
        """Put the sentence beside the field that it is about."""
        self[refused.field if refused.field in self else NAME].errors = [refused.sentence]


def columns_form(file: FileImport, sent: Mapping[str, Any] | None = None) -> ColumnsForm:
    """Build the form of a file: filled with the guess, or with what was sent."""
    choices = [NOT_THERE, *((str(place), word) for place, word in enumerate(headings(file)))]
    fields = {
        field.name: SelectField(field.label, choices=choices, description=field.help, default="")
        for field in FIELDS[file.kind]
    }
    made = type("FileColumnsForm", (ColumnsForm,), fields)
    if sent is not None:
        return made(sent)
    return made(data={name: str(place) for name, place in file.columns.items()})


def headings(file: FileImport) -> list[str]:
    """Name the columns so that no two are alike."""
    seen = Counter(file.headings)
    return [
        heading if heading and seen[heading] == 1 else f"{heading or 'Without heading'} ({place})"
        for place, heading in enumerate(file.headings, start=1)
    ]


def left_out(file: FileImport) -> list[str]:
    """Name the columns that no field takes."""
    taken = set(file.columns.values())
    return [word for place, word in enumerate(headings(file)) if place not in taken]
