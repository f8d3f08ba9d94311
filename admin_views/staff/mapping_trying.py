"""Trying a source's fields: on a pasted payload, and on the calls that were rejected."""

from typing import Any

from flask import request
from wtforms import Form, RadioField, TextAreaField
from wtforms.validators import Length

from admin_views.base import Screen, deed, now_at, page
from admin_views.job_words import job_url
from admin_views.staff.mapping_page import OfMapping, version_word
from incoming import LONGEST_PARAMETER
from models import FieldMapping
from operations import mapping_replay, mapping_trial, mappings
from operations.mapping_engine import Reading
from operations.refusal import Invalid
from policy import Permission

MOST = LONGEST_PARAMETER
#: A replay names so many of the reasons that are left.
MOST_REASONS = 20


class TrialForm(Form):
    """What to read, and by which fields."""

    by = RadioField(
        "Read it by", choices=[("draft", "The draft"), ("published", "What is published")]
    )
    payload = TextAreaField(
        "Payload",
        [Length(max=MOST, message=f"Paste at most {MOST:,} characters.")],
        description="A JSON object, or fields as a form sends them. Nothing of it is stored.",
        render_kw={"rows": 14, "maxlength": MOST, "spellcheck": "false", "class": "mono"},
    )


class MappingTrial(OfMapping, Screen):
    """Reads a payload as the intake would, and stores nothing."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the form with a payload that passes."""
        draft = mappings.draft_of(self.living())
        fields = mappings.fields_of(draft) if draft else mappings.current(self.source)
        form = TrialForm(
            payload=mapping_trial.example(fields), by="draft" if draft else "published"
        )
        return self._show(form, draft)

    @deed("/", needs=Permission.SOURCES_VIEW)
    def attempt(self, source_id: str) -> Any:
        """Show the lead it would become, or every field's error."""
        draft, form = mappings.draft_of(self.living()), TrialForm(request.form)
        is_draft = draft is not None and form.by.data == "draft"
        fields = mappings.fields_of(draft) if is_draft else mappings.current(self.source)
        form.by.data = "draft" if is_draft else "published"
        try:
            reading = mapping_trial.attempt(fields, form.payload.data or "")
        except Invalid as refused:
            form.payload.errors = [refused.sentence]
            return self._show(form, draft, 422)
        return self._show(form, draft, reading=reading)

    def _show(
        self,
        form: TrialForm,
        draft: FieldMapping | None,
        status: int = 200,
        reading: Reading | None = None,
    ) -> Any:
        return self.form_page(
            "staff/mapping_trial.html",
            status,
            head=self.head(),
            form=form,
            draft=draft,
            reading=reading,
            url=self.url("attempt", source_id=self.source.public_id),
            home=self.home(),
        )


class MappingReplay(OfMapping, Screen):
    """Holds what was rejected in the last 30 days against the draft."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show the last replay, and offer one where there is a draft."""
        job = mapping_replay.latest(self.source)
        is_own = job is not None and job.asked_by_id == self.actor.membership_id
        return self.render(
            "staff/mapping_replay.html",
            head=self.head(),
            job=job,
            status_url=f"{job_url(job)}status" if job and is_own else None,
            reasons=mapping_replay.reasons(job)[:MOST_REASONS] if job else [],
            draft=mappings.draft_of(self.source),
            may_edit=self.may_edit(),
            published=version_word(mappings.published(self.source)),
            url=self.url("begin", source_id=self.source.public_id),
            home=self.home(),
        )

    @deed("/", needs=Permission.SOURCES_EDIT)
    def begin(self, source_id: str) -> Any:
        """Ask the worker for a replay."""
        self.run(mapping_replay.ask, self.living(), done="The replay has begun.")
        return now_at(self.url("index_view", source_id=source_id))
