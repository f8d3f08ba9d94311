"""Sources out of a file: with the rules of the form, and the partners they are with."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models import (
    Assignment,
    AuditEvent,
    FileImport,
    FilePiece,
    ImportKind,
    ImportRow,
    Job,
    Partner,
    PartnerStatus,
    Source,
    SourceStatus,
    across_tenants,
    db,
    now,
)
from operations import background, import_files, imports, sources
from operations.import_sources import Sources
from operations.refusal import Forbidden
from policy import Actor
from tests.imports import STEPS, brought, checked, imported, outcomes, reasons, work
from tests.statements import counted

KIND = ImportKind.SOURCES
HEAD = "id,campaign,vertical,status,partner,payout,rate limit,duplicate days,notes\n"


def named(name):
    return db.session.scalar(select(Source).where(Source.name == name))


def test_a_new_source_begins_as_its_row_says_with_its_partner(world, inside):
    text = f"{HEAD},acme-new,Auto,Live,ACME-PARTNER,12.50,60,7,secret\n"
    text += f",acme-newer,,,{world.acme.other_partner.public_id},,,,\n,acme-newest,,,,,,,\n"
    with inside(world.acme) as actor:
        file = imported(actor, checked(actor, brought(actor, text, KIND)))

        assert set(outcomes(file).values()) == {"created"}
        made = named("acme-new")
        assert (made.status, made.partner_id) == (SourceStatus.LIVE, world.acme.partner.id)
        assert (made.payout_cents, made.rate_limit, made.duplicate_days) == (1250, 60, 7)
        assert named("acme-newer").partner_id == world.acme.other_partner.id
        assert (named("acme-newest").partner_id, named("acme-newest").rate_limit) == (None, 600)
        opened = select(Assignment.source_id).where(Assignment.source_id == made.id)
        assert db.session.scalar(opened) == made.id
        query = select(AuditEvent.kind, AuditEvent.partner_id, AuditEvent.after)
        events = {row.kind: row for row in db.session.execute(query)}
        assert events["source.assigned"].partner_id is not None
        assert all("secret" not in str(row.after) for row in events.values())
        assert events["sources.imported"].after["created"] == 3
        assert db.session.get_one(Partner, (made.tenant_id, made.partner_id)).source_count == 2


def test_a_source_that_is_only_assigned_has_no_other_event(world, inside):
    with inside(world.acme) as actor:
        text = "campaign,partner\nacme-free-source,acme-other\n"
        imported(actor, checked(actor, brought(actor, text, KIND)))

        assert named("acme-free-source").partner_id == world.acme.other_partner.id
        kinds = db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.kind))
        assert list(kinds) == ["source.assigned", "sources.imported"]


def test_a_source_that_exists_is_changed_and_assigned_but_never_moved(world, inside):
    text = f"{HEAD}{world.acme.free_source.public_id},acme-renamed,,paused,acme-partner,3,,,\n"
    text += ",acme-source,Home,,acme-other,,,,\n,acme-other-source,,,acme-other,,,,x\n"
    with inside(world.acme) as actor:
        file = imported(actor, checked(actor, brought(actor, text, KIND)))

        assert outcomes(file) == {2: "changed", 3: "refused", 4: "changed"}
        assert reasons(file)[2] == [
            ["Name", "“acme-free-source” becomes “acme-renamed”"],
            ["Payout per lead", "0.00 becomes 3.00"],
            ["Partner", "nothing becomes “acme-partner”"],
        ]
        assert reasons(file)[3][0][1].startswith("The source is with acme-partner.")
        renamed = named("acme-renamed")
        assert (renamed.partner_id, renamed.status) == (world.acme.partner.id, SourceStatus.LIVE)
        kinds = select(AuditEvent.kind).order_by(AuditEvent.kind)
        assert list(db.session.scalars(kinds)) == [
            "source.assigned",
            "source.edited",
            "source.edited",
            "sources.imported",
        ]


def test_a_partner_that_can_have_no_name_costs_its_row_alone(world, inside):
    text = "campaign,partner\nacme-a,acme-part\0ner\nacme-b,acme-partner\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text, KIND))

        assert outcomes(file) == {2: "refused", 3: "created"}
        assert reasons(file)[2][0][0] == "Partner"


def test_what_a_form_would_refuse_a_row_is_refused_for(world, inside, add):
    add(lambda acme: setattr(db.session.merge(acme.partner), "status", PartnerStatus.ARCHIVED))
    text = f"{HEAD},acme-a,,paused,,,,,\n,acme-b,,,acme-partner,,,,\n,acme-c,,,nobody,,,,\n"
    text += ",acme-d,,,,a lot,-1,many,\n,,Auto,,,,,,\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text, KIND))

        assert set(outcomes(file).values()) == {"refused"}
        assert reasons(file)[2] == [["Status", "A new source begins in test or live."]]
        assert "is archived and takes no sources" in reasons(file)[3][0][1]
        assert "There is no partner “nobody”." in reasons(file)[4][0][1]
        assert [field for field, _ in reasons(file)[5]] == [
            "Payout per lead",
            "Duplicate days",
            "Calls per minute",
        ]
        assert reasons(file)[6] == [["Name", "Give the source a name."]]


def test_a_source_that_was_deleted_after_the_check_is_refused_and_its_name_is_free(world, inside):
    text = f"{HEAD},acme-source,Home,,,,,,\n{world.acme.other_source.public_id},,Home,,,,,,\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text, KIND))
        for source in (named("acme-source"), named("acme-other-source")):
            sources.delete(actor, source)

        file = imported(actor, file)

        assert outcomes(file) == {2: "refused", 3: "refused"}
        assert "is not there any more" in reasons(file)[2][0][1]
        assert outcomes(checked(actor, brought(actor, text, KIND)))[2] == "created"


def test_who_may_not_assign_imports_no_partners_of_sources(world):
    nobody = Actor("Ann", "", world.acme.tenant.id, world.acme.sales.role)
    with pytest.raises(Forbidden):
        Sources().check(nobody, ("partner",))


def test_a_worker_that_dies_half_way_is_followed_by_one_that_does_the_rest(world, inside):
    lines = [f",acme-{number},Auto,\n" for number in range(999)]
    again = [f"{world.acme.free_source.public_id},,Auto,\n", lines[-1], ",,,nothing of ours\n"]
    text = "id,campaign,vertical,other\n,acme-free-source,Auto,\n" + "".join([*lines, *again])
    with inside(world.acme) as actor:
        columns = {"identifier": 0, "name": 1, "vertical": 2}
        file = checked(actor, brought(actor, text, KIND), columns)
        job = imports.ask_run(actor, file)
        key = background.key_of(job)
        db.session.commit()
        beat = background.claim(key)
        background.one_step(key, beat, STEPS)  # and then the power goes
        done = db.session.scalar(select(func.count()).where(Source.vertical == "Auto"))
        db.session.execute(update(Job).where(Job.id == key[1]).values(beat_at=None))

        job = work(db.session.get_one(Job, key))

        assert (done, job.done, job.total) == (500, 1000, 1000)
        assert job.result == {"Created": 999, "Changed": 1, "Unchanged": 0, "Refused": 3}
        assert db.session.scalar(select(func.count()).where(Source.vertical == "Auto")) == 1000
        file = db.session.get_one(FileImport, (file.tenant_id, file.id))
        assert reasons(file)[1002][0][1].startswith("Row 2 is about the same one.")


def test_an_import_that_stopped_and_was_asked_for_again_is_done_by_one_job(world, inside):
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, "campaign\nacme-new\n", KIND))
        first = imports.ask_run(actor, file)
        first.failed_at = now()
        imports.ask_run(actor, file)
        first.failed_at = None

        assert work(first).result == {"Replaced": "The file was asked about anew"}
        assert named("acme-new") is None


def test_a_row_of_millions_of_letters_has_a_step_of_its_own(world, inside):
    row = f'"acme-{{}}","{"x" * 120_000}"' + f',"{"y" * 120_000}"' * 7
    text = "name,vertical,a,b,c,d,e,f,g\n" + "\n".join(row.format(n) for n in range(6))
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text, KIND))

        assert set(outcomes(file).values()) == {"refused"}
        assert "Use at most 80 characters" in reasons(file)[2][0][1]
        assert imports.job_of(file).done == 6


def test_the_number_of_statements_of_a_step_does_not_grow_with_its_rows(app, world, inside):
    def statements(rows):
        text = "name,partner\n" + "".join(f"acme-{rows}-{n},acme-partner\n" for n in range(rows))
        with inside(world.acme) as actor:
            with counted() as seen:
                imported(actor, checked(actor, brought(actor, text, KIND)))
            return len(seen)

    assert statements(10) == statements(300)


def test_files_are_forgotten_after_a_week_with_all_their_rows(app, world, inside, settings):
    with inside(world.acme) as actor:
        old, young, half = (checked(actor, brought(actor, "name\nacme-x\n")) for _ in range(3))
        old_id, half_id = old.id, half.id
        db.session.execute(
            update(FileImport).where(FileImport.id == old_id).values(created_at=days_ago(8))
        )
        db.session.execute(
            update(FileImport)
            .where(FileImport.id == half_id)
            .values(created_at=days_ago(1), uploaded_at=None)
        )
        db.session.commit()

    with app.app_context(), across_tenants(db.session):
        while import_files.forget_files(settings):
            db.session.commit()

        assert list(db.session.scalars(select(FileImport.id))) == [young.id]
        for kind in (ImportRow, FilePiece):
            assert db.session.scalar(select(func.count()).select_from(kind)) == 1


def days_ago(days):
    return now() - timedelta(days=days)
