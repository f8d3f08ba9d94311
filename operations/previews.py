"""Previews: staff look at a partner's panel as its people see it, and change nothing there."""

from sqlalchemy import select, update

from models import (
    AuditEvent,
    LoginSession,
    Partner,
    PartnerStatus,
    Role,
    across_tenants,
    db,
)
from operations import audit
from operations.refusal import Forbidden, Refusal
from operations.sessions import SignedIn
from policy import Actor, Permission, may


def begin(actor: Actor, session: LoginSession, partner: Partner, role: Role) -> AuditEvent:
    """Show this session the partner's panel as the role sees it, until it leaves."""
    if not may(actor, Permission.PARTNERS_PREVIEW) or not role.is_partner_role:
        raise Forbidden("Your role does not include the preview of partner panels.")
    if partner.status is PartnerStatus.ARCHIVED:
        raise Refusal(
            f"{partner.name} is archived: its people cannot sign in to it, so there is no panel"
            " to see. Restore it first."
        )
    _show(session, partner, role)
    return audit.record(actor, "preview.began", partner, after={"role": role})


def end(actor: Actor, signed_in: SignedIn) -> AuditEvent | None:
    """Leave the preview. Leaving twice is no mistake."""
    role, partner = signed_in.session.preview_role, previewed(signed_in)
    _show(signed_in.session, None, None)
    if partner is None:
        return None
    return audit.record(actor, "preview.ended", partner, after={"role": role})


def previewed(signed_in: SignedIn) -> Partner | None:
    """Find the partner that the session looks at: one of its own tenant that people may enter."""
    place, session = signed_in.place, signed_in.session
    if place is None or session.preview_partner_id is None:
        return None
    wanted = select(Partner).where(
        Partner.tenant_id == place.tenant.id,
        Partner.id == session.preview_partner_id,
        Partner.status != PartnerStatus.ARCHIVED,
    )
    with across_tenants(db.session):  # the gate asks before anybody has a scope
        return db.session.scalar(wanted)


def _show(session: LoginSession, partner: Partner | None, role: Role | None) -> None:
    db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session.id, LoginSession.ended_at.is_(None))
        .values(preview_partner_id=partner.id if partner else None, preview_role=role)
        .execution_options(synchronize_session=False)
    )
