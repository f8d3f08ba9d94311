"""The partner that an address names: read once, with what its header, tabs and form say of it."""

from datetime import datetime
from typing import Any, cast

from flask import abort, g, request
from sqlalchemy import BindParameter, ColumnElement, Row, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import joinedload

from admin_views.base import parsed
from admin_views.frame import moment
from models import Flow, Invite, Membership, Partner, Source, db
from models.invite import expired_invites, pending_invites
from operations import call_counts, flows, tags

#: Tasks that end the calls of the partner's sources.
CLOSING = {"pause", "archive"}


def find_partner(public_id: str) -> Partner:
    """Find a partner of this scope, or answer 404."""
    query = select(Partner).where(Partner.id == parsed(Partner, public_id))
    partner = db.session.scalar(query)
    return partner if partner is not None else abort(404)


def partner() -> Partner:
    """Return the partner of the address, or answer 404."""
    return cast("Partner", _found().Partner)


def tags_in_order() -> list[str]:
    """List its tags."""
    return tags.parted(_found().tags)


def counts() -> dict[str, int]:
    """Count what its tabs hold and its tasks ask about."""
    if "partner_counts" not in g:
        g.partner_counts = _counts(_found())
    return cast("dict[str, int]", g.partner_counts)


def silent() -> int:
    """Count its silent sources; only where their own tab is shown."""
    return int(_found().silent)


def forget() -> None:
    """Read it anew when it is asked for again: an operation changed something."""
    for kept in ("found_partner", "partner_counts"):
        g.pop(kept, None)


def _found() -> Row[Any]:
    if "found_partner" not in g:
        public_id = (request.view_args or {}).get("partner_id", "")
        values = {"partner_id": parsed(Partner, public_id), "moment": moment()}
        is_of_sources = (request.endpoint or "").startswith("partner_sources.")
        query = FOUND_WITH_SILENT if is_of_sources else FOUND
        g.found_partner = db.session.execute(query, values).one_or_none() or abort(404)
    return cast("Row[Any]", g.found_partner)


def _counts(found: Row[Any]) -> dict[str, int]:
    whose = found.Partner
    return {
        "sources": whose.source_count,
        "users": whose.user_count,
        "admins": whose.admin_count,
        "invites": found.invites,
        "expired": found.expired,
        **({"calls": _calls(whose)} if CLOSING & request.args.keys() else {}),
    }


def _calls(whose: Partner) -> int:
    """Count the calls of the last 24 hours."""
    values = {"partner_id": whose.id, **call_counts.in_a_day(whose.tenant_id)}
    return cast("int", db.session.scalar(CALLS, values))


def _number(which: ColumnElement[bool]) -> ScalarSelect[int]:
    theirs = (Invite.tenant_id == Partner.tenant_id, Invite.partner_id == Partner.id)
    return select(func.count()).where(*theirs, which).correlate(Partner).scalar_subquery()


_MOMENT: BindParameter[datetime] = bindparam("moment")
CALLS = call_counts.of_a_day(Source.partner_id == bindparam("partner_id"))
#: Everything that the header and the tabs say of a partner; built once.
FOUND = (
    select(
        Partner,
        tags.joined().label("tags"),
        _number(pending_invites(_MOMENT)).label("invites"),
        _number(expired_invites(_MOMENT)).label("expired"),
    )
    .where(Partner.id == bindparam("partner_id"))
    .options(joinedload(Partner.account_manager).joinedload(Membership.user))
)
#: The same, and how many of its sources are silent.
FOUND_WITH_SILENT = FOUND.add_columns(
    select(func.count())
    .where(Source.tenant_id == Partner.tenant_id, Source.partner_id == Partner.id)
    .where(flows.of_flow(Flow.SILENT))
    .correlate(Partner)
    .scalar_subquery()
    .label("silent")
)
