"""The tasks that open above a partner's overview: what pausing and archiving change, counted."""

from typing import Any

from flask import abort, request, url_for

from admin_views.undo_words import undo_note
from models import Partner, PartnerStatus
from policy import Permission, may
from visitor import actor


def asked(partner: Partner, counts: dict[str, int], cancel_url: str) -> dict[str, Any] | None:
    """Describe the task that the address opens, if the partner is in a state for it."""
    for name, describe in TASKS.items():
        if name in request.args:
            if not may(actor(), Permission.PARTNERS_EDIT):
                abort(403)
            task = describe(partner, counts)
            url = url_for(f"partner.{name}", partner_id=partner.public_id)
            return task and {**task, "id": name, "url": url, "cancel_url": cancel_url}
    return None


def _pause(partner: Partner, counts: dict[str, int]) -> dict[str, Any] | None:
    if partner.status is not PartnerStatus.ACTIVE:
        return None
    return {
        "title": f"Pause {partner.name}?",
        "lead": "No lead is taken until somebody resumes it. Nothing is lost that came before.",
        "button": "Pause partner",
        "note": undo_note(),
        "consequences": [
            ("Sources", counts["sources"], "answer 403 to every call"),
            _calls(counts),
            ("People", counts["users"], "can still read, and change nothing"),
            ("Pending invites", counts["invites"], "stay, and can be accepted"),
        ],
    }


def _archive(partner: Partner, counts: dict[str, int]) -> dict[str, Any] | None:
    if partner.status is PartnerStatus.ARCHIVED:
        return None
    return {
        "title": f"Archive {partner.name}?",
        "lead": "Lists hide it unless asked for. Its history stays, and it can be restored.",
        "button": "Archive partner",
        "danger": True,
        "note": undo_note(),
        "consequences": [
            ("Sources", counts["sources"], "answer 403 to every call"),
            _calls(counts),
            ("People", counts["users"], "lose this partner at their next click"),
            ("Pending invites", counts["invites"], "cannot be accepted meanwhile"),
        ],
    }


def _calls(counts: dict[str, int]) -> tuple[str, int, str]:
    return (
        "Calls in the last 24 hours",
        counts["calls"],
        "such calls are refused; leads so far stay",
    )


TASKS = {"pause": _pause, "archive": _archive}
