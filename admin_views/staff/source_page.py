"""A source's page: the header and tabs that its pages share."""

from typing import Any

from flask import abort, g, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import parsed
from admin_views.object_pages import address_of
from admin_views.source_head import flow_notice, go_live_asked, tabs
from models import Flow, PartnerStatus, Source, SourceStatus, db
from policy import Permission, may
from visitor import actor

#: What else staff see of a source joins here.
SUBMISSIONS = "source_submissions.index_view"
TABS = (
    ("Overview", "source.index_view", Permission.SOURCES_VIEW),
    ("Mapping", "source_mapping.index_view", Permission.SOURCES_VIEW),
    ("Submissions", SUBMISSIONS, Permission.LEADS_VIEW),
    ("Rejections", "source_rejections.index_view", Permission.LEADS_VIEW),
    ("Leads", "source_leads.index_view", Permission.LEADS_VIEW),
    ("Credentials", "source_credentials.index_view", Permission.SOURCES_CREDENTIALS),
    ("Specification", "source_specification.index_view", Permission.SOURCES_VIEW),
    ("Test", "source_test.index_view", Permission.SOURCES_SPEC),
)
#: What staff can do about calls that are unusual.
HELP = {
    Flow.SILENT: "Ask whoever sends its leads whether the form still posts.",
    Flow.LATE: "Ask whoever sends its leads whether all forms still post.",
    Flow.SURGING: "Ask whoever sends its leads whether that is meant.",
}
#: What a status may change to, and in which words.
CHANGES = {
    SourceStatus.TEST: ((SourceStatus.LIVE, "Go live"), (SourceStatus.PAUSED, "Pause source")),
    SourceStatus.LIVE: (
        (SourceStatus.TEST, "Set back to test"),
        (SourceStatus.PAUSED, "Pause source"),
    ),
    SourceStatus.PAUSED: (
        (SourceStatus.LIVE, "Resume as live"),
        (SourceStatus.TEST, "Resume as test"),
    ),
}


class OfSource:
    """Mix into a screen whose address begins with `/admin/sources/<source_id>/`."""

    @property
    def source(self) -> Source:
        """The source that the address names, or 404: absent and foreign look the same."""
        if "source" not in g:
            g.source = find_source((request.view_args or {}).get("source_id", ""))
        return g.source

    def living(self) -> Source:
        """The same, unless it was deleted: then nothing can be done to it."""
        return self.source if self.source.deleted_at is None else abort(404)

    def head(self) -> dict[str, Any]:
        """Describe the header for `macros/tabs.html`."""
        source = self.source
        return {
            "crumbs": _crumbs(),
            "name": source.name,
            "state": "deleted" if source.deleted_at else source.state.value,
            "identifier": source.public_id,
            "identifier_what": "source identifier",
            "facts": [_whose(source), *go_live_asked(source)],
            "primary": _primary(source),
            "more": _more(source),
            "tabs": tabs(source, TABS),
            "notice": _notice(source) or flow_notice(source, SUBMISSIONS, HELP),
        }


def find_source(public_id: str) -> Source:
    """Find a source of this scope with its partner, or answer 404."""
    wanted = Source.id == parsed(Source, public_id)
    query = select(Source).where(wanted).options(joinedload(Source.partner))
    source = db.session.scalar(query)
    return source if source is not None else abort(404)


def _crumbs() -> list[dict[str, str]]:
    """Lead back to the list; who sees leads does not always see sources."""
    if not may(actor(), Permission.SOURCES_VIEW):
        return []
    return [{"word": "Sources", "url": url_for("sources.index_view")}]


def _whose(source: Source) -> Markup:
    if source.partner is None:
        return Markup("Unassigned")
    address = address_of(source.partner.public_id)
    if address is None:
        return Markup("Assigned to <bdi>{}</bdi>").format(source.partner.name)
    return Markup('Assigned to <a href="{}"><bdi>{}</bdi></a>').format(address, source.partner.name)


def _notice(source: Source) -> dict[str, str] | None:
    """Say what keeps a source from taking calls, whatever its own status is."""
    partner = source.partner
    if partner is None or partner.status is PartnerStatus.ACTIVE:
        return None
    until = "resumed" if partner.status is PartnerStatus.PAUSED else "restored"
    answer = f"Every call is refused with 403 partner_{partner.status} until it is {until}."
    return {"strong": f"Its partner is {partner.status}.", "text": answer}


def _primary(source: Source) -> dict[str, Any] | None:
    if source.go_live_asked_at and may(actor(), Permission.SOURCES_EDIT):
        address = url_for("source_go_live.index_view", source_id=source.public_id)
        return {"word": "Answer: go live…", "url": address}
    if source.deleted_at or source.partner_id or not may(actor(), Permission.SOURCES_ASSIGN):
        return None
    return {"word": "Assign to partner…", "url": _asking("assign", source)}


def _asking(what: str, source: Source) -> str:
    return url_for(f"assigning.ask_{what}", id=source.public_id)


def _more(source: Source) -> list[dict[str, Any] | None]:
    if source.deleted_at:
        return []
    groups = [_editing(source), _assigning(source), _deleting(source)]
    entries: list[dict[str, Any] | None] = []
    for group in groups:
        entries += [None, *group] if entries and group else group
    return entries


def _editing(source: Source) -> list[dict[str, Any] | None]:
    if not may(actor(), Permission.SOURCES_EDIT):
        return []
    address: dict[str, Any] = {"source_id": source.public_id}
    changes = [
        {"word": word, "url": url_for("source.ask_status", to=status.value, **address)}
        for status, word in CHANGES[source.status]
    ]
    return [{"word": "Edit source", "url": url_for("source.edit", **address)}, *changes]


def _assigning(source: Source) -> list[dict[str, Any] | None]:
    if source.partner_id is None or not may(actor(), Permission.SOURCES_ASSIGN):
        return []
    return [
        {"word": "Move to another partner…", "url": _asking("move", source)},
        {"word": "Unassign", "url": _asking("unassign", source), "sharp": True},
    ]


def _deleting(source: Source) -> list[dict[str, Any] | None]:
    if not may(actor(), Permission.SOURCES_EDIT):
        return []
    address = url_for("source.ask_delete", source_id=source.public_id)
    return [{"word": "Delete source", "url": address, "sharp": True}]
