"""A source's Mapping tab: the header that its pages share, and the words they say."""

from typing import Any

from flask import url_for

from admin_views.staff.source_page import OfSource
from models import FieldMapping
from policy import Permission, may
from visitor import actor

TAB = "source_mapping.index_view"


class OfMapping(OfSource):
    """Mix into a screen below `/admin/sources/<source_id>/mapping`."""

    def head(self) -> dict[str, Any]:
        """Describe the header; all pages here belong to one tab."""
        head = super().head()
        home = self.home()
        for tab in head["tabs"]:
            tab["current"] = tab["url"] == home
        return head

    def may_edit(self) -> bool:
        """Whether this person may change the fields of this source."""
        return self.source.deleted_at is None and may(actor(), Permission.SOURCES_EDIT)

    def home(self) -> str:
        """Address the tab itself."""
        return url_for(TAB, source_id=self.source.public_id)


def version_word(mapping: FieldMapping | None) -> str:
    """Name a published mapping."""
    return f"Version {mapping.number}" if mapping else "Starter fields"
