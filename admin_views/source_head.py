"""What the header of a source's pages says alike in both panels: tabs, and a wish to go live."""

from collections.abc import Iterable
from typing import Any

from flask import request, url_for
from markupsafe import Markup
from sqlalchemy import func, select

from admin_views import cells
from models import Credential, Source, db
from operations import credentials
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
