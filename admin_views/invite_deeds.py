"""What is done to invites from a list: resent, revoked after a question, their link copied."""

from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import parse_qsl, urlencode

from flask import flash, make_response, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from admin_views import once
from admin_views.base import deed, now_at, page
from admin_views.bulk_task import AsksFirst
from admin_views.chosen import asks_for_all, within_seconds
from admin_views.mail_words import underway
from admin_views.words import plural
from guard import page_before
from models import Invite, InviteState, db
from models.invite import pending_invites
from operations import invites
from operations.invites import Limits
from operations.refusal import MadeAlready
from policy import Permission
from visitor import settings

REVOKED = (
    "The link in the mail stops working now. It cannot be undone; inviting again"
    " is always possible."
)
LOST = (
    "It is not shown again, and it still works. If it was not copied, copy a fresh one: the one"
    " before stops working then."
)
#: Tasks that an address opens; a deed comes back without them.
TASKS = {"invite"}


class InviteDeeds(AsksFirst):
    """Mix of pages and deeds; `place()` says what stands before them in their addresses."""

    def limits(self) -> Limits:
        """Read the installation's numbers."""
        return Limits.of(settings())

    def back(self) -> Response:
        """Return to the list as it was filtered, without the task that was open."""
        came, home = page_before(), self.url("index_view")
        pairs = parse_qsl(came.query) if came.path == home else []
        query = urlencode([pair for pair in pairs if pair[0] not in TASKS])
        return now_at(f"{home}?{query}" if query else home)

    def tell(self, what: str) -> None:
        """Say on the next page what was done."""
        flash(what, "success")

    @deed("/<invite_id>/resend", needs=Permission.INVITES_SEND)
    def resend_one(self, invite_id: str, **_place: str) -> Response:
        """Mail a new link."""
        row = self.row(invite_id)
        done = f"A new mail to {row.email} {underway(1)}. The old link no longer works."
        self.run(invites.resend, row, self.limits(), done=done)
        return self.back()

    @deed("/resend", needs=Permission.INVITES_SEND)
    def resend(self, **_place: str) -> Response:
        """Mail new links to the ticked ones, all or none, or after a question to all that match."""
        if asks_for_all():
            return self._resend_all()
        rows = self.selected()
        many = plural(len(rows), "invite")
        done = f"New mails for {many} {underway(2)}. Old links no longer work."
        self.run(invites.resend_all, rows, self.limits(), done=done)
        return self.back()

    def _resend_all(self) -> Response:
        chosen, limits = self.chosen(), self.limits()
        if "confirmed" in request.form:
            return self.queue(chosen, "invites.resend", {"limits": asdict(limits)})
        task = {
            "title": f"Resend {chosen.many}?",
            "lead": f"Each gets a new link, and the old one stops working. You may send"
            f" {limits.per_hour:,} invites within an hour; those beyond it are left as they are.",
            "button": f"Resend {chosen.many}",
            "danger": False,
        }
        return self.ask(chosen, task, None, kind="invites.resend")

    @page("/revoke", needs=Permission.INVITES_SEND)
    def confirm_revoke(self, **_place: str) -> Response:
        """Ask before one invite is revoked."""
        return self._ask([self.row(request.args.get("id", ""))])

    @deed("/revoke/ask", needs=Permission.INVITES_SEND)
    def ask_revoke(self, **_place: str) -> Response:
        """Ask before the selected invites are revoked."""
        return self._ask_all() if asks_for_all() else self._ask(self.selected())

    def _ask_all(self) -> Response:
        chosen = self.chosen()
        pending = select(func.count()).where(chosen.among(Invite.id), pending_invites())
        number = within_seconds(lambda: db.session.scalar(pending))
        task = {
            "title": f"Revoke {chosen.many}?",
            "lead": REVOKED,
            "url": self.url("revoke"),
            "button": f"Revoke {chosen.many}",
            "consequences": [("Links that stop working", number, "of invites that are pending")],
        }
        return self.ask(chosen, task, None, kind="invites.revoke")

    def _ask(self, rows: Sequence[Invite]) -> Response:
        few = [row.email for row in rows[:10]]
        more = [f"and {len(rows) - 10} more"] if len(rows) > 10 else []  # noqa: PLR2004
        who = few[0] if len(rows) == 1 else plural(len(rows), "person", "people")
        task = {
            "title": f"Revoke the invite for {who}",
            "lead": REVOKED,
            "url": self.url("revoke"),
            "button": f"Revoke {plural(len(rows), 'invite')}",
            "cancel_url": self.url("index_view"),
            "consequences": _consequences(rows),
            "sides": [{"title": "Who can no longer join", "items": [*few, *more]}],
        }
        ids = [row.public_id for row in rows]
        return self.form_page("invites/revoke.html", task=task, ids=ids, head=self.head())

    @deed("/revoke", needs=Permission.INVITES_SEND)
    def revoke(self, **_place: str) -> Response:
        """Make the links of these invites invalid now."""
        if asks_for_all():
            return self.queue(self.chosen(), "invites.revoke")
        rows = self.selected()
        who = f"The invite for {rows[0].email} is" if len(rows) == 1 else f"{len(rows)} invites are"
        self.run(invites.revoke_all, rows, done=f"{who} revoked. The link no longer works.")
        return now_at(self.url("index_view"))

    @deed("/<invite_id>/link", needs=Permission.INVITES_COPY_LINK)
    def copy_link(self, invite_id: str, **_place: str) -> Response:
        """Show a fresh link, this once; never as a message, which a cookie would carry."""
        row = self.row(invite_id)
        try:
            token = self.run(invites.copy_link, row, settings(), once.planned(row))
        except MadeAlready as refused:
            return once.shown_before(self, refused, LOST, self.url("index_view"))
        path = url_for("accept_invite.show", token=token)
        shown = self.render(
            "invites/link.html",
            invite=row,
            link=f"{settings().public_url}{path}",
            back_url=self.url("index_view"),
            head=self.head(),
        )
        return make_response(shown)


def _consequences(rows: Sequence[Invite]) -> list[tuple[str, int, str]]:
    gone = [(row, row.letter) for row in rows if row.letter and row.letter.sent_at]
    living = sum(1 for row, _ in gone if row.state is InviteState.PENDING)
    is_filed = gone and all(letter.filed_as for _, letter in gone)
    where = "written to files" if is_filed else "sent"
    return [
        ("Links that stop working", living, f"in mails that were {where}"),
        ("Unsent mails cancelled", len(rows) - len(gone), "still waiting, or failed"),
    ]
