"""Where staff look for what needs attention: what is wrong before what only waits."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, select

from admin_views.staff.look import (
    Look,
    closing,
    open_credentials,
    open_source,
    refused,
    silent,
    task,
)
from models import Credential, Flow, Invite, Letter, Partner, PartnerStatus, Source
from models.invite import expired_invites, expiring_invites, open_invites
from models.partner import without_admin, without_source
from operations import flows, rotations
from operations.credentials import END
from policy import Permission

#: When that is: rotations.around() says.
MOMENT: BindParameter[datetime] = bindparam("moment")
SOON: BindParameter[datetime] = bindparam("soon")
LATELY: BindParameter[datetime] = bindparam("lately")

#: Invites whose mail the server refused, the latest refusal first: in the order of the letters, so
#: it is the letters that are asked which failed.
FAILED = (
    select(Invite.email, Invite.id, Letter.failed_at)
    .join(Invite.letter)
    .where(open_invites(), Letter.failed_at.is_not(None))
    .order_by(Letter.failed_at.desc())
)
INVITES = select(Invite.email, Invite.id, Invite.expires_at)
#: Invites that nobody answered in time, and those whose time will soon have run out.
EXPIRED = INVITES.where(expired_invites(MOMENT)).order_by(Invite.expires_at.desc())
EXPIRING = INVITES.where(expiring_invites(MOMENT, SOON)).order_by(Invite.expires_at)
#: Sources that their partners want to be live.
ASKED_TO_GO_LIVE = (
    select(Source.name, Source.id, Source.go_live_asked_at)
    .where(Source.go_live_asked_at.is_not(None), Source.deleted_at.is_(None))
    .order_by(Source.go_live_asked_at)
)
#: Old keys that some still call with, the one that closes first before the others.
CLOSING = (
    select(Source.name, Source.id, END)
    .join(Credential.source)
    .where(rotations.soon_refused(MOMENT, SOON, LATELY), Source.deleted_at.is_(None))
    .order_by(END)
)


def _flowing(flow: Flow) -> Select[Any]:
    """Find sources whose calls are not what the weeks before lead to expect."""
    return flows.longest(select(Source.name, Source.id, flows.last_call()), flow)


def _active(lacking: ColumnElement[bool]) -> Select[Any]:
    """Find active partners that lack something, in the order of age, which their index is in."""
    active = select(Partner.name, Partner.id, Partner.created_at)
    return active.where(Partner.status == PartnerStatus.ACTIVE, lacking).order_by(Partner.id)


LOOKS = (
    Look(
        needs=Permission.SOURCES_VIEW,
        icon="warning",
        kind="bad",
        one="source is silent",
        many="sources are silent",
        those=_flowing(Flow.SILENT),
        screen="sources",
        filtered=("flow", Flow.SILENT),
        link="Open silent sources",
        said=silent,
        alone=open_source,
    ),
    Look(
        needs=Permission.INVITES_VIEW,
        icon="mail",
        kind="bad",
        one="mail could not be delivered",
        many="mails could not be delivered",
        those=FAILED,
        screen="invites",
        filtered=("delivery", "failed"),
        link="Open failed invites",
        said=refused,
        why=Letter.answer,
        of_invites=True,
    ),
    Look(
        needs=Permission.SOURCES_CREDENTIALS,
        icon="key",
        kind="warn",
        one="old key closes within two days",
        many="old keys close within two days",
        those=CLOSING,
        screen="sources",
        filtered=("key", "closing"),
        link="Open their sources",
        said=closing,
        alone=open_credentials,
    ),
    *(
        Look(
            needs=Permission.SOURCES_VIEW,
            icon="sources",
            kind="warn",
            one=f"source {one}",
            many=f"sources {many}",
            those=_flowing(flow),
            screen="sources",
            filtered=("flow", flow),
            link="Open these sources",
            alone=open_source,
        )
        for flow, one, many in (
            (Flow.LATE, "sends less than usual", "send less than usual"),
            (Flow.SURGING, "sends more than usual", "send more than usual"),
        )
    ),
    Look(
        needs=Permission.SOURCES_EDIT,
        icon="sources",
        kind="warn",
        one="source waits to go live",
        many="sources wait to go live",
        those=ASKED_TO_GO_LIVE,
        screen="sources",
        filtered=("asked", "yes"),
        link="Open these sources",
        alone=open_source,
    ),
    Look(
        needs=Permission.USERS_VIEW,
        icon="users",
        kind="warn",
        one="partner has no Partner Admin",
        many="partners have no Partner Admin",
        those=_active(without_admin()),
        screen="partners",
        filtered=("without", "admin"),
        link="Open these partners",
        alone=task("invites", "invite", Permission.INVITES_SEND, "Invite one"),
    ),
    Look(
        needs=Permission.SOURCES_VIEW,
        icon="sources",
        kind="warn",
        one="partner has no source",
        many="partners have no source",
        those=_active(without_source()),
        screen="partners",
        filtered=("without", "source"),
        link="Open these partners",
        alone=task("sources", "assign", Permission.SOURCES_ASSIGN, "Assign one"),
    ),
    Look(
        needs=Permission.INVITES_VIEW,
        icon="clock",
        kind="warn",
        one="invite has expired",
        many="invites have expired",
        those=EXPIRED,
        screen="invites",
        filtered=("state", "expired"),
        link="Open expired invites",
        of_invites=True,
    ),
    Look(
        needs=Permission.INVITES_VIEW,
        icon="clock",
        kind="warn",
        one="invite expires within two days",
        many="invites expire within two days",
        those=EXPIRING,
        screen="invites",
        filtered=("expires", "soon"),
        link="Open these invites",
        of_invites=True,
    ),
)
