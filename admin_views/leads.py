"""Leads as a list: what the staff list, a source's tab and the partner panel share."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import Response
from sqlalchemy import ColumnElement, Select, and_, select, true

from admin_views import cells, export, keyset
from admin_views.base import page
from admin_views.lead_columns import custom_columns
from admin_views.lead_words import name_of, payout_of, sees_returns, state, state_of
from admin_views.list_parts import exported
from admin_views.lists import Column, Filter, ListScreen, Query
from admin_views.money import typed_amount
from admin_views.name_filters import by_source
from admin_views.received_filters import by_day
from models import Lead, LeadState, Partner, Source, db
from models.among import among
from models.lead import unusual_state
from operations.lead_search import sought
from policy import Permission

NO_HIT = "A search takes a whole e-mail address, phone number or identifier."
#: What an empty list says of the test leads that it hides, and the link to them; of one: True.
TESTS = {
    False: ("{} test leads are hidden.", "Show them"),
    True: ("{} test lead is hidden.", "Show it"),
}
#: Accepted when they came, whatever happened since: the leads behind the figure “accepted”.
EVER_ACCEPTED = (LeadState.ACCEPTED, LeadState.RETURNED)


def _states() -> list[tuple[str, str]]:
    kinds = list(LeadState) if sees_returns() else [LeadState.ACCEPTED, LeadState.DUPLICATE]
    return [(kind.value, kind.word) for kind in kinds]


def _of_state(value: str) -> ColumnElement[bool]:
    if value == LeadState.ACCEPTED and not sees_returns():
        return Lead.state.in_(EVER_ACCEPTED)
    if value == LeadState.ACCEPTED:
        return Lead.state == value
    return and_(Lead.state == value, unusual_state())


BY_STATE = Filter("status", "Status", _states, _of_state)
BY_COUNT = Filter(
    "counted",
    "Counted as",
    lambda: [("accepted", "Accepted, returned since or not" if sees_returns() else "Accepted")],
    lambda _value: Lead.state.in_(EVER_ACCEPTED),
)
BY_TEST = Filter(
    "test",
    "Test leads",
    lambda: [("yes", "Only test leads")],
    lambda _value: Lead.is_test == true(),  # IS TRUE would not follow their index
)
FROM, UNTIL = by_day(Lead)

NAME = Column("name", "Lead", lambda row, _: name_of(row), css="clip-s", in_export=False)
EMAIL = Column(
    "email",
    "E-mail",
    lambda row, _: cells.person(row.email) or cells.NOTHING,
    css="clip-s wide",
    in_export=False,
)


def source_name(row: Any, more: dict[str, Any]) -> str:
    """Name the source, which a partner may not have any more."""
    return str(more["sources"].get(row.source_id, "No longer yours"))


def _partner_name(row: Any, more: dict[str, Any]) -> str:
    partner = more["partners"].get(row.partner_id)
    return partner.name if partner else ""


def _payout(row: Any, more: dict[str, Any]) -> str:
    return typed_amount(payout_of(row, more["partners"].get(row.partner_id)))


def _partner(row: Any, more: dict[str, Any]) -> Any:
    return cells.person(_partner_name(row, more)) or cells.NOTHING


SOURCE = Column(
    "source",
    "Source",
    lambda row, more: cells.person(source_name(row, more)),
    text=source_name,
    css="clip-s",
)
PARTNER = Column("partner", "Partner", _partner, text=_partner_name, css="clip-s")
STATE = Column("status", "Status", state, text=lambda row, _: state_of(row).value, css="state")
RECEIVED = Column(
    "received",
    "Received",
    lambda row, _: cells.moment(row.received_at),
    text=lambda row, _: cells.stamp(row.received_at),
    sort=Lead.id,
    numeric=True,
)
DAY = Column("day", "Day", lambda row, _: row.day.isoformat())
TEST = Column("test", "Test", lambda row, _: "yes" if row.is_test else "no")
PAYOUT = Column("payout", "Payout", _payout)
REASON = Column(
    "return_reason", "Return reason", lambda row, _: row.return_reason if sees_returns() else ""
)
EXTRA = Column(
    "extra",
    "Extra",
    lambda row, _: json.dumps(row.extra, ensure_ascii=False) if row.extra else "",
)


class LeadList(ListScreen):
    """A list of leads; each screen says whose, with which columns and deeds."""

    model = Lead
    title, noun = "Leads", ("lead", "leads")
    to_view = Permission.LEADS_VIEW
    columns: ClassVar[Sequence[Column]] = (NAME, EMAIL, SOURCE, STATE, RECEIVED)
    export_only: ClassVar[Sequence[Column]] = (DAY, TEST, PAYOUT, REASON)
    filters: ClassVar[Sequence[Filter]] = (
        BY_STATE,
        by_source(Lead),
        FROM,
        UNTIL,
        BY_TEST,
        BY_COUNT,
    )
    search_label = "Search leads by e-mail, phone or identifier"
    empty_icon = "leads"
    empty = ("No leads yet", "Leads are listed here seconds after a source has received them.")

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Test leads are hidden unless asked for, or looked for by what they say."""
        return () if asked.q or "test" in asked.chosen else (Lead.is_test.is_(False),)

    def name_of(self, row: Any) -> str:
        """Call it by the person's name."""
        return name_of(row)

    def url_of(self, row: Any) -> str | None:
        """Lead to the lead's page; relative, to keep the list small."""
        return f"{row.public_id}/"

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read the names of one page's sources and partners."""
        theirs = among(db.session, Source.id, {row.source_id for row in rows})
        sources = select(Source.id, Source.name).where(theirs)
        whose = among(db.session, Partner.id, {row.partner_id for row in rows})
        partners = select(Partner).where(whose)
        return {
            "sources": {row.id: row.name for row in db.session.execute(sources)},
            "partners": {partner.id: partner for partner in db.session.scalars(partners)},
        }

    def listing(self) -> dict[str, Any]:
        """Say what the search takes: it finds leads by what they hold as a whole."""
        found = super().listing() | {"search_hint": "E-mail, phone or identifier"}
        if found["q"] and not found["rows"]:
            found["empty"]["text"] = NO_HIT
        elif not (found["rows"] or found["chips"]):
            found["empty"] |= self._hidden_tests()
        return found

    def _hidden_tests(self) -> dict[str, Any]:
        """Lead to the test leads, where an empty list hides some."""
        asked, to_tests = self.asked(), {BY_TEST.name: "yes"}
        tests = replace(asked, chosen=to_tests)
        number = keyset.count(self._narrowed(tests)[1], Lead.id)
        if number == "0":
            return {}
        told, link = TESTS[number == "1"]
        address = self._linker(asked)(**to_tests)
        return {"text": told.format(number), "action": {"word": link, "url": address}}

    @page("/export", needs=Permission.PANEL_OPEN)
    def export(self, **_place: Any) -> Response:
        """Send the leads that the filters leave, with a column for each field that one may have."""
        self._check_view()
        asked = self.asked()
        shown = exported((*self.columns, *self.export_only), self.actor)
        columns = [*shown, *custom_columns(asked.chosen.get("source", "")), EXTRA]
        fields = [getattr(Lead, field.key) for field in Lead.__mapper__.column_attrs]
        query = self._filtered(asked).order_by(Lead.id.desc()).with_only_columns(*fields)
        return export.csv_response("leads.csv", columns, query, self.more)

    def _searched(self, asked: Query, query: Select[Any]) -> Select[Any]:
        """A lead is looked for by what identifies it as a whole."""
        return query.where(sought(asked.q)) if asked.q else query
