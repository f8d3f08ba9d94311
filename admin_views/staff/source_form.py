"""The form of a source: what staff type about it."""

from typing import Any, Self

from flask import request, url_for
from wtforms import (
    Form,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput

from admin_views.money import typed_amount as amount
from admin_views.ruled import ruled
from admin_views.sources import verticals
from models import Source, SourceStatus
from models.source import DUPLICATE_FIELDS
from operations.refusal import Invalid
from operations.source_terms import COMPARED
from operations.source_terms import RULES as TERMS
from operations.sources import NAME, NOTES, RULES, VERTICAL, Fields
from visitor import tenant

#: Both kinds of form say the same about a status.
HELPS = {
    "status": {
        "test": "Every lead is marked as a test and counted nowhere.",
        "live": "Leads count as soon as they arrive.",
    }
}


COMPARED_WORDS = {
    "email": "E-mail",
    "phone": "Phone",
    "first_name": "First name",
    "last_name": "Last name",
    "postal_code": "Postal code",
    "address_1": "Address",
}
GROUPS = (
    {"title": "About", "fields": ("name", "vertical", "notes", "status", "version")},
    {
        "title": "Terms",
        "help": "What is paid for its leads, and what it may send.",
        "fields": ("payout", "duplicate_fields", "duplicate_days", "rate_limit"),
    },
)


class Checks(SelectMultipleField):
    """Some of a few, each with a box."""

    option_widget = CheckboxInput()


def as_ruled(form: "SourceForm", field: Any) -> None:
    """Hold a field against the rule of operations/sources.py; terms only where they were sent."""
    if field.short_name not in TERMS or form.has_terms():
        _, rule = RULES[field.short_name]
        ruled(rule)(form, field)


class SourceForm(Form):
    """Name, vertical, notes, terms, and the version that the person saw."""

    name = StringField(
        "Name",
        [InputRequired("Give the source a name."), as_ruled],
        render_kw={"maxlength": NAME},
    )
    vertical = StringField(
        "Vertical",
        [as_ruled],
        description="What the leads are about, such as Auto insurance.",
        render_kw={"maxlength": VERTICAL, "list": "verticals", "autocomplete": "off"},
    )
    notes = TextAreaField(
        "Notes",
        [as_ruled],
        description="For staff only. Partner people never see them.",
        render_kw={"rows": 4, "maxlength": NOTES, "dir": "auto"},
    )
    payout = StringField("Payout per accepted lead", [as_ruled], render_kw={"inputmode": "decimal"})
    duplicate_fields = Checks(
        "A lead is a duplicate when these are the same",
        [as_ruled],
        choices=[(name, COMPARED_WORDS[name]) for name in COMPARED],
        default=list(DUPLICATE_FIELDS),
    )
    duplicate_days = StringField(
        "Days back",
        [as_ruled],
        description="Within so many days, in all sources of the tenant.",
        default="30",
        render_kw={"inputmode": "numeric", "required": True},
    )
    rate_limit = StringField(
        "Calls per minute",
        [as_ruled],
        description="More are answered with 429. 0 for no limit.",
        default="600",
        render_kw={"inputmode": "numeric", "required": True},
    )
    version = HiddenField()

    @classmethod
    def sent(cls) -> Self:
        """Read what was sent."""
        return cls(request.form).in_currency()

    @classmethod
    def of(cls, source: Source) -> Self:
        """Fill in a source as it is."""
        return cls(
            name=source.name,
            vertical=source.vertical,
            notes=source.notes,
            version=str(source.version),
            payout=amount(source.payout_cents),
            duplicate_fields=source.duplicate_fields,
            duplicate_days=str(source.duplicate_days),
            rate_limit=str(source.rate_limit),
        ).in_currency()

    def in_currency(self) -> Self:
        """Say which currency the payout is in."""
        currency = tenant().currency
        self.payout.description = (
            f"In {currency}. Holds for leads from now on; earlier ones keep theirs."
        )
        return self

    def fields(self) -> Fields:
        """Hand what was typed to the operation, which checks it."""
        return Fields(
            self.name.data or "",
            self.vertical.data or "",
            self.notes.data or "",
            **self._terms(),
        )

    def _terms(self) -> dict[str, Any]:
        """Take the terms from a form that has them: boxes that are all empty are not sent."""
        return {name: self[name].data for name in TERMS} if self.has_terms() else {}

    def has_terms(self) -> bool:
        """Whether the terms were sent."""
        return bool(self.duplicate_days.raw_data)

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
    return {
        "page": {"crumbs": crumbs, **page},
        "helps": HELPS,
        "verticals": verticals(),
        "groups": GROUPS,
    }
