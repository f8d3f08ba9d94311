"""A source's Mapping tab: the fields in force, the draft, the versions, publish and discard."""

from typing import Any

from flask import abort, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import Form, HiddenField

from admin_views.base import Screen, deed, now_at, page, parsed, shown_version
from admin_views.mapping_table import rows_for_staff
from admin_views.staff.mapping_page import OfMapping, version_word
from admin_views.words import plural
from models import FieldMapping, Membership, db
from operations import mapping_drafts, mapping_letters, mapping_replay, mappings
from operations.mapping_differences import differences, shown
from operations.mapping_fields import STARTER
from operations.refusal import Refusal
from policy import Permission


class VersionForm(Form):
    """Which version of the draft a page showed."""

    version = HiddenField()


class SourceMapping(OfMapping, Screen):
    """The fields of one source."""

    @page("/", needs=Permission.SOURCES_VIEW)
    def index_view(self, source_id: str) -> Any:
        """Show what is in force and what is drafted."""
        published, draft = mappings.published(self.source), mappings.draft_of(self.source)
        in_force = mappings.fields_of(published)
        changes = differences(in_force, mappings.fields_of(draft)) if draft else []
        return self.render(
            "staff/mapping.html",
            head=self.head(),
            source=self.source,
            title=version_word(published),
            rows=rows_for_staff(in_force),
            draft=draft,
            changes=changes,
            versions=mappings.history(self.source),
            replay=mapping_replay.latest(self.source),
            may_edit=self.may_edit(),
        )

    @page("/versions/<mapping_id>", needs=Permission.SOURCES_VIEW)
    def version(self, source_id: str, mapping_id: str) -> Any:
        """Show a version of before, and what it changed."""
        found = self._version(mapping_id)
        older = self._before(found)
        fields = mappings.fields_of(found)
        return self.render(
            "staff/mapping_version.html",
            head=self.head(),
            home=self.home(),
            version=found,
            is_in_force=found.id == self.source.mapping_id,
            rows=rows_for_staff(fields),
            changes=differences(mappings.fields_of(older) if older else STARTER, fields),
            older=version_word(older),
        )

    @page("/publish", needs=Permission.SOURCES_EDIT)
    def ask_publish(self, source_id: str) -> Any:
        """Say what publishing changes, and for whom."""
        draft = self._draft()
        in_force, drafted = mappings.current(self.living()), mappings.fields_of(draft)
        changes = differences(in_force, drafted)
        visible = differences(shown(in_force), shown(drafted))
        people = mapping_letters.people_of(self.source.partner_id) if visible else 0
        before = "what is published now" if self.source.mapping_id else "the starter fields"
        task = {
            "title": f"Publish version {draft.number} of the fields?",
            "lead": "It holds for every call from the moment you publish. "
            "Leads that came before stay as they are.",
            "button": f"Publish {plural(len(changes), 'change')}",
            "danger": False,
            "consequences": [
                ("Fields that change", len(changes), f"Compared with {before}"),
                ("People told", people, self._told(people)),
                ("Calls", "From now on", "Checked by the new fields"),
            ],
            "sides": [{"title": "What changes", "items": changes}],
        }
        return self._ask(task, "publish", draft)

    @deed("/publish", needs=Permission.SOURCES_EDIT)
    def publish(self, source_id: str) -> Any:
        """Publish the draft that the page showed."""
        version = shown_version(VersionForm(request.form))
        self.run(mappings.publish, self.living(), version, done="The new fields are published.")
        return now_at(self.home())

    @page("/discard", needs=Permission.SOURCES_EDIT)
    def ask_discard(self, source_id: str) -> Any:
        """Say what is lost."""
        draft = self._draft()
        changes = differences(mappings.current(self.living()), mappings.fields_of(draft))
        task = {
            "title": "Discard the draft?",
            "lead": "What is in force stays as it is. The draft cannot be brought back.",
            "button": "Discard draft",
            "sides": [{"title": "What is lost", "items": changes}],
        }
        return self._ask(task, "discard", draft)

    @deed("/discard", needs=Permission.SOURCES_EDIT)
    def discard(self, source_id: str) -> Any:
        """Throw the draft away."""
        version = shown_version(VersionForm(request.form))
        self.run(mapping_drafts.discard, self.living(), version, done="The draft is discarded.")
        return now_at(self.home())

    def _ask(self, task: dict[str, Any], endpoint: str, draft: FieldMapping) -> Any:
        url = self.url(endpoint, source_id=self.source.public_id)
        return self.render(
            "staff/source_task.html",
            head=self.head(),
            task={**task, "url": url, "cancel_url": self.home()},
            hidden=[("version", draft.version)],
        )

    def _told(self, people: int) -> str:
        if self.source.partner is None:
            return "The source is with no partner"
        name = self.source.partner.name
        return f"A mail with what changes goes to {name}" if people else f"Nobody of {name}"

    def _draft(self) -> FieldMapping:
        draft = mappings.draft_of(self.living())
        if draft is None:
            raise Refusal(mappings.NO_DRAFT)
        return draft

    def _version(self, mapping_id: str) -> FieldMapping:
        found = db.session.scalar(
            select(FieldMapping)
            .where(
                FieldMapping.id == parsed(FieldMapping, mapping_id),
                FieldMapping.source_id == self.source.id,
                FieldMapping.published_at.is_not(None),
            )
            .options(joinedload(FieldMapping.published_by).joinedload(Membership.user))
        )
        return found if found is not None else abort(404)

    def _before(self, version: FieldMapping) -> FieldMapping | None:
        return db.session.scalar(
            select(FieldMapping)
            .where(
                FieldMapping.source_id == version.source_id,
                FieldMapping.number < version.number,
                FieldMapping.published_at.is_not(None),
            )
            .order_by(FieldMapping.number.desc())
            .limit(1)
        )
