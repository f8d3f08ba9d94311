"""Submissions as a list: the calls to one source as they came, with the answers they got."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, and_, false, select, true
from sqlalchemy.orm import defer

from admin_views import cells
from admin_views.frame import zone
from admin_views.lead_words import TEST
from admin_views.lists import Column, Filter, ListScreen
from admin_views.received_filters import by_day
from admin_views.words import exact
from models import Credential, Outcome, Source, Submission, db
from models.among import among
from models.submission import failed_with, unusual_outcome
from policy import Permission

#: The codes that answers give; others are typed into the address.
ERRORS = (
    "validation_failed",
    "malformed_body",
    "unsupported_media_type",
    "body_too_large",
    "rate_limited",
    "source_paused",
    "partner_paused",
)


def _outcome(row: Submission, _more: object = None) -> Any:
    shown = cells.badge(row.outcome)
    return shown + TEST if row.is_test else shown


TIME = Column(
    "time",
    "Received",
    lambda row, _: cells.moment(row.received_at),
    text=lambda row, _: cells.stamp(row.received_at),
    sort=Submission.id,
)
OUTCOME = Column("outcome", "Outcome", _outcome, text=lambda row, _: row.outcome.value, css="state")
STATUS = Column("status", "Answer", lambda row, _: str(row.status))
ERROR = Column("error", "Error", lambda row, _: row.error or cells.NOTHING, css="clip")
CREDENTIAL = Column(
    "credential",
    "Credential",
    lambda row, more: cells.person(more["credentials"].get(row.credential_id, cells.NOTHING)),
    css="clip-s",
)
ADDRESS = Column("address", "Address", lambda row, _: row.address or cells.NOTHING)
DAY = Column("day", "Day", lambda row, _: row.day.isoformat())
IS_TEST = Column("test", "Test", lambda row, _: "yes" if row.is_test else "no")


def _of_outcome(value: str) -> ColumnElement[bool]:
    if value == Outcome.ACCEPTED:
        return Submission.outcome == value
    return and_(unusual_outcome(), Submission.outcome == value)


BY_OUTCOME = Filter(
    "outcome",
    "Outcome",
    lambda: [(outcome.value, outcome.word) for outcome in Outcome],
    _of_outcome,
)
BY_ERROR = Filter(
    "error",
    "Error",
    lambda: [(code, code) for code in ERRORS],
    failed_with,
    is_free=True,
)
BY_TEST = Filter(
    "test",
    "Test",
    lambda: [("no", "No tests"), ("yes", "Only tests")],
    lambda value: Submission.is_test == (true() if value == "yes" else false()),
)
FROM, UNTIL = by_day(Submission)


class SubmissionList(ListScreen):
    """The calls to one source; each screen says whose."""

    model = Submission
    title, noun = "Submissions", ("submission", "submissions")
    to_view = Permission.LEADS_VIEW
    columns: ClassVar[Sequence[Column]] = (TIME, OUTCOME, STATUS, ERROR, CREDENTIAL, ADDRESS)
    export_only: ClassVar[Sequence[Column]] = (DAY, IS_TEST)
    filters: ClassVar[Sequence[Filter]] = (BY_OUTCOME, BY_ERROR, FROM, UNTIL, BY_TEST)
    empty_icon = "sources"
    empty = (
        "No calls yet",
        "Every call to this source is listed here with the answer it got, and kept for a while.",
    )

    @property
    def source(self) -> Source:
        """The source whose calls these are; each panel finds it its own way."""
        raise NotImplementedError

    def place(self) -> dict[str, Any]:
        """Keep the source in every address."""
        return {"source_id": self.source.public_id}

    def base_query(self) -> Select[Any]:
        """The source's own calls; what they said is read by their pages only."""
        own = select(Submission).where(Submission.source_id == self.source.id)
        return own.options(defer(Submission.body), defer(Submission.answer))

    def name_of(self, row: Any) -> str:
        """Name a call by its moment."""
        return exact(row.received_at, zone())

    def url_of(self, row: Any) -> str | None:
        """Lead to the call's page; relative, to keep the list small."""
        return f"../../../submissions/{row.public_id}/"

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Read the names of one page's credentials."""
        used = among(db.session, Credential.id, {row.credential_id for row in rows})
        query = select(Credential.id, Credential.name).where(used)
        return {"credentials": {row.id: row.name for row in db.session.execute(query)}}
