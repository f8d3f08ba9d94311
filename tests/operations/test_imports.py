"""Imports: every row of a file is answered, and what was answered is what happens."""

from dataclasses import replace
from functools import partial, reduce

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Job, Membership, Partner, PartnerStatus, PartnerTag, User, db, now
from operations import background, imports, partners, tags
from operations.import_decisions import carry_out, decide
from operations.import_partners import Partners
from operations.import_rows import Row
from operations.refusal import Forbidden, Invalid, Refusal
from tests.imports import STEPS, answers, brought, checked, imported, outcomes, reasons, work
from tests.parallel import all_at_once

FILE = (
    "Company;E-Mail;Tel.;Tags;Rep;Internal ID\r\n"
    "acme-Fresh Leads;ann@fresh.example;+1 312 555 0148;auto, net 30;acme-sales;77\r\n"
    "ACME-partner;new@mail.example;;;;78\r\n"
    "acme-other;;;;;79\r\n"
    "acme-broken;no address;12;;Nobody;80\r\n"
)


def named(name):
    return db.session.scalar(select(Partner).where(Partner.name == name))


def kept(query):
    return db.session.execute(query).all()


def kinds():
    query = select(AuditEvent.kind, func.count()).group_by(AuditEvent.kind)
    return {row.kind: row.count for row in db.session.execute(query)}


def test_a_check_says_what_would_become_of_each_row_and_changes_nothing(world, inside):
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, FILE))

        assert outcomes(file) == {2: "created", 3: "changed", 4: "unchanged", 5: "refused"}
        assert file.counts == {"created": 1, "changed": 1, "unchanged": 1, "refused": 1}
        assert reasons(file)[3] == [["Contact e-mail", "nothing becomes “new@mail.example”"]]
        assert [field for field, _ in reasons(file)[5]] == [
            "Contact e-mail",
            "Phone",
        ]
        assert named("acme-Fresh Leads") is None
        assert kinds() == {}


def test_an_import_does_what_the_check_said_with_an_event_for_each(world, inside):
    with inside(world.acme) as actor:
        file = imported(actor, checked(actor, brought(actor, FILE)))

        made = named("acme-Fresh Leads")
        assert (made.contact_email, made.phone) == ("ann@fresh.example", "+1 312-555-0148")
        assert made.account_manager_id == world.acme.sales.id
        assert tags.of(made) == ["auto", "net 30"]
        assert named("acme-partner").contact_email == "new@mail.example"
        assert outcomes(file) == {2: "created", 3: "changed", 4: "unchanged", 5: "refused"}
        assert kinds() == {"partner.created": 1, "partner.edited": 1, "partners.imported": 1}


def test_an_import_can_be_run_again(world, inside):
    with inside(world.acme) as actor:
        imported(actor, checked(actor, brought(actor, FILE)))

        again = checked(actor, brought(actor, FILE))

        assert outcomes(again) == {2: "unchanged", 3: "unchanged", 4: "unchanged", 5: "refused"}
        with pytest.raises(Refusal, match="No row of this file"):
            imports.ask_run(actor, again)


def test_a_row_whose_partner_came_or_changed_after_the_check_is_refused(world, inside):
    text = "name,website\nacme-new,a.example\nacme-same,b.example\nacme-partner,c.example\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text))
        partners.create(actor, name="acme-new", website="other.example")
        partners.create(actor, name="acme-same", website="b.example")
        partner = named("acme-partner")
        partners.edit(actor, partner, partner.version, phone="+1 312 555 0148")

        file = imported(actor, file)

        assert outcomes(file) == {2: "refused", 3: "unchanged", 4: "refused"}
        assert "added after the check" in reasons(file)[2][0][1]
        assert "changed this partner after the check" in reasons(file)[4][0][1]
        assert named("acme-new").website == "https://other.example"


def test_two_imports_of_one_file_create_each_partner_once(world, inside):
    with inside(world.acme) as actor:
        first, second = (checked(actor, brought(actor, FILE)) for _ in range(2))
        first = imported(actor, first)

        second = imported(actor, second)

        assert outcomes(second) == {2: "unchanged", 3: "unchanged", 4: "unchanged", 5: "refused"}


def test_two_imports_at_the_same_moment_create_each_partner_once(app, world, inside):
    text = "name\n" + "".join(f"acme-{number}\n" for number in range(1200))
    with inside(world.acme) as actor:
        files = [checked(actor, brought(actor, text)) for _ in range(2)]
        keys = [background.key_of(imports.ask_run(actor, db.session.merge(file))) for file in files]
        db.session.commit()

    def run(key):
        with app.app_context():
            background.run(key, STEPS)

    all_at_once([partial(run, key) for key in keys])

    with inside(world.acme):
        counts = [db.session.get_one(Job, key).result for key in keys]
        assert sum(count["Created"] for count in counts) == 1200
        assert sum(count["Unchanged"] for count in counts) == 1200
        made = select(func.count()).where(Partner.name.in_(text.split()[1:]))
        assert db.session.scalar(made) == 1200


def test_rows_about_the_same_partner_are_refused_but_the_first(world, inside):
    one = world.acme.partner.public_id
    text = f"id,name\n,acme-new\n,ACME-NEW\n{one},acme-renamed\n{one},acme-again\n,acme-renamed\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text))

        assert outcomes(file) == {
            2: "created",
            3: "refused",
            4: "changed",
            5: "refused",
            6: "refused",
        }
        assert reasons(file)[6][0][1].startswith("Row 4 is about the same one.")


def test_an_identifier_is_one_of_ours_or_the_row_is_refused(world, inside):
    rival, own = world.rival.partner.public_id, world.acme.partner.public_id
    source = world.acme.source.public_id
    text = f"identifier,name\n{own},\n{rival},\n{source},\n77,acme-x\n{own},acme-other\n,\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text))

        assert outcomes(file) == {
            2: "unchanged",
            3: "refused",
            4: "refused",
            5: "refused",
            6: "refused",
        }
        assert reasons(file)[3] == [["Identifier", "There is no partner with this identifier."]]
        assert reasons(file)[6] == [["Name", "Another partner has this name already."]]


def test_another_tenants_names_are_free(world, inside):
    with inside(world.acme) as actor:
        imported(actor, checked(actor, brought(actor, "name\nrival-partner\n")))

    with inside(world.rival):
        assert db.session.scalar(select(func.count()).where(Partner.name == "rival-partner")) == 1


def test_a_manager_who_left_stays_and_one_of_two_alike_is_not_guessed(world, inside, add):
    def leave(acme):
        db.session.add(acme.partner)
        acme.partner.account_manager_id = acme.support.id
        db.session.add(acme.support)
        acme.support.removed_at = acme.support.joined_at
        twin = User(email="acme-twin@mail.example", name="acme-sales", password_hash="")
        db.session.add(Membership(tenant_id=acme.tenant.id, user=twin, role=acme.sales.role))

    add(leave)
    text = "name,owner\nacme-partner,acme-customer-support\nacme-other,acme-customer-support\n"
    text += "acme-new,acme-sales\nacme-newer,acme-sales@mail.example\n"
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, text))

        assert outcomes(file) == {2: "unchanged", 3: "refused", 4: "refused", 5: "created"}
        assert "2 people on your team" in reasons(file)[4][0][1]


def test_yes_and_no_are_read_and_a_change_moves_the_payout(world, inside):
    text = "name,Returned leads left out of the payout,Shows returned leads\n"
    text += "acme-partner,YES,no\nacme-other,perhaps,\n"
    with inside(world.acme) as actor:
        file = imported(actor, checked(actor, brought(actor, text)))

        partner = named("acme-partner")
        assert (partner.deduct_returned, partner.show_returned) == (True, False)
        assert reasons(file)[3][0][1] == "Write yes or no, not “perhaps”."


def test_tags_become_what_the_cell_says_and_stay_where_it_says_nothing(world, inside, add):
    add(lambda acme: tags.add([(acme.partner, "old"), (acme.partner, "kept")]))
    add(lambda acme: tags.add([(acme.other_partner, "old")]))
    with inside(world.acme) as actor:
        imported(
            actor,
            checked(actor, brought(actor, 'name,tags\nacme-partner,"New, kept"\nacme-other,\n')),
        )

        query = select(PartnerTag.partner_id, PartnerTag.tag)
        assert {tuple(row) for row in kept(query)} == {
            (world.acme.partner.id, "new"),
            (world.acme.partner.id, "kept"),
            (world.acme.other_partner.id, "old"),
        }


def test_a_name_that_somebody_takes_at_the_same_moment_refuses_its_row_alone(world, inside):
    rows = [Row(number, [f"acme-{number}"]) for number in range(2, 9)]
    subject = Partners()
    with inside(world.acme) as actor:
        for row in rows:
            row.listen({"name": 0})
        decide(subject, rows, hold=True)
        partners.create(actor, name="acme-5")

        carry_out(subject, actor, rows)

        assert [row.number for row in rows if row.is_refused] == [5]
        assert rows[3].remarks == [["Name", "Another partner has this name already."]]
        assert len(kept(select(Partner).where(Partner.name.in_(row.name for row in rows)))) == 7


def test_only_who_may_edit_partners_imports_them(world, inside):
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, FILE))

    with inside(world.acme, world.acme.sales) as sales:
        file = db.session.merge(file)
        with pytest.raises(Forbidden):
            brought(sales, FILE)
        with pytest.raises(Forbidden):
            imports.ask_check(sales, file, file.columns)
        with pytest.raises(Forbidden):
            imports.ask_run(sales, file)


def test_a_role_that_is_taken_away_stops_the_import(world, inside, add):
    with inside(world.acme, world.acme.support) as support:
        file = checked(support, brought(support, FILE))
        job = imports.ask_run(support, file)
        db.session.commit()
    add(lambda acme: setattr(db.session.merge(acme.support), "role", acme.sales.role))

    with inside(world.acme):
        job = work(db.session.merge(job))

        assert job.problem == "Your role does not include changing partners."
        assert named("acme-Fresh Leads") is None


@pytest.mark.parametrize("leaves", ["removed_at", "user.suspended_at"])
def test_whoever_is_gone_imports_nothing_more(world, inside, add, leaves):
    with inside(world.acme, world.acme.support) as support:
        checking = imports.ask_check(support, brought(support, FILE), {"name": 0})
        job = imports.ask_run(support, checked(support, brought(support, FILE)))
        db.session.commit()

    def leave(acme):
        *path, date = leaves.split(".")
        setattr(reduce(getattr, path, db.session.merge(acme.support)), date, now())

    add(leave)

    with inside(world.acme):
        jobs = [work(db.session.merge(one)) for one in (checking, job)]

        assert {one.problem for one in jobs} == {background.NO_LONGER}
        assert named("acme-Fresh Leads") is None


def test_the_events_of_an_import_name_its_job_and_where_it_was_asked_from(world, inside):
    with inside(world.acme) as actor:
        asked = replace(actor, address="192.0.2.7")
        file = imported(asked, checked(asked, brought(asked, FILE)))

        events = db.session.scalars(select(AuditEvent)).all()
        jobs = {one.kind: one.job_id for one in events}
        assert {one.address for one in events} == {"192.0.2.7"}
        assert jobs.pop("partners.imported") is None  # the file's own: it stands for the rows
        assert set(jobs.values()) == {file.run_id}


def test_a_file_that_is_read_in_another_way_is_checked_anew_before_its_import(world, inside):
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, FILE), {"name": 0})

        imports.read_as(actor, file, "cp1252", ";")

        with pytest.raises(Refusal, match="not checked"):
            imports.ask_run(actor, file)


def test_columns_are_chosen_among_those_of_the_file_and_one_says_which(world, inside):
    with inside(world.acme) as actor:
        file = brought(actor, FILE)
        for columns in ({}, {"phone": 2}, {"name": 99}, {"secret": 0}):
            with pytest.raises(Invalid):
                imports.ask_check(actor, file, columns)


def test_an_import_begins_once_and_goes_on_where_it_stopped(world, inside):
    with inside(world.acme) as actor:
        file = brought(actor, FILE)
        with pytest.raises(Refusal, match="not checked"):
            imports.ask_run(actor, file)
        file = checked(actor, file)
        job = imports.ask_run(actor, file)
        for again in (
            lambda: imports.ask_run(actor, file),
            lambda: imports.ask_check(actor, file, file.columns),
            lambda: imports.read_as(actor, file, "utf-8", ","),
        ):
            with pytest.raises(Refusal, match="has begun already"):
                again()
        job.failed_at = job.queued_at

        file = imported(actor, file)

        assert file.counts["created"] == 1
        assert imports.job_of(file).result["Created"] == 1


def test_a_check_by_other_columns_replaces_the_one_before(world, inside):
    with inside(world.acme) as actor:
        file = brought(actor, FILE)
        old = imports.ask_check(actor, file, {"name": 0})
        checked(actor, file, {"name": 0})
        file = checked(actor, db.session.merge(file), {"name": 0, "website": 3})

        assert work(db.session.merge(old)).result == {"Replaced": "The file was asked about anew"}
        assert file.columns == {"name": 0, "website": 3}
        assert len(answers(file)) == 4
        assert background.due_keys() == []


def test_a_row_that_cannot_be_read_is_refused_by_what_is_wrong_with_it(world, inside):
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, 'name,x\n"acme-a,1\n\nacme-b,"2"\n'))

        assert outcomes(file) == {2: "refused", 4: "created"}
        assert answers(file)[0].name == '"acme-a,1'


def test_archived_partners_are_changed_by_their_name_too(world, inside, add):
    add(lambda acme: setattr(db.session.merge(acme.partner), "status", PartnerStatus.ARCHIVED))
    with inside(world.acme) as actor:
        file = checked(actor, brought(actor, "name,phone\nacme-partner,+1 312 555 0148\n"))

        assert outcomes(file) == {2: "changed"}
