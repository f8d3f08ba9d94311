"""What a question promises about taking the deed back: only what the person will find."""

from policy import Permission, may
from visitor import actor


def undo_note() -> str:
    """Say for how long there is an undo, and where for those who cannot open the audit trail."""
    if may(actor(), Permission.AUDIT_VIEW):
        return "You can undo this for 10 minutes."
    return "You can undo this for 10 minutes, from the message that follows."
