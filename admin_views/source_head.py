"""What the header of a source's pages says alike in both panels: tabs, wishes, unusual calls."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from admin_views import cells
from admin_views.frame import moment
from admin_views.words import lasting
from models import Credential, Flow, Source, db
from operations import credentials, flows, quiet_sources
from policy import Permission, may
from visitor import actor

#: Its word, its page, and what the page needs.
Tab = tuple[str, str, Permission]


def tabs(source: Source, offered: Iterable[Tab]) -> list[dict[str, Any]]:
    """Describe the tabs that this actor may open; a single one needs none."""
    screen = (request.endpoint or "").split(".")[0]
    found = [
        {
            "word": word,
            "url": url_for(endpoint, source_id=source.public_id),
            "count": _credentials(source) if needs is Permission.SOURCES_CREDENTIALS else None,
            "current": endpoint.split(".")[0] == screen,
        }
        for word, endpoint, needs in offered
        if may(actor(), needs)
    ]
    return found if len(found) > 1 else []


def _credentials(source: Source) -> int:
    """Count those that the tab lists."""
    listed = select(func.count()).select_from(Credential).where(*credentials.listed(source))
    return db.session.scalar(listed) or 0


def go_live_asked(source: Source) -> list[Markup]:
    """Say since when the partner wants it live; nothing where nobody asked."""
    if source.go_live_asked_at is None:
        return []
    return [Markup("Asked to go live {}").format(cells.moment(source.go_live_asked_at))]


def flow_notice(
    source: Source, submissions: str, helps: Mapping[Flow, str]
) -> dict[str, Any] | None:
    """Say how its calls are unusual, since when, and what helps; None where they are as usual."""
    if source.flow is Flow.NORMAL or not quiet_sources.is_watched(source):
        return None
    return {
        "strong": _flow_words(source),
        "text": helps[source.flow],
        "action": _calls(source, submissions),
    }


def _flow_words(source: Source) -> str:
    if source.flow is Flow.SILENT:
        last_call = db.session.scalar(select(flows.last_call()).where(Source.id == source.id))
        return f"No call came for {lasting(last_call, moment())}; usually some do."
    more = "More" if source.flow is Flow.SURGING else "Fewer"
    return f"{more} calls than usual for {lasting(source.flow_since, moment())}."


def _calls(source: Source, submissions: str) -> dict[str, str] | None:
    """Lead to its calls whoever may see them, from any other page."""
    if request.endpoint == submissions or not may(actor(), Permission.LEADS_VIEW):
        return None
    return {"word": "Open submissions", "url": url_for(submissions, source_id=source.public_id)}
