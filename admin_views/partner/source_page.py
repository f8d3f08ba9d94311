"""A source's page in the partner panel: the header and tabs that its pages share."""

from typing import Any, ClassVar

from flask import abort, g, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Panel, parsed
from admin_views.source_head import flow_notice, go_live_asked, tabs
from models import Flow, Source, SourceStatus, db
from policy import Permission, may
from visitor import actor

#: What else a partner's people see of a source joins here.
TABS = (
    ("Overview", "portal_source.index_view", Permission.SOURCES_VIEW),
    ("Submissions", "portal_source_submissions.index_view", Permission.LEADS_VIEW),
    ("Rejections", "portal_source_rejections.index_view", Permission.LEADS_VIEW),
    ("Credentials", "portal_source_credentials.index_view", Permission.SOURCES_CREDENTIALS),
    ("Specification", "portal_source_specification.index_view", Permission.SOURCES_VIEW),
    ("Test", "portal_source_test.index_view", Permission.SOURCES_SPEC),
)
#: What a partner's people can do about calls that are unusual.
HELP = {
    Flow.SILENT: "Check that the form still posts.",
    Flow.LATE: "Check that all its forms still post.",
    Flow.SURGING: "Check that nothing posts twice.",
}


class OfOwnSource:
    """Mix into a screen whose address begins with `/partner/sources/<source_id>/`."""

    panel: ClassVar[Panel] = Panel.PARTNER

    @property
    def source(self) -> Source:
        """The source that the address names, or 404: absent and foreign look the same."""
        if "source" not in g:
            g.source = _find((request.view_args or {}).get("source_id", ""))
        return g.source

    def living(self) -> Source:
        """The same: partner people never see a deleted one."""
        return self.source

    def head(self) -> dict[str, Any]:
        """Describe the header for `macros/tabs.html`."""
        source = self.source
        return {
            "crumbs": [{"word": "Sources", "url": url_for("portal_sources.index_view")}],
            "name": source.name,
            "state": source.state.value,
            "identifier": source.public_id,
            "identifier_what": "source identifier",
            "facts": go_live_asked(source),
            "primary": _primary(source),
            "notice": flow_notice(source, "portal_source_submissions.index_view", HELP),
            "tabs": tabs(source, TABS),
        }


def _find(public_id: str) -> Source:
    wanted = (Source.id == parsed(Source, public_id), Source.deleted_at.is_(None))
    query = select(Source).where(*wanted).options(joinedload(Source.partner))
    source = db.session.scalar(query)
    return source if source is not None else abort(404)


def _primary(source: Source) -> dict[str, Any] | None:
    """Offer to ask for going live while the source is in test."""
    is_open = source.status is SourceStatus.TEST and source.go_live_asked_at is None
    if not is_open or not may(actor(), Permission.SOURCES_SPEC):
        return None
    return {
        "word": "Ask to go live",
        "url": url_for("portal_source.ask_go_live", source_id=source.public_id),
        "post": True,
    }
