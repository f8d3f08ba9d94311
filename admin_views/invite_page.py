"""One partner's invites as a page: the form, what is pending, and the history."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import abort, g, request
from sqlalchemy import ColumnElement, Select, func, not_, select
from werkzeug.wrappers import Response

from admin_views import cells
from admin_views.base import deed, page
from admin_views.invite_form import InviteSending
from admin_views.invites import (
    ADDRESS,
    ANSWER,
    DELIVERY,
    EXPIRES,
    ROLE,
    SENDER,
    SENT_ON,
    STATE,
    TIMES,
    WHEN,
    delivery,
    sender,
    sent,
)
from admin_views.lists import Query
from admin_views.words import plural
from models import Invite, LetterState, Role, db
from models.invite import pending_invites
from operations import invites
from operations.pending_invites import may_handle
from policy import Permission, grantable, may

#: Pending invites above the history; all of them are one click away, as a list.
PENDING_SHOWN = 20


#: Here a moment stands right, as the number of times beside it does.
NUMERIC_WHEN = replace(WHEN, numeric=True)


class InvitePage(InviteSending):
    """Shared by a partner's tab in the staff panel and by the partner's own panel."""

    columns = (ADDRESS, ROLE, STATE, NUMERIC_WHEN, SENT_ON, TIMES, SENDER)
    export_only = (DELIVERY, EXPIRES, ANSWER)
    offers_links = True
    empty = ("No past invites", "Accepted, declined and expired invites appear here.")

    def base_query(self) -> Select[Any]:
        """Only this partner's invites."""
        return super().base_query().where(Invite.partner_id == self.invited_partner().id)

    def default_where(self, asked: Query) -> Iterable[ColumnElement[bool]]:
        """Leave to the history what is not pending; a search or a filter looks everywhere."""
        return (not_(pending_invites()),) if g.get("is_history") else ()

    def sub_of(self, row: Any) -> str:
        """Say why a mail did not arrive."""
        failed = row.letter is not None and row.letter.state is LetterState.FAILED
        return f"Mail failed. {row.letter.answer}" if failed else ""

    @page("/", needs=Permission.INVITES_VIEW)
    def index_view(self, **_place: str) -> Any:
        """Show the page, with the form open where the address asks for it."""
        wanted = request.args.get("invite")
        if wanted is None:
            return self.show()
        if not may(self.actor, Permission.INVITES_SEND):
            abort(403)
        return self.show(self.task(self.invite_form(wanted)))

    def show(self, task: dict[str, Any] | None = None, status: int = 200) -> Response:
        """Show what is pending above the history, or everything that a search or filter finds."""
        asked = self.asked()
        g.is_history = not asked.q and not asked.chosen
        listing = self.listing()
        if g.is_history:
            listing |= {"title": "History", "bulk": []}
            if not listing["rows"]:
                listing |= {"search_label": "", "filters": []}
        may_send = may(self.actor, Permission.INVITES_SEND)
        return self.form_page(
            "invites/page.html",
            status,
            listing=listing,
            head=self.head(),
            task=task,
            waiting=self._waiting() if g.is_history else None,
            invite_url=f"{self.url('index_view')}?invite=" if may_send else None,
        )

    def _waiting(self) -> dict[str, Any]:
        """Describe what is pending: failed mails first, then the newest."""
        query = self.base_query().where(pending_invites())
        rows = db.session.scalars(
            query.order_by(Invite.mail_failed.desc(), Invite.id.desc()).limit(PENDING_SHOWN)
        ).all()
        total = self._count_pending()
        more = self.more(rows)
        return {
            "rows": [self._pending_row(row, more) for row in rows],
            "total": total,
            "most": self.limits().pending,
            "all_url": self.url("index_view", state="pending") if total > PENDING_SHOWN else None,
            "roles_url": self.url("save_roles"),
        }

    def _count_pending(self) -> int:
        partner_id = self.invited_partner().id
        counted = select(func.count()).where(Invite.partner_id == partner_id, pending_invites())
        return db.session.scalars(counted).one()

    def _pending_row(self, row: Invite, more: dict[str, Any]) -> dict[str, Any]:
        is_theirs = may_handle(self.actor, row)
        return {
            "invite": row,
            "address": cells.address(row.email),
            "roles": grantable(self.actor, in_partner=True) if is_theirs else [],
            "delivery": delivery(row),
            "sent": sent(row),
            "sender": sender(row, more),
            "actions": list(self.actions_of(row)),
        }

    @deed("/roles", needs=Permission.INVITES_SEND)
    def save_roles(self, **_place: str) -> Response:
        """Change what pending invites offer, one or several at once."""
        chosen = _chosen_roles()
        rows = self.rows(chosen)
        roles = {row.id: chosen[row.public_id] for row in rows}
        changed = self.run(invites.change_roles, roles, rows)
        self.tell(f"{plural(changed, 'role')} changed." if changed else "No role was changed.")
        return self.back()


def _chosen_roles() -> dict[str, Role]:
    """Read the choices: one field per invite, named by it."""
    chosen: dict[str, Role] = {}
    for name, value in request.form.items():
        if name.startswith("role-"):
            chosen[name.removeprefix("role-")] = Role.of(value) or abort(400, "No such role.")
    return chosen
