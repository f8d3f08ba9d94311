"""All rows that match a list: chosen on its page, counted, and changed by a job as the actor."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from admin_views import name_filters
from admin_views.bulk_task import job_note
from admin_views.chosen import CHANGED, Chosen
from models import (
    Assignment,
    AuditEvent,
    Invite,
    InviteState,
    Job,
    JobState,
    Lead,
    LeadState,
    Membership,
    Partner,
    PartnerStatus,
    PartnerTag,
    Role,
    Source,
    User,
    db,
    now,
)
from operations import background, bulk_job, bulk_undo, partner_bulk
from operations.undo import WINDOW
from tests.leads import lead_of
from tests.received import call
from tests.worker import due, job_at, one_step, work, work_later
from tests.world import invite_of, member, partner_of, source_of

UNTIL = re.compile(r'name="until" value="([^"]+)"')
ALL_PARTNERS = "/admin/partners/"


@pytest.fixture
def crowd(add):
    """Five more partners of acme, active."""
    return add(lambda acme: [partner_of(acme.tenant, f"acme-crowd-{n}") for n in range(5)])


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(bulk_job, "A_STEP", 2)
    monkeypatch.setattr(bulk_undo, "A_STEP", 2)


def ask(browser, deed, address, **terms):
    """Choose all that match, and answer the page that asks; gives the page and the answer."""
    asked = browser.post(deed, data={"all": address})
    assert asked.status_code == 200, asked.text
    until = UNTIL.search(asked.text)[1]
    sent = {"all": address, "until": until, "confirmed": "1", "asked": "1", **terms}
    return asked, browser.post(deed, data=sent)


def done(app, world, browser, deed, address, **terms):
    """Choose all that match, let the worker do it, and give the job as it is then."""
    _, answer = ask(browser, deed, address, **terms)
    assert answer.status_code == 303, answer.text
    work(app)
    return job_at(app, world.acme.tenant.id, answer.location)


def read(stored, *what):
    return stored(lambda: db.session.execute(select(*what).order_by(what[0])).all())


def statuses(stored, ids):
    found = stored(lambda: db.session.scalars(select(Partner).where(Partner.id.in_(ids))).all())
    return {row.id: row.status.value for row in found}


def test_a_list_of_one_page_offers_no_more_than_its_rows(world, sign_in, crowd):
    page = sign_in(world.acme.admin).get(ALL_PARTNERS)

    assert 'name="all"' not in page.text


def test_a_longer_list_offers_all_that_match_with_its_filters(world, sign_in, add):
    add(lambda acme: [partner_of(acme.tenant, f"acme-many-{n}") for n in range(21)])

    page = sign_in(world.acme.admin).get("/admin/partners/?q=many&status=active&size=20")

    assert 'name="all" value="/admin/partners/?q=many&amp;status=active"' in page.text
    assert "All 21 that match" in page.text


def test_the_page_that_asks_counts_them_and_what_belongs_to_them(world, sign_in, crowd):
    page = sign_in(world.acme.admin).post("/admin/partners/pause", data={"all": ALL_PARTNERS})

    assert "Pause 7 partners?" in page.text
    assert re.search(r"Sources</dt><dd><b>2</b>", page.text)
    assert re.search(r"People</dt><dd><b>2</b>", page.text)
    assert "You can undo it for 10 minutes" in page.text


def test_those_that_match_are_changed_and_no_others(app, world, sign_in, stored, crowd):
    other = stored(lambda: partner_of(world.rival.tenant, "rival-crowd"))

    address = "/admin/partners/?q=crowd&status=active"
    job = done(app, world, sign_in(world.acme.admin), "/admin/partners/pause", address)

    assert (job.state, job.done, job.total) == (JobState.DONE, 5, 5)
    assert job.result == {"Done": 5, "Unchanged": 0, "Refused": 0}
    assert set(statuses(stored, [row.id for row in crowd]).values()) == {"paused"}
    assert set(statuses(stored, [world.acme.partner.id, other.id]).values()) == {"active"}


@pytest.mark.usefixtures("small_steps")
def test_rows_that_stop_matching_as_they_are_changed_are_neither_skipped_nor_done_twice(
    app, world, sign_in, stored, crowd
):
    job = done(
        app,
        world,
        sign_in(world.acme.admin),
        "/admin/partners/pause",
        f"{ALL_PARTNERS}?status=active",
    )

    events = select(func.count()).where(AuditEvent.kind == "partner.paused")
    assert job.result["Done"] == 7
    assert stored(lambda: db.session.scalar(events.where(AuditEvent.job_id == job.id))) == 7


def test_what_is_added_after_the_page_that_asked_is_left_alone(app, world, sign_in, stored, crowd):
    browser = sign_in(world.acme.admin)
    asked = browser.post("/admin/partners/pause", data={"all": ALL_PARTNERS})
    late = stored(lambda: partner_of(world.acme.tenant, "acme-late"))

    sent = {"all": ALL_PARTNERS, "until": UNTIL.search(asked.text)[1], "confirmed": "1"}
    browser.post("/admin/partners/pause", data=sent)
    work(app)

    assert statuses(stored, [late.id]) == {late.id: "active"}


def test_rows_that_refuse_stop_no_others_and_are_listed_with_the_reason(
    app, world, sign_in, stored, crowd
):
    stored(lambda: pause(crowd[0], PartnerStatus.ARCHIVED))
    stored(lambda: pause(crowd[1], PartnerStatus.PAUSED))
    browser = sign_in(world.acme.admin)
    _, answer = ask(browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd&status=active")
    stored(lambda: db.session.execute(update(Partner).values(status=Partner.status)))

    # Of every status, so that those come along which cannot be paused.
    for status in ("archived", "paused"):
        ask(browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd&status={status}")
    work(app)

    jobs = stored(lambda: db.session.scalars(select(Job).order_by(Job.id)).all())
    assert [job.result for job in jobs] == [
        {"Done": 3, "Unchanged": 0, "Refused": 0},
        {"Done": 0, "Unchanged": 0, "Refused": 1},
        {"Done": 0, "Unchanged": 4, "Refused": 0},
    ]
    page = browser.get(f"/admin/jobs/{jobs[1].public_id}/")
    assert "acme-crowd-0" in page.text
    assert "It is archived." in page.text
    csv = browser.get(f"/admin/jobs/{jobs[1].public_id}/refused")
    assert csv.text.splitlines()[1].endswith(",acme-crowd-0,It is archived.")
    assert browser.get(answer.location).status_code == 200


def pause(partner, status):
    db.session.execute(update(Partner).where(Partner.id == partner.id).values(status=status))


def test_one_row_that_nobody_foresaw_holds_up_none_of_the_others(world, inside, crowd):
    ids = [row.id for row in crowd]
    with inside(world.acme) as actor:
        pause(crowd[3], PartnerStatus.PAUSED)

        def work_on(some):
            rows = db.session.scalars(select(Partner).where(Partner.id.in_(some))).all()
            partner_bulk.pause_all(actor, rows)

        left = bulk_job.attempt(work_on, ids)

        paused = select(func.count()).where(Partner.status == PartnerStatus.PAUSED)
        assert left == {ids[3]: "acme-crowd-3 is not active. Nothing was changed."}
        assert db.session.scalar(paused) == 5


def test_two_jobs_over_the_same_rows_do_each_once(app, world, sign_in, stored, crowd):
    for who in (world.acme.admin, world.acme.support):
        ask(sign_in(who), "/admin/partners/tag", f"{ALL_PARTNERS}?q=crowd", tag="autumn")
    work(app)

    jobs = stored(lambda: db.session.scalars(select(Job).order_by(Job.id)).all())
    assert [job.result["Done"] for job in jobs] == [5, 0]
    assert jobs[1].result["Unchanged"] == 5
    assert len(read(stored, PartnerTag.partner_id)) == 5


@pytest.mark.usefixtures("small_steps")
def test_a_job_whose_worker_died_goes_on_where_it_was(app, world, sign_in, stored, crowd):
    ask(sign_in(world.acme.admin), "/admin/partners/tag", f"{ALL_PARTNERS}?q=crowd", tag="autumn")
    one_step(app)
    stored(lambda: db.session.execute(update(Job).values(beat_at=now() - 2 * background.LEASE)))

    work(app)

    job = stored(lambda: db.session.scalars(select(Job)).one())
    assert (job.state, job.result["Done"]) == (JobState.DONE, 5)


def demote(world):
    own = update(Membership).where(Membership.id == world.acme.admin.id)
    db.session.execute(own.values(role=Role.SALES))


def remove(world):
    own = update(Membership).where(Membership.id == world.acme.admin.id)
    db.session.execute(own.values(removed_at=now()))


def suspend(world):
    own = update(User).where(User.id == world.acme.admin.user_id)
    db.session.execute(own.values(suspended_at=now()))


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("what", [demote, remove, suspend])
def test_a_job_stops_when_whoever_asked_may_not_any_more(app, world, sign_in, stored, crowd, what):
    ask(sign_in(world.acme.admin), "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd")
    one_step(app)
    stored(lambda: what(world))
    stored(lambda: db.session.execute(update(Job).values(beat_at=None)))

    work(app)

    job = stored(lambda: db.session.scalars(select(Job)).one())
    assert (job.state, job.problem) == (JobState.FAILED, background.NO_LONGER)
    assert sorted(statuses(stored, [row.id for row in crowd]).values()) == [
        *["active"] * 3,
        *["paused"] * 2,
    ]


@pytest.mark.usefixtures("small_steps")
def test_a_job_is_stopped_after_the_step_that_it_is_in(app, world, sign_in, stored, crowd):
    browser = sign_in(world.acme.admin)
    _, answer = ask(browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd")
    one_step(app)
    stored(lambda: db.session.execute(update(Job).values(beat_at=None)))

    stopped = browser.post(f"{answer.location}cancel")
    again = browser.post(f"{answer.location}cancel")

    job = job_at(app, world.acme.tenant.id, answer.location)
    assert (stopped.status_code, again.status_code) == (303, 409)
    assert (job.state, job.done, due(app)) == (JobState.CANCELLED, 2, [])
    assert "stopped by hand" in browser.get(answer.location).text
    assert [("job.cancelled", job.id, "Pausing partners")] == stored(
        lambda: [
            (one.kind, one.object_id, one.object_name)
            for one in db.session.scalars(
                select(AuditEvent).where(AuditEvent.kind == "job.cancelled")
            )
        ]
    )


def test_whoever_left_a_jobs_page_finds_it_again_in_the_audit(world, sign_in, crowd):
    browser = sign_in(world.acme.admin)
    _, answer = ask(browser, "/admin/partners/pause", ALL_PARTNERS)
    event = re.search(r'href="(/admin/audit/event_\w+/)"', browser.get("/admin/audit/").text)[1]

    assert f'<a href="{answer.location}">' in browser.get(event).text


def test_nobody_else_stops_or_undoes_a_job(world, sign_in, crowd):
    _, answer = ask(sign_in(world.acme.admin), "/admin/partners/pause", ALL_PARTNERS)

    for what in ("cancel", "undo"):
        assert sign_in(world.acme.support).post(f"{answer.location}{what}").status_code == 404


@pytest.mark.usefixtures("small_steps")
def test_undo_brings_back_what_is_still_as_the_job_left_it(app, world, sign_in, stored, crowd):
    browser = sign_in(world.acme.admin)
    job = done(app, world, browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd")
    browser.post(f"/admin/partners/{crowd[0].public_id}/resume")
    address = f"/admin/jobs/{job.public_id}/"
    offered = browser.get(address)

    answer = browser.post(f"{address}undo")
    again = browser.post(f"{address}undo")
    work(app)

    undo = job_at(app, world.acme.tenant.id, answer.location)
    assert "Offered for 10 more minutes" in offered.text
    assert (answer.status_code, again.status_code) == (303, 409)
    assert undo.result == {"Done": 4, "Unchanged": 0, "Refused": 1}
    assert set(statuses(stored, [row.id for row in crowd]).values()) == {"active"}
    assert "It was changed since." in browser.get(answer.location).text
    assert answer.location in browser.get(address).text


def test_undo_is_offered_for_ten_minutes(app, world, sign_in, stored, crowd):
    browser = sign_in(world.acme.admin)
    job = done(app, world, browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd")
    late = now() - WINDOW - timedelta(seconds=1)
    stored(lambda: db.session.execute(update(Job).values(finished_at=late)))

    answer = browser.post(f"/admin/jobs/{job.public_id}/undo")

    assert answer.status_code == 409


def test_what_a_job_did_is_not_undone_row_by_row(app, world, sign_in, stored, crowd):
    browser = sign_in(world.acme.admin)
    done(app, world, browser, "/admin/partners/pause", f"{ALL_PARTNERS}?q=crowd")
    event = stored(
        lambda: db.session.scalars(
            select(AuditEvent).where(AuditEvent.kind == "partner.paused").limit(1)
        ).one()
    )

    assert browser.post(f"/admin/audit/{event.public_id}/undo").status_code == 409


def test_the_trail_says_who_asked_for_what_over_which_rows(app, world, sign_in, stored, crowd):
    done(app, world, sign_in(world.acme.admin), "/admin/partners/tag", ALL_PARTNERS, tag="autumn")

    [event] = stored(
        lambda: db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "job.asked")).all()
    )
    assert event.actor_id == world.acme.admin.id
    assert event.after == {"list": ALL_PARTNERS, "rows": 7, "Tag": "autumn"}


def test_the_account_manager_of_all_is_set(app, world, sign_in, stored, crowd):
    job = done(
        app,
        world,
        sign_in(world.acme.admin),
        "/admin/partners/manager",
        ALL_PARTNERS,
        manager=world.acme.sales.public_id,
    )

    managers = read(stored, Partner.account_manager_id)
    assert job.result["Done"] == 7
    assert [row[0] for row in managers].count(world.acme.sales.id) == 7


def test_a_tag_that_is_none_is_told_beside_its_field(world, sign_in, crowd):
    answer = sign_in(world.acme.admin).post(
        "/admin/partners/tag", data={"all": ALL_PARTNERS, "tag": "a,b"}
    )

    assert answer.status_code == 422
    assert "without a comma" in answer.text


def test_what_takes_too_long_to_count_is_said_to_be_uncounted():
    many = Chosen([], None, ("partner", "partners"), Partner)

    assert many.many == "all partners that match"
    assert job_note(many, "partners.add_tag").startswith("Counting them takes too long")


@pytest.mark.parametrize(
    "address",
    [
        "/admin/leads/",
        "/admin/partners/new",
        "/admin/partners/?status=nonsense",
        "/admin/partners/?q=%00",
        "/nowhere",
        "https://evil.example/",
        "x",
    ],
)
def test_what_is_no_list_of_these_is_refused(world, sign_in, address):
    answer = sign_in(world.acme.admin).post("/admin/partners/pause", data={"all": address})

    assert answer.status_code == 400


def test_nothing_that_matches_is_said(world, sign_in):
    answer = sign_in(world.acme.admin).post(
        "/admin/partners/pause", data={"all": "/admin/partners/?q=nobody-is-called-so"}
    )

    assert answer.status_code == 400
    assert "Nothing matches" in answer.text


def test_sources_are_unassigned_and_given_back(app, world, sign_in, stored):
    browser = sign_in(world.acme.admin)
    job = done(
        app, world, browser, "/admin/sources/selected/unassign", "/admin/sources/?assigned=yes"
    )
    gone = read(stored, Source.id, Source.partner_id)
    stored(lambda: call(world.acme.source, received_at=now(), day=now().date()))
    answer = browser.post(f"/admin/jobs/{job.public_id}/undo")
    work(app)
    work_later(app)

    undo = job_at(app, world.acme.tenant.id, answer.location)
    back = dict(read(stored, Source.id, Source.partner_id))
    ours = {world.acme.source.id, world.acme.other_source.id}
    assert job.result["Done"] == 2
    assert all(partner_id is None for key, partner_id in gone if key in ours)
    assert undo.result["Done"] == 2
    assert back[world.acme.source.id] == world.acme.partner.id
    assert read(stored, Lead.partner_id) == [(world.acme.partner.id,)]
    assert len(read(stored, Assignment.id)) == 4


def test_sources_of_a_partners_tab_are_moved_to_the_partner_that_was_chosen(
    app, world, sign_in, stored, add
):
    add(lambda acme: source_of(acme.tenant, "acme-second", acme.partner, acme.admin))
    browser = sign_in(world.acme.admin)
    address = f"/admin/partners/{world.acme.partner.public_id}/sources/"
    chosen = browser.post("/admin/sources/selected/move", data={"all": address})

    job = done(
        app,
        world,
        browser,
        "/admin/sources/selected/move",
        address,
        partner=world.acme.other_partner.public_id,
    )

    assert "Move 2 sources to another partner" in chosen.text
    assert job.result == {"Done": 2, "Unchanged": 0, "Refused": 0}
    moved = dict(read(stored, Source.id, Source.partner_id))
    assert moved[world.acme.source.id] == world.acme.other_partner.id


def test_sources_are_assigned_and_those_that_are_with_somebody_are_listed(
    app, world, sign_in, stored
):
    job = done(
        app,
        world,
        sign_in(world.acme.admin),
        "/admin/sources/selected/assign",
        "/admin/sources/",
        partner=world.acme.partner.public_id,
    )

    assert job.result == {"Done": 1, "Unchanged": 1, "Refused": 1}
    assigned = dict(read(stored, Source.id, Source.partner_id))
    assert assigned[world.acme.free_source.id] == world.acme.partner.id


def test_a_partner_that_is_archived_meanwhile_takes_none_of_them(app, world, sign_in, stored):
    partner = world.acme.other_partner
    browser = sign_in(world.acme.admin)
    _, answer = ask(
        browser, "/admin/sources/selected/assign", "/admin/sources/", partner=partner.public_id
    )
    stored(lambda: pause(partner, PartnerStatus.ARCHIVED))

    work(app)

    job = job_at(app, world.acme.tenant.id, answer.location)
    assert job.problem == "acme-other is archived and takes no sources. Restore it first."


def test_a_list_that_cannot_be_narrowed_so_any_more_stops_the_job(app, world, sign_in, stored):
    partner = world.acme.partner
    browser = sign_in(world.acme.admin)
    address = f"/admin/partners/{partner.public_id}/sources/"
    _, answer = ask(browser, "/admin/sources/selected/unassign", address)
    gone = address.replace(partner.public_id, world.rival.partner.public_id)
    facts = {"list": gone, "until": str(partner.id), "terms": {}, "told": {}}
    stored(lambda: db.session.execute(update(Job).values(facts=facts)))

    work(app)

    assert job_at(app, world.acme.tenant.id, answer.location).problem == CHANGED


@pytest.mark.usefixtures("small_steps")
def test_a_job_goes_on_when_more_partners_get_such_a_name_than_a_list_shows(
    app, world, sign_in, stored, crowd, monkeypatch
):
    """A page can ask for more of the name; nobody reads what a job would ask."""
    monkeypatch.setattr(name_filters, "MOST", len(crowd))
    tenant, browser = world.acme.tenant, sign_in(world.acme.admin)
    stored(lambda: [source_of(tenant, f"of {row.name}", row, world.acme.admin) for row in crowd])
    _, answer = ask(browser, "/admin/sources/selected/unassign", "/admin/sources/?partner=crowd")
    one_step(app)
    stored(lambda: partner_of(tenant, "acme-crowd-one-too-many"))
    stored(lambda: db.session.execute(update(Job).values(beat_at=None)))

    work(app)

    job = job_at(app, tenant.id, answer.location)
    assert (job.state, job.problem, job.done) == (JobState.DONE, "", len(crowd))


def test_a_partner_has_to_be_chosen(world, sign_in):
    answer = sign_in(world.acme.admin).post(
        "/admin/sources/selected/assign", data={"all": "/admin/sources/", "asked": "1"}
    )

    assert answer.status_code == 422
    assert "Choose a partner." in answer.text


@pytest.fixture
def leads(add):
    """Two accepted leads, a duplicate and a test."""
    return add(
        lambda acme: [
            lead_of(acme, acme.source),
            lead_of(acme, acme.source),
            lead_of(acme, acme.source, state=LeadState.DUPLICATE),
            lead_of(acme, acme.source, is_test=True),
        ]
    )


@pytest.mark.usefixtures("small_steps")
def test_leads_are_returned_and_the_return_is_undone(app, world, sign_in, stored, leads):
    browser = sign_in(world.acme.validation)
    job = done(app, world, browser, "/admin/leads/return", "/admin/leads/", reason="Dead numbers")
    returned = [row.state.value for row in read(stored, Lead.state)]
    answer = browser.post(f"/admin/jobs/{job.public_id}/undo")
    work(app)

    undo = job_at(app, world.acme.tenant.id, answer.location)
    refused = browser.get(f"/admin/jobs/{job.public_id}/")
    assert job.result == {"Done": 2, "Unchanged": 0, "Refused": 1}
    assert returned.count("returned") == 2
    assert undo.result["Done"] == 2
    assert leads[2].public_id in refused.text
    assert "jane.doe@example.com" not in refused.text
    assert all(row.state is not LeadState.RETURNED for row in read(stored, Lead.state))


def test_leads_are_taken_back_and_that_is_undone(app, world, sign_in, stored, leads):
    browser = sign_in(world.acme.validation)
    done(app, world, browser, "/admin/leads/return", "/admin/leads/", reason="Dead numbers")
    job = done(app, world, browser, "/admin/leads/take-back", "/admin/leads/")
    browser.post(f"/admin/jobs/{job.public_id}/undo")
    work(app)

    reasons = [row.return_reason for row in read(stored, Lead.return_reason)]
    assert job.result == {"Done": 2, "Unchanged": 0, "Refused": 1}
    assert reasons.count("Dead numbers") == 2


def test_a_return_needs_its_reason(world, sign_in, leads):
    answer = sign_in(world.acme.admin).post(
        "/admin/leads/return", data={"all": "/admin/leads/", "confirmed": "1", "reason": " "}
    )

    assert answer.status_code == 422


def test_invites_are_sent_again_and_revoked(app, world, sign_in, stored, add):
    add(lambda acme: invite_of(acme.tenant, "acme-two@mail.example", acme.partner, acme.admin))
    browser = sign_in(world.acme.admin)

    sent = done(app, world, browser, "/admin/invites/resend", "/admin/invites/")
    asked = browser.post("/admin/invites/revoke/ask", data={"all": "/admin/invites/"})
    gone = done_at(app, world, browser, "/admin/invites/revoke", asked)
    again = done_at(app, world, browser, "/admin/invites/revoke", asked)

    states = stored(lambda: [i.state for i in db.session.scalars(select(Invite))])
    assert sent.result == {"Done": 2, "Unchanged": 0, "Refused": 0}
    assert gone.result["Done"] == 2
    assert again.result["Unchanged"] == 2
    assert states.count(InviteState.REVOKED) == 2


def done_at(app, world, browser, deed, asked):
    sent = {"all": "/admin/invites/", "until": UNTIL.search(asked.text)[1], "confirmed": "1"}
    answer = browser.post(deed, data=sent)
    work(app)
    return job_at(app, world.acme.tenant.id, answer.location)


def test_an_invite_that_cannot_be_sent_holds_up_none_of_the_others(
    app, world, sign_in, stored, add
):
    add(
        lambda acme: invite_of(
            acme.tenant, acme.partner_user.user.email, acme.partner, acme.admin, Role.PARTNER_ADMIN
        )
    )
    browser = sign_in(world.acme.admin)

    job = done(app, world, browser, "/admin/invites/resend", "/admin/invites/")

    page = browser.get(f"/admin/jobs/{job.public_id}/")
    assert job.result == {"Done": 1, "Unchanged": 0, "Refused": 1}
    assert "is a user already. Nothing was sent." in page.text


def test_more_invites_than_an_hour_allows_are_left_and_listed(app, world, sign_in, stored, add):
    add(
        lambda acme: [
            invite_of(acme.tenant, f"acme-{n}@mail.example", acme.partner, acme.admin)
            for n in range(51)
        ]
    )

    job = done(app, world, sign_in(world.acme.admin), "/admin/invites/resend", "/admin/invites/")

    assert job.result == {"Done": 50, "Unchanged": 0, "Refused": 2}


@pytest.fixture
def people(add):
    """Three more users of acme's partner, one of them its second Partner Admin."""
    return add(
        lambda acme: [
            member(f"acme-{n}", acme.tenant, role, acme.partner)
            for n, role in enumerate((Role.PARTNER_USER, Role.PARTNER_USER, Role.PARTNER_ADMIN))
        ]
    )


def test_people_are_removed_by_their_own_partner_admin_and_come_back(
    app, world, sign_in, stored, people
):
    browser = sign_in(world.acme.partner_admin)
    job = done(app, world, browser, "/partner/users/remove", "/partner/users/?role=partner_user")
    page = browser.get(f"/partner/jobs/{job.public_id}/")
    answer = browser.post(f"/partner/jobs/{job.public_id}/undo")
    work(app)

    undo = job_at(app, world.acme.tenant.id, answer.location)
    here = read(stored, Membership.id, Membership.removed_at)
    assert job.result == {"Done": 3, "Unchanged": 0, "Refused": 0}
    assert job.partner_id == world.acme.partner.id
    assert "Removing people" in page.text
    assert undo.result["Done"] == 3
    assert all(removed_at is None for _, removed_at in here)


def test_a_partner_admins_job_leaves_them_and_everybody_elses_people_alone(
    app, world, sign_in, stored, people
):
    other = stored(
        lambda: member("acme-other", world.acme.tenant, Role.PARTNER_USER, world.acme.other_partner)
    )

    job = done(
        app, world, sign_in(world.acme.partner_admin), "/partner/users/remove", "/partner/users/"
    )

    gone = dict(read(stored, Membership.id, Membership.removed_at))
    assert job.result["Refused"] == 1 + 1  # themselves, and whom the batch would leave as no Admin
    assert gone[other.id] is None
    assert gone[world.acme.partner_admin.id] is None


def test_a_partner_that_is_paused_meanwhile_stops_its_peoples_job(
    app, world, sign_in, stored, people
):
    ask(sign_in(world.acme.partner_admin), "/partner/users/remove", "/partner/users/")
    stored(lambda: pause(world.acme.partner, PartnerStatus.PAUSED))

    work(app)

    assert stored(lambda: db.session.scalars(select(Job)).one()).problem == background.NO_LONGER


def test_partner_people_choose_no_list_of_the_staff(world, sign_in):
    answer = sign_in(world.acme.partner_admin).post(
        "/partner/users/remove", data={"all": "/admin/users/"}
    )

    assert answer.status_code == 403


def test_roles_are_changed_where_that_changes_something(app, world, sign_in, stored, people):
    job = done(
        app,
        world,
        sign_in(world.acme.admin),
        "/admin/users/change-role",
        "/admin/users/",
        role="partner_admin",
    )

    assert job.result == {"Done": 3, "Unchanged": 2, "Refused": 0}


def test_a_role_that_nobody_chose_is_asked_for(world, sign_in, people):
    answer = sign_in(world.acme.admin).post(
        "/admin/users/change-role", data={"all": "/admin/users/", "confirmed": "1"}
    )

    assert answer.status_code == 422


def test_no_team_is_left_without_an_admin_by_a_job(app, world, sign_in, stored):
    job = done(
        app, world, sign_in(world.acme.admin), "/admin/team/remove", "/admin/team/", reason="Moved"
    )

    gone = dict(read(stored, Membership.id, Membership.removed_at))
    assert job.result == {"Done": 3, "Unchanged": 0, "Refused": 1}
    assert gone[world.acme.admin.id] is None
