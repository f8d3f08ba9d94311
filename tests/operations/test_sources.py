"""Creating, editing, pausing and deleting sources."""

import pytest
from sqlalchemy import select, update

from models import Assignment, AuditEvent, Source, SourceStatus, db
from operations import partners, sources, undo
from operations.refusal import Forbidden, Invalid, Refusal
from operations.sources import Fields


def here(row):
    """The same row as this session knows it."""
    return db.session.scalars(select(type(row)).where(type(row).id == row.id)).one()


def events(kind):
    return db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind)).all()


def test_a_new_source_is_on_test_and_with_nobody(world, inside):
    with inside(world.acme) as actor:
        made = sources.create(actor, Fields("  Quote form  ", "Solar", "Ask Dana\r\nfirst"))

        assert (made.name, made.vertical, made.notes) == ("Quote form", "Solar", "Ask Dana\nfirst")
        assert (made.status, made.partner_id) == (SourceStatus.TEST, None)


def test_only_who_edits_sources_does_anything_to_them(world, inside):
    with inside(world.acme, world.acme.sales) as actor:
        source = here(world.acme.source)

        for deed in (
            lambda: sources.create(actor, Fields("Quote form")),
            lambda: sources.edit(actor, source, source.version, Fields("Quote form")),
            lambda: sources.set_status(actor, source, SourceStatus.PAUSED),
            lambda: sources.delete(actor, source),
        ):
            with pytest.raises(Forbidden):
                deed()


@pytest.mark.parametrize("name", ["ACME-Source", "acme-source ", "acme-source"])
def test_a_name_is_taken_once_whatever_its_case(world, inside, name):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            sources.create(actor, Fields(name))

        assert refused.value.field == "name"
        assert events("source.created") == []


def test_two_tenants_may_use_the_same_name(world, inside):
    with inside(world.acme) as actor:
        made = sources.create(actor, Fields("rival-source"))

        assert made.name == "rival-source"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (Fields(""), "name"),
        (Fields(" \u200b "), "name"),
        (Fields("a" * 201), "name"),
        (Fields("a\x07b"), "name"),
        (Fields("a\nb"), "name"),
        (Fields("a\u202eb"), "name"),
        (Fields("a", "v" * 81), "vertical"),
        (Fields("a", "v\x00"), "vertical"),
        (Fields("a", "", "n" * 5001), "notes"),
        (Fields("a", "", "n\x1b"), "notes"),
    ],
)
def test_what_cannot_be_a_source_is_refused_beside_its_field(world, inside, fields, field):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            sources.create(actor, fields)

        assert refused.value.field == field


def test_editing_records_what_was_there_before(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        sources.edit(actor, source, source.version, Fields("Renamed", "Solar"))

        (event,) = events("source.edited")
        assert event.before == {"name": "acme-source", "vertical": ""}
        assert event.after == {"name": "Renamed", "vertical": "Solar"}


def test_what_staff_note_is_in_no_event_because_partners_read_those(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        sources.edit(actor, source, source.version, Fields("acme-source", "", "late payer"))

        (event,) = events("source.edited")
        assert "late payer" not in str([event.before, event.after])


def test_saving_without_a_change_records_nothing(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        sources.edit(actor, source, source.version, Fields("acme-source"))

        assert events("source.edited") == []


def test_editing_from_an_old_version_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        old = source.version
        sources.edit(actor, source, old, Fields("Renamed"))

        with pytest.raises(Refusal, match="Somebody else saved"):
            sources.edit(actor, source, old, Fields("Renamed again"))

        assert here(source).name == "Renamed"


def test_an_edit_that_loses_a_race_in_the_database_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        moved_on = update(Source).where(Source.id == source.id).values(version=99)
        db.session.execute(moved_on.execution_options(synchronize_session=False))

        with pytest.raises(Refusal, match="Somebody else saved"):
            sources.edit(actor, source, source.version, Fields("Renamed"))


def test_renaming_to_a_taken_name_is_refused(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        with pytest.raises(Invalid, match="already"):
            sources.edit(actor, source, source.version, Fields("Acme-Free-Source"))


def test_a_paused_source_comes_back_as_it_was(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        event = sources.set_status(actor, source, SourceStatus.PAUSED)
        assert source.status is SourceStatus.PAUSED

        undo.undo(actor, event)

        assert here(source).status is SourceStatus.LIVE


def test_a_pause_is_not_undone_once_it_was_paused_again(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        event = sources.set_status(actor, source, SourceStatus.PAUSED)
        sources.set_status(actor, source, SourceStatus.TEST)
        sources.set_status(actor, source, SourceStatus.PAUSED)
        db.session.commit()

        with pytest.raises(Refusal, match="changed again since"):
            undo.undo(actor, event)

        db.session.rollback()
        assert here(source).status is SourceStatus.PAUSED


@pytest.mark.parametrize(
    ("status", "kind"),
    [(SourceStatus.TEST, "source.set_to_test"), (SourceStatus.LIVE, "source.went_live")],
)
def test_a_paused_source_resumes_as_test_or_live(world, inside, status, kind):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        sources.set_status(actor, source, SourceStatus.PAUSED)

        sources.set_status(actor, source, status)

        assert here(source).status is status
        assert len(events(kind)) == 1


def test_the_status_it_has_already_is_refused(world, inside):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="live already"):
        sources.set_status(actor, here(world.acme.source), SourceStatus.LIVE)


def test_two_people_who_change_the_status_get_one_success(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        paused = update(Source).where(Source.id == source.id).values(status=SourceStatus.PAUSED)
        db.session.execute(paused.execution_options(synchronize_session=False))

        with pytest.raises(Refusal, match="in the meantime"):
            sources.set_status(actor, source, SourceStatus.TEST)


def test_deleting_keeps_the_row_and_ends_its_assignment(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)

        sources.delete(actor, source)

        kept = here(source)
        assert (kept.name, kept.partner_id) == ("acme-source", None)
        assert kept.deleted_at is not None
        ended = db.session.scalars(select(Assignment).where(Assignment.source_id == kept.id)).one()
        assert ended.ended_by_id == actor.membership_id
        (event,) = events("source.deleted")
        assert event.partner_id == world.acme.partner.id


def test_a_deleted_source_gives_its_name_back(world, inside):
    with inside(world.acme) as actor:
        sources.delete(actor, here(world.acme.source))

        made = sources.create(actor, Fields("acme-source"))

        assert made.id != world.acme.source.id


def test_a_deleted_source_is_not_edited(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        sources.delete(actor, source)

        with pytest.raises(Refusal):
            sources.edit(actor, source, source.version, Fields("Renamed"))
        with pytest.raises(Refusal):
            sources.delete(actor, source)


def test_undoing_a_deletion_brings_partner_and_assignment_back(world, inside):
    with inside(world.acme) as actor:
        source = here(world.acme.source)
        event = sources.delete(actor, source)

        undo.undo(actor, event)

        back = here(source)
        assert (back.deleted_at, back.partner_id) == (None, world.acme.partner.id)
        kept = db.session.scalars(select(Assignment).where(Assignment.source_id == back.id)).one()
        assert (kept.ended_at, kept.ended_by_id) == (None, None)


def test_undoing_the_deletion_of_an_unassigned_source_assigns_nothing(world, inside):
    with inside(world.acme) as actor:
        event = sources.delete(actor, here(world.acme.free_source))

        undo.undo(actor, event)

        back = here(world.acme.free_source)
        assert (back.deleted_at, back.partner_id) == (None, None)


def test_nothing_is_brought_back_to_a_partner_that_was_archived_since(world, inside):
    with inside(world.acme) as actor:
        event = sources.delete(actor, here(world.acme.source))
        partners.archive(actor, here(world.acme.partner))

        with pytest.raises(Refusal, match="takes no sources"):
            undo.undo(actor, event)


def test_undo_is_refused_once_the_name_is_another_sources(world, inside):
    with inside(world.acme) as actor:
        event = sources.delete(actor, here(world.acme.source))
        sources.create(actor, Fields("ACME-SOURCE"))

        with pytest.raises(Refusal, match="Another source is called"):
            undo.undo(actor, event)


def test_undo_needs_the_permission_of_the_deed(world, inside):
    with inside(world.acme) as actor:
        event = sources.set_status(actor, here(world.acme.source), SourceStatus.PAUSED)
        demoted = type(actor)(**{**actor.__dict__, "role": world.acme.sales.role})

        with pytest.raises(Forbidden):
            undo.undo(demoted, event)


@pytest.mark.parametrize(
    "deed",
    [
        lambda actor, _: sources.create(actor, Fields("Another")),
        lambda actor, source: sources.edit(actor, source, source.version, Fields("Renamed")),
        lambda actor, source: sources.set_status(actor, source, SourceStatus.PAUSED),
        sources.delete,
    ],
)
def test_every_change_asks_whether_the_actor_may(world, inside, deed):
    with inside(world.acme, world.acme.sales) as actor, pytest.raises(Forbidden):
        deed(actor, here(world.acme.source))
