"""Answering a partner that asks for a source to go live: what it means, grant, or decline."""

from typing import Any

from flask import request, url_for
from wtforms import Form, TextAreaField
from wtforms.validators import InputRequired, Length

from admin_views.base import Screen, deed, now_at, page
from admin_views.staff.source_page import OfSource
from models import db
from operations import go_live
from operations.refusal import Invalid, Refusal
from policy import Permission


class DeclineForm(Form):
    """Why not yet."""

    reason = TextAreaField(
        "What is missing",
        [InputRequired("Say what is missing."), Length(max=go_live.REASON)],
        description="The partner's people read it in their mail.",
        render_kw={"rows": 3, "maxlength": go_live.REASON},
    )


class SourceGoLive(OfSource, Screen):
    """The page behind a partner's wish to go live."""

    @page("/", needs=Permission.SOURCES_EDIT)
    def index_view(self, source_id: str) -> Any:
        """Show who asked, and both answers."""
        return self._page(DeclineForm())

    @deed("/decline", needs=Permission.SOURCES_EDIT)
    def decline(self, source_id: str) -> Any:
        """Leave it in test, and say why."""
        source, form = self.living(), DeclineForm(request.form)
        if not form.validate():
            return self._page(form, 422)
        try:
            done = f"“{source.name}” stays in test. The partner's people are told by mail."
            self.run(go_live.decline, source, form.reason.data or "", done=done)
        except Invalid as refused:
            db.session.rollback()
            form[refused.field].errors = [refused.sentence]
            return self._page(form, 422)
        return now_at(url_for("source.index_view", source_id=source_id))

    def _page(self, form: DeclineForm, status: int = 200) -> Any:
        source = self.living()
        if source.go_live_asked_at is None:
            raise Refusal(f"Nobody asks for “{source.name}” to go live.")
        address: dict[str, Any] = {"source_id": source.public_id}
        return self.form_page(
            "staff/source_go_live.html",
            status,
            head=self.head() | {"primary": None},
            source=source,
            form=form,
            grant_url=url_for("source.set_status", **address),
            decline_url=self.url("decline", **address),
            back_url=url_for("source.index_view", **address),
        )
