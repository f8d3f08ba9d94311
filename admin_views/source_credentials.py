"""A source's credentials, in both panels: issue, rotate, close, give more time, revoke."""

from typing import Any

from flask import abort, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views import credential_words as said
from admin_views import once
from admin_views.base import deed, now_at, page, parsed
from admin_views.credential_forms import (
    KIND_HELPS,
    LEAD_HELPS,
    WAIT_HELPS,
    NewForm,
    RotateForm,
)
from admin_views.one_source import OneSource
from models import Credential, db
from operations import call_counts, credentials, rotations
from operations.issuing import Issued
from operations.refusal import Invalid, MadeAlready
from policy import Permission

#: Credentials on the page; older ones have long ended.
MOST = 100
NEEDS = Permission.SOURCES_CREDENTIALS
LOST = (
    "It is not shown again, and no other credential was issued. If it was not copied, rotate the"
    " credential: that issues a successor with a secret of its own."
)


class SourceCredentials(OneSource):
    """Mixed with a source's page of either panel, which says whose source it is."""

    @page("/", needs=NEEDS)
    def index_view(self, source_id: str) -> Any:
        """Show the credentials, and the task that the address opens."""
        return self._page(self._asked())

    @deed("/issue", needs=NEEDS)
    def issue(self, source_id: str) -> Any:
        """Issue one, and show its secret this once."""
        form = NewForm.sent()
        task = {"kind": "new", "form": form}
        return self._make(task, lambda it: (credentials.issue, self.living(), form.choice(it)))

    @deed("/<credential_id>/rotate", needs=NEEDS)
    def rotate(self, source_id: str, credential_id: str) -> Any:
        """Issue a successor, and show its secret this once."""
        old, form = self.credential(credential_id), RotateForm.sent()
        task = {"kind": "rotate", "form": form, "credential": old}
        return self._make(
            task,
            lambda it: (credentials.rotate, old, form.choice(old, it), int(form.hours.data)),
        )

    @deed("/<credential_id>/close", needs=NEEDS)
    def close(self, source_id: str, credential_id: str) -> Any:
        """End a rotation now."""
        return self._do(credentials.close_now, credential_id, "“{}” is closed.")

    @deed("/<credential_id>/extend", needs=NEEDS)
    def extend(self, source_id: str, credential_id: str) -> Any:
        """Keep the old one open for a day more."""
        return self._do(credentials.extend, credential_id, "“{}” stays open 24 hours longer.")

    @deed("/<credential_id>/revoke", needs=NEEDS)
    def revoke(self, source_id: str, credential_id: str) -> Any:
        """Make it useless at once."""
        done = "“{}” is revoked: calls with it are refused from now on."
        return self._do(credentials.revoke, credential_id, done)

    # -----------------------------------------------------------------------------------------

    def credential(self, public_id: str) -> Credential:
        """Find a credential of this very source, or answer 404."""
        found = (
            select(Credential)
            .where(
                Credential.id == parsed(Credential, public_id), *credentials.listed(self.living())
            )
            .options(joinedload(Credential.source))
        )
        return db.session.scalar(found) or abort(404)

    def _do(self, operation: Any, credential_id: str, done: str) -> Any:
        credential = self.credential(credential_id)
        self.run(operation, credential, done=done.format(credential.name))
        return now_at(self._here())

    def _make(self, task: dict[str, Any], asked: Any) -> Any:
        """Show the secret on the answer itself: it is kept nowhere it could be fetched from."""
        form, planned = task["form"], once.planned(self.source)
        if not form.validate():
            return self._page(task, 422)
        try:
            issued: Issued = self.run(*asked(planned))
        except Invalid as refused:
            db.session.rollback()
            form.refuse(refused)
            return self._page(task, 422)
        except MadeAlready as refused:
            return once.shown_before(self, refused, LOST, self._here())
        return self.render(
            "source_secret.html",
            head=self.head(),
            issued=issued,
            old=task.get("credential"),
            back_url=self._here(),
        )

    def _here(self, **task: str) -> str:
        return self.url("index_view", source_id=self.source.public_id, **task)

    def _asked(self) -> dict[str, Any] | None:
        """Read which task the address opens above the list."""
        if self.source.deleted_at:
            return None
        if "new" in request.args:
            return {"kind": "new", "form": NewForm()}
        for kind in ("rotate", "close", "revoke"):
            if kind in request.args:
                credential = self.credential(request.args[kind])
                return {"kind": kind, "credential": credential, "form": _form(kind, credential)}
        return None

    def _page(self, task: dict[str, Any] | None, status: int = 200) -> Any:
        found = credentials.of_source(self.source, MOST)
        calls = call_counts.of_source(self.source, rotations.since(found))
        rows = said.rows(found, calls, self.elsewhere)
        address = {"source_id": self.source.public_id}
        return self.form_page(
            "source_credentials.html",
            status,
            head=self.head() | {"primary": self._primary()},
            source=self.source,
            rows=rows,
            summary=said.summary(rows),
            rotations=[said.cutover(one) for one in rotations.running(found, calls)],
            task=task and self._described(task, rows),
            here=self._here(),
            deed=lambda name, row: self.url(name, **address, credential_id=row.public_id),
            issue_url=self.url("issue", **address),
            once=once.ticket(self.source),
            helps={"kind": KIND_HELPS, "leads": LEAD_HELPS, "hours": WAIT_HELPS},
        )

    def _primary(self) -> dict[str, str] | None:
        if self.source.deleted_at:
            return None
        return {"word": "New credential", "icon": "plus", "url": self._here(new="1")}

    def _described(self, task: dict[str, Any], rows: list[said.Row]) -> dict[str, Any]:
        """Add what the table knows of the credential that the task is about."""
        about = task.get("credential")
        row = next((row for row in rows if about and row.credential.id == about.id), None)
        others = sum(row.is_usable for row in rows if not about or row.credential.id != about.id)
        return {**task, "row": row, "others": others}


def _form(kind: str, credential: Credential) -> Any:
    return RotateForm(name=credential.name) if kind == "rotate" else None
