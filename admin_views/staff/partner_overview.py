"""A partner's page: the overview tab, and what is done to the partner."""

from typing import Any

from flask import flash, request
from werkzeug.wrappers import Response

from admin_views import metrics, rankings
from admin_views.base import Screen, deed, now_at, page, shown_version
from admin_views.frame import zone
from admin_views.staff import partner_attention, partner_form, partner_tasks, recent
from admin_views.staff.partner_page import OfPartner
from admin_views.words import day
from models import Partner, db
from operations import partners, tags
from operations.asked import Whose
from operations.refusal import Invalid, Stale
from policy import Permission, may

RECENT = 6


class PartnerOverview(OfPartner, Screen):
    """A partner's page: the overview tab, and what is done to the partner."""

    @page("/", needs=Permission.PARTNERS_VIEW)
    def index_view(self, partner_id: str) -> Any:
        """Show the tab, with the task above it that the address asks for."""
        partner = self.partner
        added = partner.created_at.astimezone(zone())
        task = partner_tasks.asked(
            partner, self.counts, self.url("index_view", partner_id=partner_id)
        )
        return self.render(
            "staff/partner_overview.html",
            head=self.head(),
            partner=partner,
            counts=self.counts,
            since=f"{day(added)} {added.year}",
            tags=self.tags,
            attention=partner_attention.items(partner, self.counts),
            activity=self._activity(partner),
            may_edit=may(self.actor, Permission.PARTNERS_EDIT),
            task=task,
            **_metrics(partner),
        )

    def _activity(self, partner: Partner) -> list[dict[str, Any]] | None:
        """Read the last events; None for those who do not read the trail."""
        if not may(self.actor, Permission.AUDIT_VIEW):
            return None
        return recent.about(partner, RECENT)

    @deed("/pause", needs=Permission.PARTNERS_EDIT)
    def pause(self, partner_id: str) -> Response:
        """Stop taking its leads."""
        return self._do(partners.pause, "was paused. Its sources answer 403 until it is resumed.")

    @deed("/resume", needs=Permission.PARTNERS_EDIT)
    def resume(self, partner_id: str) -> Response:
        """Take its leads again."""
        return self._do(partners.resume, "takes leads again.")

    @deed("/archive", needs=Permission.PARTNERS_EDIT)
    def archive(self, partner_id: str) -> Response:
        """Close it."""
        return self._do(partners.archive, "was archived. Its people cannot enter any more.")

    @deed("/restore", needs=Permission.PARTNERS_EDIT)
    def restore(self, partner_id: str) -> Response:
        """Open it again."""
        return self._do(partners.restore, "was restored. Its people can enter again.")

    def _do(self, operation: Any, done: str) -> Response:
        self.run(operation, self.partner, done=f"{self.partner.name} {done}")
        return now_at(self._home())

    @page("/edit", needs=Permission.PARTNERS_EDIT)
    def edit(self, partner_id: str) -> Response:
        """Show the partner's fields as they are now."""
        return self._form_page(partner_form.filled(self.partner, self.tags))

    @deed("/edit", needs=Permission.PARTNERS_EDIT)
    def save(self, partner_id: str) -> Response:
        """Keep what was typed."""
        partner, form = self.partner, partner_form.posted_for(self.partner)
        version = shown_version(form)
        if not form.is_right(partner):
            return self._form_page(form, 422)
        try:
            event = self.run(partners.edit, partner, version, **form.values())
        except Invalid as invalid:
            return self._refused(form, invalid)
        except Stale as stale:
            return self._outdated(form, stale)
        flash(
            "The partner was saved." if event else "Nothing was different, nothing was saved.",
            "success",
        )
        return now_at(self._home())

    def _refused(self, form: partner_form.PartnerForm, invalid: Invalid) -> Response:
        db.session.rollback()
        form.refuse(invalid)
        return self._form_page(form, 422)

    def _outdated(self, form: partner_form.PartnerForm, stale: Stale) -> Response:
        """Keep what was typed, say what is saved now, and let the person decide."""
        db.session.rollback()
        partner_form.show_saved(form, self.partner, tags.of(self.partner))
        form.form_errors = [stale.sentence, "Compare the marked fields, then save again or cancel."]
        return self._form_page(form, 409)

    def _form_page(self, form: partner_form.PartnerForm, status: int = 200) -> Response:
        about = {
            "title": f"Edit {self.partner.name}",
            "url": self.url("save", partner_id=self.partner.public_id),
            "button": "Save partner",
            "cancel_url": self._home(),
            "failed": "The partner was not saved.",
        }
        return self.form_page(
            "form.html",
            status,
            page=about,
            head=self.head(),
            form=form,
            groups=partner_form.GROUPS,
            attributes=partner_form.ATTRIBUTES,
        )

    def _home(self) -> str:
        return self.url("index_view", partner_id=(request.view_args or {})["partner_id"])


def _metrics(partner: Partner) -> dict[str, Any]:
    whose = Whose(partner.tenant_id, partner_id=partner.id)
    return {"metrics": metrics.section(whose), "ranked": rankings.sources_of(whose)}
