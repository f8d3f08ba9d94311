"""The state of one lead, for whoever may send leads to its source."""

import json
import uuid
from datetime import UTC, datetime

from models import Lead, LeadState
from models.statements import Direct
from operations.intake_answers import Answer, Refused
from operations.intake_entry import find
from operations.intake_limits import Limits

READ = (
    "SELECT state, is_test, received_at FROM lead"
    " WHERE tenant_id = :tenant_id AND source_id = :source_id AND id = :id"
)


def state(direct: Direct, limits: Limits, authorization: str, lead_id: str) -> Answer:
    """Tell the state of a lead. Raises Refused; another source's lead is as absent as any."""
    entry = find(direct, authorization)
    if entry is None:
        raise Refused("unauthorized")
    entry.check_open()
    limits.count(entry.source_id, entry.rate_limit, "states")
    values = {"tenant_id": entry.tenant_id, "source_id": entry.source_id, "id": _parsed(lead_id)}
    row = direct.read(READ, values)
    if row is None:
        raise Refused("not_found")
    said = {
        "lead_id": lead_id,
        "status": LeadState(row[0]).told(shows_returned=entry.shows_returned),
        "test": bool(row[1]),
        "received_at": _moment(row[2]).isoformat(timespec="milliseconds"),
    }
    return Answer(200, json.dumps(said))


def _parsed(lead_id: str) -> uuid.UUID:
    try:
        return Lead.parse_id(lead_id)
    except ValueError as error:
        raise Refused("not_found") from error


def _moment(text: str) -> datetime:
    """Read a time: PostgreSQL writes the offset of its session, SQLite none, and means UTC."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
