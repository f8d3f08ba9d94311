"""The audit trail of the whole tenant."""

from typing import Any

from flask import Response
from markupsafe import Markup

from admin_views import cells, event_page, export, trail
from admin_views.base import page
from admin_views.event_words import label_of, words_of
from admin_views.job_words import own_job_url
from admin_views.lists import Column
from admin_views.object_pages import address_of
from models import AuditEvent
from policy import Permission


def _object(row: Any, _more: object) -> Markup | str:
    name = row.object_name or row.object_public_id or cells.NOTHING
    url = address_of(row.object_public_id)
    if url is None:
        return Markup("<bdi>{}</bdi>").format(name)
    return Markup('<a href="{}"><bdi>{}</bdi></a>').format(url, name)


def _partner(row: Any, more: dict[str, Any]) -> Markup | str:
    if row.partner_id not in more["partners"]:
        return cells.NOTHING
    name, public_id = more["partners"][row.partner_id]
    return Markup('<a href="{}"><bdi>{}</bdi></a>').format(address_of(public_id), name)


OBJECT_COLUMN = Column("object", "Object", _object, css="clip")
PARTNER_COLUMN = Column("partner", "Partner", _partner, css="clip-s")
#: An export holds every fact in a column of its own.
EXPORTED = (
    Column("at", "When (UTC)", lambda row, _: cells.stamp(row.at)),
    Column("kind", "Kind", lambda row, _: row.kind),
    Column("what", "What happened", lambda row, _: words_of(row)),
    Column("who", "Who", lambda row, _: row.actor_name),
    Column("email", "E-mail", lambda row, _: row.actor_email),
    Column("address", "Address", lambda row, _: row.address),
    Column("object_id", "Object", lambda row, _: row.object_public_id),
    Column("object_name", "Object's name", lambda row, _: row.object_name),
    Column("partner", "Partner", lambda row, more: more["partners"].get(row.partner_id, ("",))[0]),
    Column("before", "Before", lambda row, _: event_page.said(row.before)),
    Column("after", "After", lambda row, _: event_page.said(row.after)),
)


class Audit(event_page.EventPages):
    """Every event of the tenant."""

    title = "Audit"
    event_template = "staff/event.html"
    columns = (
        trail.WHAT_COLUMN,
        trail.WHO_COLUMN,
        OBJECT_COLUMN,
        PARTNER_COLUMN,
        trail.WHEN_COLUMN,
    )
    filters = (trail.KIND, trail.PERSON, trail.OBJECT, trail.FROM, trail.TO)

    def name_of(self, row: Any) -> str:
        """Name the kind; the object stands in a column of its own."""
        return label_of(row.kind)

    @page("/export", needs=Permission.AUDIT_VIEW)
    def export(self, **_place: Any) -> Response:
        """Send the events that the filters leave, every fact in a column of its own."""
        query = self._filtered(self.asked()).order_by(self.model.id.desc())
        return export.csv_response("audit.csv", EXPORTED, query, self.more)

    def about(self, event: AuditEvent) -> dict[str, Any]:
        """Lead to the object, where it has a page."""
        identifier = event.object_public_id
        return {"object_url": address_of(identifier) or own_job_url(self.actor, identifier)}
