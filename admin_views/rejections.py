"""Rejections explained: why calls to a source were refused, and how to mend each."""

from typing import Any

from flask import abort, request

from admin_views.base import Screen
from admin_views.body_words import visible
from admin_views.frame import moment, zone
from admin_views.submission_page import AddressOf
from models import Source, replica
from operations import mappings
from operations.asked import Whose
from operations.explaining import explain
from operations.periods import last, today_in
from operations.rejections import MOST, examples, reasons

#: How far back, and what that is called.
SPANS = {"1": "Today", "7": "7 days", "30": "30 days"}
DEFAULT = "30"


class RejectionScreen(Screen):
    """The reasons of one source; each panel says whose."""

    def show(self, source: Source, head: dict[str, Any], url: str, address_of: AddressOf) -> Any:
        """Show the reasons by how often, each with a masked example and what would be taken."""
        days = request.args.get("days") or DEFAULT
        if days not in SPANS:
            abort(400, "That many days are not offered.")
        those = last(int(days), today_in(zone().key, moment())).now
        whose = Whose(self.actor.tenant_id, source.id, self.actor.partner_id)
        with replica.reading():
            every = reasons(whose, those)
        found = every[:MOST]
        calls = examples(whose, those, found)
        fields = mappings.current(source)
        return self.render(
            "submissions/rejections.html",
            head=head,
            days=days,
            total=len(every),
            spans=[(key, word, f"{url}?days={key}") for key, word in SPANS.items()],
            reasons=[
                {
                    "reason": reason,
                    "title": reason.sentence,
                    "call": calls.get(reason.key),
                    "example": explain(fields, calls[reason.key], reason.field)
                    if reason.key in calls
                    else None,
                }
                for reason in found
            ],
            visible=visible,
            submission_url=address_of,
        )
