"""Going live: asked by the partner's people, granted or declined by staff, told by mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update

from models import (
    AuditEvent,
    Membership,
    Outcome,
    Partner,
    Role,
    Source,
    SourceStatus,
    Submission,
    User,
    db,
    now,
)
from models.bulk import rows_changed
from operations import audit, outbox
from operations.refusal import Forbidden, Invalid, Refusal
from operations.typed import lines
from policy import Actor, Permission, may

REASON = 500
ASKED = "source.go_live_asked"


def ask(actor: Actor, source: Source) -> AuditEvent:
    """Ask the staff to set a source live; they are told by mail."""
    if actor.is_staff or not may(actor, Permission.SOURCES_SPEC):
        raise Forbidden("Asking to go live is for the partner's own people.")
    open_ = (Source.status == SourceStatus.TEST, Source.go_live_asked_at.is_(None))
    if not _change(source, *open_, go_live_asked_at=now()):
        raise Refusal(f"“{source.name}” is not in test, or was asked for already. Look again.")
    partner = db.session.get_one(Partner, (source.tenant_id, source.partner_id))
    for user in _staff_of(partner):
        outbox.write(
            "go_live_asked",
            user,
            partner_id=partner.id,
            **_facts(actor, source),
            partner=partner.name,
            link=f"/admin/sources/{source.public_id}/go-live",
        )
    return audit.record(actor, ASKED, source)


@dataclass(frozen=True)
class TestCalls:
    """What a source has shown of itself so far: the test calls that are kept."""

    accepted: int
    rejected: int
    last: datetime | None

    @property
    def calls(self) -> int:
        """Count them all."""
        return self.accepted + self.rejected


def tests_of(source: Source) -> TestCalls:
    """Count a source's test calls. One with a duplicate on purpose was taken, as it should."""
    row, rejected = Submission, Submission.outcome == Outcome.REJECTED
    numbers = (func.count().filter(~rejected), func.count().filter(rejected))
    counted = select(*numbers, func.max(row.received_at)).where(
        row.source_id == source.id, row.is_test, row.outcome != Outcome.REPEATED
    )
    return TestCalls(*db.session.execute(counted).one())


def decline(actor: Actor, source: Source, reason: str) -> AuditEvent:
    """Leave the source in test, and say why."""
    if not may(actor, Permission.SOURCES_EDIT):
        raise Forbidden("Your role does not include changing sources.")
    typed = lines("reason", reason, REASON)
    if not typed:
        raise Invalid("reason", "Say what is missing.")
    asked = Source.go_live_asked_at.is_not(None)
    if not _change(source, asked, go_live_asked_at=None):
        raise Refusal(f"Nobody asks for “{source.name}” to go live any more. Look again.")
    tell(actor, source, typed)
    return audit.record(actor, "source.go_live_declined", source, after={"reason": typed})


def tell(actor: Actor, source: Source, reason: str = "", *, granted: bool = False) -> None:
    """Mail the answer to the partner's Partner Admins and to whoever asked."""
    for user in _people_of(source):
        outbox.write(
            "go_live_answered",
            user,
            partner_id=source.partner_id,
            **_facts(actor, source),
            granted=granted,
            message=reason,
            link=f"/partner/sources/{source.public_id}/",
        )


def _staff_of(partner: Partner) -> Sequence[User]:
    """Find the partner's account manager, or else the tenant's Admins.

    Partner people see no staff, so they are read past the scope.
    """
    member = Membership.__table__.c
    found = db.session.execute(
        select(User, member.id == partner.account_manager_id)
        .join(Membership.__table__, member.user_id == User.id)
        .where(
            member.tenant_id == partner.tenant_id,
            member.partner_id.is_(None),
            member.removed_at.is_(None),
            or_(member.id == partner.account_manager_id, member.role == Role.ADMIN),
        )
        .order_by(User.id)
    ).all()
    return [user for user, manages in found if manages] or [user for user, _ in found]


def _people_of(source: Source) -> Sequence[User]:
    """Find the partner's Admins and whoever asked last."""
    asked = (
        select(AuditEvent.actor_id)
        .where(AuditEvent.object_id == source.id, AuditEvent.kind == ASKED)
        .order_by(AuditEvent.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.partner_id == source.partner_id,
            Membership.removed_at.is_(None),
            or_(Membership.role == Role.PARTNER_ADMIN, Membership.id == asked),
        )
        .order_by(User.id)
    )
    return db.session.scalars(found).all()


def _facts(actor: Actor, source: Source) -> dict[str, str]:
    return {"person": actor.name, "person_email": actor.email, "source": source.name}


def _change(source: Source, *still: ColumnElement[bool], **values: object) -> bool:
    """Change the row if it is still as it was seen."""
    changed = rows_changed(
        db.session,
        update(Source)
        .where(
            Source.tenant_id == source.tenant_id,
            Source.id == source.id,
            Source.deleted_at.is_(None),
            *still,
        )
        .values(**values)
        .execution_options(synchronize_session=False),
    )
    db.session.refresh(source, list(values))
    return bool(changed)
