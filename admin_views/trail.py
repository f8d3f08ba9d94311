"""Finding audit events by their public identifier, for both panels."""

import uuid

from flask import abort
from sqlalchemy import select

from models import AuditEvent, db


def find_event(public_id: str) -> AuditEvent:
    """Find an event of this scope, or answer 404."""
    try:
        identifier: uuid.UUID = AuditEvent.parse_id(public_id)
    except ValueError:
        abort(404)
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.id == identifier))
    return event if event is not None else abort(404)
