"""The list of invites that both panels share: across partners, of one partner, of one's own."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from admin_views import cells, once
from admin_views.invite_deeds import InviteDeeds
from admin_views.invite_filters import BY_DELIVERY, BY_EXPIRY, BY_STATE
from admin_views.lists import Bulk, Column, RowAction
from models import Invite, InviteState, LetterState, Membership, Partner
from operations.pending_invites import known_to, may_handle
from policy import Permission, may
from visitor import settings, tenant_name


def delivery(invite: Invite) -> Markup | str:
    """Say where the latest letter is, with the mail server's answer when it failed."""
    letter = invite.letter
    if letter is None:
        return cells.NOTHING
    answer = letter.answer if letter.state is LetterState.FAILED else ""
    said = Markup('<span class="answer small bad" title="{0}">{0}</span>').format(answer)
    return Markup("{}{}").format(cells.badge(letter.state), said if answer else "")


def since(invite: Invite) -> Markup | str:
    """Say since when it is in its state, which stands beside it; of a pending one, until when."""
    dates = (invite.accepted_at, invite.declined_at, invite.revoked_at)
    moment = cells.moment(next((date for date in dates if date), invite.expires_at))
    if invite.state is not InviteState.PENDING:
        return moment
    return Markup("Expires {}").format(moment)


def sent(invite: Invite) -> Markup:
    """Say when it was sent, and how often where that was not once."""
    often = {1: "", 2: ", twice"}.get(invite.times_sent, f", {invite.times_sent} times")
    return Markup("{}{}").format(cells.moment(invite.sent_at), often)


def sender(invite: Invite, more: dict[str, Any]) -> Markup:
    """Name the sender; to partner people staff are all the tenant."""
    if invite.sent_by is not None:
        return cells.person(invite.sent_by.user.name)
    return cells.person(more["tenant"] if invite.sent_by_id else "Command line")


ADDRESS = Column("address", "Address", lambda row, _: row.email, sort=Invite.email_key, css="clip")
#: Beside the name of a partner there is less room.
SHORT_ADDRESS = replace(ADDRESS, css="clip-s")
PARTNER = Column(
    "partner",
    "Partner",
    lambda row, _: cells.person(row.partner.name) if row.partner else "Staff",
    css="clip-s",
)
ROLE = Column("role", "Role", lambda row, _: row.role.word)
STATE = Column("state", "State", lambda row, _: cells.badge(row.state), css="state")
DELIVERY = Column(
    "delivery",
    "Delivery",
    lambda row, _: delivery(row),
    text=lambda row, _: row.letter.state.word if row.letter else "",
)
WHEN = Column("when", "When", lambda row, _: since(row), in_export=False)
TIMES = Column("times", "Times sent", lambda row, _: str(row.times_sent), numeric=True)
SENDER = Column("sender", "Sent by", sender)
EXPIRES = Column(
    "expires",
    "Expires",
    lambda row, _: cells.moment(row.expires_at),
    text=lambda row, _: cells.stamp(row.expires_at),
)
SENT = Column(
    "sent",
    "Sent",
    lambda row, _: sent(row),
    text=lambda row, _: cells.stamp(row.sent_at),
    sort=Invite.sent_at,
    numeric=True,
)
#: Beside a column that says how often.
SENT_ON = replace(SENT, cell=lambda row, _: cells.moment(row.sent_at))
ANSWER = Column("answer", "Answer", lambda row, _: row.letter.answer if row.letter else "")


WITH_LETTERS = select(Invite).options(
    joinedload(Invite.letter),
    joinedload(Invite.partner),
    joinedload(Invite.sent_by).joinedload(Membership.user),
)


class Invites(InviteDeeds):
    """Invites with what may be done to them: Resend, Revoke, Copy link."""

    model = Invite
    title, noun = "Invites", ("invite", "invites")
    to_view = Permission.INVITES_VIEW
    columns: ClassVar[Sequence[Column]] = (SHORT_ADDRESS, PARTNER, ROLE, STATE, WHEN, DELIVERY)
    export_only: ClassVar[Sequence[Column]] = (SENDER, TIMES, SENT, EXPIRES, ANSWER)
    filters = (BY_STATE, BY_DELIVERY, BY_EXPIRY)
    bulk = (
        Bulk("resend", "Resend", "resend", Permission.INVITES_SEND, counted=True),
        Bulk("revoke", "Revoke", "ask_revoke", Permission.INVITES_SEND, sharp=True, counted=True),
    )
    searched = (Invite.email_key,)
    search_label = "Search by address"
    #: The list across partners has no room for it; each partner's page does, the staff has none.
    offers_links: ClassVar[bool] = False
    empty_icon = "invites"
    empty = ("No invites yet", "Whoever is invited to a partner appears here.")

    def base_query(self) -> Select[Any]:
        """Invites with their letters and senders; those to the staff for who manages the team."""
        return WITH_LETTERS.where(known_to(self.actor))

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Name the tenant, which partner people read in place of its staff."""
        return {"tenant": tenant_name()}

    def name_of(self, row: Any) -> str:
        """Call an invite by its address."""
        return str(row.email)

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Offer what helps with this invite now, where its role is the actor's to give."""
        if not may_handle(self.actor, row):
            return
        if row.state is InviteState.ACCEPTED:
            yield RowAction("Go to user", self.page_of(row.partner, "users", q=row.email))
        elif row.state in {InviteState.PENDING, InviteState.EXPIRED} and not row.replaced_at:
            yield from self._open_actions(row)
        else:
            yield RowAction("Invite again", self.page_of(row.partner, "invites", invite=row.email))

    def _open_actions(self, row: Any) -> Iterable[RowAction]:
        """Offer what is done to an open invite; relative, to keep the list small."""
        has_room = self.offers_links or row.partner is None
        if row.state is InviteState.PENDING and has_room and self.may_copy():
            yield RowAction("Copy link", f"{row.public_id}/link?once={once.ticket(row)}", post=True)
        yield RowAction("Resend", f"{row.public_id}/resend", post=True)
        yield RowAction("Revoke", f"revoke?id={row.public_id}", sharp=True)

    def may_copy(self) -> bool:
        """Whether links are copied here: by staff, while no mail is sent."""
        return not settings().mail_server and may(self.actor, Permission.INVITES_COPY_LINK)

    def page_of(self, partner: Partner | None, tab: str, **query: Any) -> str:
        """Address the users or invites of a partner, or the team."""
        if partner is None:
            return url_for("team.index_view", **query)
        endpoint = f"partner_{tab}.index_view"
        return url_for(endpoint, partner_id=partner.public_id, **query)
