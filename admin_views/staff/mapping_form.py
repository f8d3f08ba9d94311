"""The editor's form: a row of fields for each field of the mapping, readable without a script."""

import re
from collections.abc import Sequence
from typing import Self

from flask import abort, request
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField

from operations.mapping_drafts import Seen
from operations.mapping_fields import Cleanup, Field, Type
from operations.mapping_rows import NAME, VALUE, InvalidRows, Problem

ROW = re.compile(r"rows-([0-9]{1,3})-name")
NUMBER = re.compile(r"[0-9]{1,9}")


class RowForm(Form):
    """One field of the mapping."""

    name = StringField("Sent as", render_kw={"maxlength": NAME, "spellcheck": "false"})
    to = StringField("Lead field", render_kw={"maxlength": 40, "list": "lead-fields"})
    type = SelectField("Type", choices=[(kind.value, kind.word) for kind in Type])
    required = BooleanField("Required")
    default = StringField(
        "Default", description="Taken where nothing is sent.", render_kw={"maxlength": VALUE}
    )
    allowed = TextAreaField(
        "Allowed values", description="One on each line. None: any value.", render_kw={"rows": 3}
    )
    trim = BooleanField(Cleanup.TRIM.word)
    digits = BooleanField(Cleanup.DIGITS.word)
    lower = BooleanField(Cleanup.LOWER.word)
    upper = BooleanField(Cleanup.UPPER.word)
    title = BooleanField(Cleanup.TITLE.word)
    hidden = BooleanField("Hidden from the specification")

    @classmethod
    def of(cls, place: int, field: Field) -> Self:
        """Fill in a field as it is."""
        chosen = {cleanup.value: True for cleanup in field.cleanups}
        return cls(
            prefix=f"rows-{place}-",
            name=field.name,
            to=field.to,
            type=field.type.value,
            required=field.required,
            default=field.default,
            allowed="\n".join(field.allowed),
            hidden=field.hidden,
            **chosen,
        )

    @property
    def cleanups(self) -> list[BooleanField]:
        """The boxes of the clean-ups, in the order in which they are done."""
        return [self[cleanup.value] for cleanup in Cleanup]

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote anything into the row."""
        return not (self.name.data or "").strip() and not (self.to.data or "").strip()

    def field(self) -> Field:
        """Hand what was typed to the operation, which checks it."""
        return Field(
            name=(self.name.data or "").strip(),
            to=(self.to.data or "").strip(),
            type=Type.of(self.type.data or "") or abort(400, "There is no such type."),
            required=self.required.data,
            default=self.default.data or "",
            allowed=tuple((self.allowed.data or "").splitlines()),
            cleanups=tuple(each for each in Cleanup if self[each.value].data),
            hidden=self.hidden.data,
        )

    def refuse(self, problem: Problem) -> None:
        """Put the sentence beside the field it is about."""
        field = self["trim" if problem.field == "cleanups" else problem.field]
        field.errors = [*field.errors, problem.sentence]


class MappingForm(Form):
    """The whole editor: which draft it showed, and its rows."""

    number = HiddenField()
    version = HiddenField()
    rows: list[RowForm]

    @classmethod
    def of(cls, seen: Seen, fields: Sequence[Field]) -> Self:
        """Fill in a mapping as it is."""
        form = cls(number=str(seen.number), version=str(seen.version))
        form.rows = [RowForm.of(place, field) for place, field in enumerate(fields)]
        return form

    @classmethod
    def sent(cls, without: int | None = None) -> Self:
        """Read what was sent, without the row that is to go."""
        form = cls(request.form)
        found = (match for name in request.form if (match := ROW.fullmatch(name)))
        places = sorted({int(match.group(1)) for match in found} - {without})
        form.rows = [RowForm(request.form, prefix=f"rows-{place}-") for place in places]
        return form

    @property
    def seen(self) -> Seen:
        """Which draft the page showed; only a page of ours says it."""
        texts = (self.number.data or "", self.version.data or "")
        if not all(NUMBER.fullmatch(text) for text in texts):
            abort(400, "The form does not say which draft it showed. Open it again.")
        return Seen(*map(int, texts))

    def show(self, seen: Seen) -> None:
        """From here on the form is about this draft."""
        self.number.data, self.version.data = str(seen.number), str(seen.version)

    @property
    def written(self) -> list[RowForm]:
        """The rows that are not blank."""
        return [row for row in self.rows if not row.is_blank]

    def fields(self) -> list[Field]:
        """Hand what was typed to the operation."""
        return [row.field() for row in self.written]

    def add(self) -> None:
        """Add a blank row at the end."""
        self.rows.append(RowForm.of(self._free_place(), Field("", "")))

    def _free_place(self) -> int:
        used = [int(row.name.name.split("-")[1]) for row in self.rows]
        return max(used, default=-1) + 1

    def refuse(self, refused: InvalidRows) -> None:
        """Put each sentence beside the field it is about."""
        written = self.written
        for problem in refused.problems:
            if problem.row < len(written):
                written[problem.row].refuse(problem)
            else:
                self.form_errors = [problem.sentence]

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """What is wrong, for the summary on top: identifier, whose, sentence."""
        return [
            (field.id, f"{row.name.data or 'New field'}, {field.label.text.lower()}", error)
            for row in self.rows
            for field in row
            for error in field.errors
        ]
