"""Changing a role, removing a person, and bringing them back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import joinedload

from models import (
    AuditEvent,
    Invite,
    Letter,
    LoginSession,
    Membership,
    Role,
    Scope,
    across_tenants,
    db,
    enter,
    now,
)
from operations import memberships, removal, undo
from operations.refusal import Forbidden, Invalid, Refusal
from tests.conftest import actor_of
from tests.world import WEAK, invite_of, member, user_of


@pytest.fixture
def hire(app):
    """One more member, stored: `hire(world.acme, Role.ADMIN, "second")`."""

    def make(side, role, word, partner=None):
        with app.app_context(), across_tenants(db.session):
            made = member(f"{side.marker}-{word}", side.tenant, role, partner)
            db.session.commit()
            return made

    return make


def mine(row):
    """The same member, as this session reads it."""
    return db.session.scalar(
        select(Membership).where(Membership.id == row.id).options(joinedload(Membership.user))
    )


def letters(kind):
    return list(db.session.scalars(select(Letter).where(Letter.kind == kind)))


def role_of(row):
    return db.session.scalar(select(Membership.role).where(Membership.id == row.id))


def is_here(row):
    still = select(Membership.id).where(Membership.id == row.id, Membership.removed_at.is_(None))
    return db.session.scalar(still) is not None


def test_a_member_gets_another_role_and_a_letter_says_so(world, inside):
    with inside(world.acme) as actor:
        memberships.change_role(actor, mine(world.acme.partner_user), Role.PARTNER_ADMIN)

        [letter] = letters("role_changed")
        assert role_of(world.acme.partner_user) is Role.PARTNER_ADMIN
        assert letter.to_email == "acme-partner-user@mail.example"
        assert letter.facts["role_before"] == "Partner User"
        assert letter.facts["role"] == "Partner Admin"


def test_a_changed_role_is_audited_with_both_roles(world, inside):
    with inside(world.acme) as actor:
        told = memberships.change_role(actor, mine(world.acme.support), Role.SALES)

        assert told.kind == "member.role_changed"
        assert told.object_name == "acme-customer-support"
        assert (told.before, told.after) == ({"role": "customer_support"}, {"role": "sales"})


def test_the_role_somebody_has_already_is_refused(world, inside):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="is already Sales"):
        memberships.change_role(actor, mine(world.acme.sales), Role.SALES)


def test_a_staff_role_does_not_fit_into_a_partner(world, inside):
    with inside(world.acme) as actor, pytest.raises(Invalid) as refused:
        memberships.change_role(actor, mine(world.acme.partner_user), Role.SALES)

    assert refused.value.field == "role"


def test_nobody_grants_a_role_that_holds_more_than_their_own(world, inside):
    with inside(world.acme, world.acme.support) as actor, pytest.raises(Forbidden):
        memberships.change_role(actor, mine(world.acme.partner_user), Role.PARTNER_ADMIN)


def test_nobody_changes_a_person_whose_role_holds_more_than_their_own(world, inside):
    with inside(world.acme, world.acme.support) as actor, pytest.raises(Forbidden):
        memberships.remove(actor, mine(world.acme.partner_admin), "no reason helps")


@pytest.mark.parametrize("who", ["sales", "validation", "partner_user"])
def test_a_role_without_the_permission_removes_nobody(world, inside, who):
    with inside(world.acme, getattr(world.acme, who)) as actor, pytest.raises(Forbidden):
        memberships.remove(actor, world.acme.partner_user)


def test_somebody_else_may_not_be_given_a_new_role_while_looking_over_a_partners_shoulder(
    world, inside
):
    with inside(world.acme, world.acme.partner_admin) as actor:
        preview = type(actor)(**{**vars(actor), "is_preview": True})

        with pytest.raises(Forbidden):
            memberships.change_role(preview, mine(world.acme.partner_user), Role.PARTNER_ADMIN)


def test_the_last_partner_admin_cannot_be_demoted_from_the_partner_side(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        with pytest.raises(Refusal, match="last Partner Admin"):
            memberships.change_role(
                actor, mine(world.acme.partner_admin), Role.PARTNER_USER, "I want to"
            )

        assert role_of(world.acme.partner_admin) is Role.PARTNER_ADMIN


def test_the_last_partner_admin_cannot_be_removed_from_the_partner_side(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        with pytest.raises(Refusal, match="last Partner Admin"):
            memberships.remove(actor, mine(world.acme.partner_admin), "I want to")

        assert is_here(world.acme.partner_admin)


def test_a_partner_admin_may_go_when_another_stays(world, inside, hire):
    hire(world.acme, Role.PARTNER_ADMIN, "second", world.acme.partner)

    with inside(world.acme, world.acme.partner_admin) as actor:
        memberships.remove(actor, mine(world.acme.partner_admin))

        assert not is_here(world.acme.partner_admin)


def test_another_partners_admin_does_not_count(world, inside, hire):
    hire(world.acme, Role.PARTNER_ADMIN, "second", world.acme.other_partner)

    with inside(world.acme) as actor, pytest.raises(Invalid):
        memberships.remove(actor, mine(world.acme.partner_admin))


def test_a_suspended_admin_does_not_count(world, inside, hire, app):
    second = hire(world.acme, Role.ADMIN, "second")
    with app.app_context():
        db.session.merge(second.user).suspended_at = now()
        db.session.commit()

    with inside(world.acme) as actor, pytest.raises(Refusal, match="last Admin"):
        memberships.remove(actor, mine(world.acme.admin))


def test_staff_must_say_why_a_partner_loses_its_last_admin(world, inside):
    with inside(world.acme) as actor:
        with pytest.raises(Invalid) as refused:
            memberships.remove(actor, mine(world.acme.partner_admin), "  ")

        assert refused.value.field == "reason"
        assert is_here(world.acme.partner_admin)


def test_the_reason_staff_gave_is_audited(world, inside):
    with inside(world.acme) as actor:
        told = memberships.change_role(
            actor, mine(world.acme.partner_admin), Role.PARTNER_USER, " asked by phone "
        )

        assert told.after == {"role": "partner_user", "reason": "asked by phone"}


def test_a_tenants_last_admin_stays_whatever_the_reason(world, inside):
    with inside(world.acme) as actor:
        with pytest.raises(Refusal, match="last Admin"):
            memberships.change_role(actor, mine(world.acme.admin), Role.SALES, "tired")
        with pytest.raises(Refusal, match="last Admin"):
            memberships.remove(actor, mine(world.acme.admin), "tired")

        assert is_here(world.acme.admin)
        assert role_of(world.acme.admin) is Role.ADMIN


def test_an_admin_may_demote_themselves_when_another_stays(world, inside, hire):
    hire(world.acme, Role.ADMIN, "second")

    with inside(world.acme) as actor:
        memberships.change_role(actor, mine(world.acme.admin), Role.SALES)

        assert role_of(world.acme.admin) is Role.SALES


def test_removing_keeps_the_row_and_writes_a_letter(world, inside):
    with inside(world.acme) as actor:
        told = memberships.remove(actor, mine(world.acme.sales))

        [letter] = letters("removed")
        assert not is_here(world.acme.sales)
        assert mine(world.acme.sales).user.suspended_at is None
        assert letter.to_email == "acme-sales@mail.example"
        assert letter.facts["actor_email"] == "acme-admin@mail.example"
        assert told.kind == "member.removed"


def test_partner_people_know_staff_as_the_tenant(world, inside):
    with inside(world.acme) as actor:
        memberships.remove(actor, mine(world.acme.partner_user))

        [letter] = letters("removed")
        assert letter.facts["actor"] == "acme-tenant"
        assert letter.facts["actor_email"] == ""
        assert letter.facts["partner"] == "acme-partner"


def test_partner_people_know_each_other(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        memberships.remove(actor, mine(world.acme.partner_user))
        db.session.commit()

    with inside(world.acme):
        [letter] = letters("removed")
        assert letter.facts["actor_email"] == "acme-partner-admin@mail.example"


def test_the_pending_invites_a_removed_person_sent_are_revoked(world, inside, app):
    with app.app_context(), across_tenants(db.session):
        sender = world.acme.partner_user
        sent = invite_of(world.acme.tenant, "guest@mail.example", world.acme.partner, sender)
        db.session.commit()

    with inside(world.acme) as actor:
        told = memberships.remove(actor, mine(world.acme.partner_user))

        states = dict(db.session.execute(select(Invite.id, Invite.revoked_at)).all())
        assert states[sent.id] is not None
        assert states[world.acme.invite.id] is None
        assert told.after["invites_revoked"] == 1


def test_whoever_is_given_less_takes_back_what_they_could_not_offer_any_more(world, inside, app):
    with app.app_context(), across_tenants(db.session):
        tenant, sender = world.acme.tenant, world.acme.partner_admin
        more, same = (
            invite_of(tenant, f"{role}@mail.example", world.acme.partner, sender, role)
            for role in (Role.PARTNER_ADMIN, Role.PARTNER_USER)
        )
        db.session.commit()

    with inside(world.acme) as actor:
        told = memberships.change_role(
            actor, mine(world.acme.partner_admin), Role.PARTNER_USER, "left the company"
        )

        states = dict(db.session.execute(select(Invite.id, Invite.revoked_at)).all())
        assert states[more.id] is not None
        assert states[same.id] is None
        assert told.after["role"] == "partner_user"


def test_removing_twice_is_refused_the_second_time(world, inside):
    with inside(world.acme) as actor:
        person = mine(world.acme.sales)
        memberships.remove(actor, person)

        with pytest.raises(Refusal, match="same moment"):
            memberships.remove(actor, person)


def test_a_role_that_somebody_else_changed_meanwhile_is_left_alone(world, inside):
    with inside(world.acme) as actor:
        person = mine(world.acme.sales)
        table = Membership.__table__
        db.session.connection().execute(
            table.update().where(table.c.id == person.id).values(role="data_validation")
        )

        with pytest.raises(Refusal, match="same moment"):
            memberships.change_role(actor, person, Role.CUSTOMER_SUPPORT)


def test_several_are_removed_together_or_not_at_all(world, inside):
    with inside(world.acme) as actor:
        both = [mine(world.acme.partner_user), mine(world.acme.partner_admin)]

        with pytest.raises(Invalid):
            memberships.remove_all(actor, both)

        assert is_here(world.acme.partner_user)
        assert letters("removed") == []


def test_both_partner_admins_at_once_leave_none_behind_either(world, inside, hire):
    second = hire(world.acme, Role.PARTNER_ADMIN, "second", world.acme.partner)

    with inside(world.acme, world.acme.partner_admin) as actor, pytest.raises(Refusal):
        memberships.remove_all(actor, [mine(world.acme.partner_admin), mine(second)])


def test_changing_several_leaves_those_alone_who_have_the_role(world, inside, hire):
    second = hire(world.acme, Role.PARTNER_ADMIN, "second", world.acme.partner)

    with inside(world.acme) as actor:
        told = memberships.change_roles(
            actor, [mine(world.acme.partner_user), mine(second)], Role.PARTNER_ADMIN
        )

        assert [event.object_name for event in told] == ["acme-partner-user"]


@pytest.mark.parametrize("deed", ["remove", "change"])
def test_forty_take_as_many_statements_as_two(world, inside, hire, deed):
    people = [
        hire(world.acme, Role.PARTNER_USER, f"person{n}", world.acme.partner) for n in range(42)
    ]

    counts = []
    with inside(world.acme) as actor:
        for some in (people[:2], people[2:]):
            found = [mine(person) for person in some]
            counts.append(statements(lambda chosen=found: act(deed, actor, chosen)))

    assert counts[0] == counts[1]


def act(deed, actor, people):
    if deed == "remove":
        return memberships.remove_all(actor, people)
    return memberships.change_roles(actor, people, Role.PARTNER_ADMIN)


def statements(work):
    seen = []

    def note(*arguments):
        seen.append(arguments[2])

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_undo_brings_the_same_membership_back(world, inside):
    with inside(world.acme) as actor:
        told = memberships.remove(actor, mine(world.acme.partner_user))

        back = undo.undo(actor, told)

        assert is_here(world.acme.partner_user)
        assert back.kind == "member.restored"
        assert back.undoes_id == told.id


def test_undo_is_refused_after_ten_minutes(world, inside):
    with inside(world.acme) as actor:
        told = memberships.remove(actor, mine(world.acme.partner_user))
        told.at = now() - timedelta(minutes=11)

        with pytest.raises(Refusal, match="ten minutes"):
            undo.undo(actor, told)


def test_undo_is_refused_when_the_person_was_invited_again(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        told = memberships.remove(actor, mine(acme.partner_user))
        invite_of(acme.tenant, "ACME-partner-user@mail.example", acme.partner, acme.admin)

        with pytest.raises(Refusal, match="invited again"):
            undo.undo(actor, told)


@pytest.mark.parametrize("removed_at", [None, now()])
def test_undo_is_refused_when_the_person_joined_again(world, inside, removed_at):
    """Also where they were removed again, by somebody else: the first removal is over."""
    acme = world.acme
    with inside(acme) as actor:
        told = memberships.remove(actor, mine(acme.partner_user))
        again = Membership(
            user_id=acme.partner_user.user_id,
            partner_id=acme.partner.id,
            role=Role.PARTNER_USER,
            removed_at=removed_at,
        )
        db.session.add(again)
        db.session.flush()

        with pytest.raises(Refusal, match="joined again"):
            undo.undo(actor, told)


def test_undo_needs_the_permission_still(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        told = memberships.remove(actor, mine(acme.partner_user))
        demoted = type(actor)(**{**vars(actor), "role": Role.SALES})

        with pytest.raises(Forbidden):
            undo.undo(demoted, told)


def test_undo_of_a_membership_that_is_not_in_reach_is_refused(world, inside):
    with inside(world.acme) as actor:
        told = memberships.remove(actor, mine(world.acme.partner_user))
        lost = AuditEvent(kind=told.kind, object_id=told.id, actor_id=told.actor_id, at=now())

        with pytest.raises(Refusal, match="not there"):
            memberships.undo_remove(actor, lost)


def test_a_removed_person_can_join_again(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        memberships.remove(actor, mine(acme.partner_user))
        db.session.add(
            Membership(
                user_id=acme.partner_user.user_id,
                partner_id=acme.partner.id,
                role=Role.PARTNER_USER,
            )
        )
        db.session.commit()

        here = select(func.count()).where(Membership.user_id == acme.partner_user.user_id)
        assert db.session.scalar(here) == 2


@pytest.mark.parametrize("deed", ["demote", "remove"])
@pytest.mark.parametrize("where", ["tenant", "partner"])
def test_twenty_at_once_never_leave_a_place_without_an_admin(world, app, hire, where, deed):
    acme = world.acme
    if where == "tenant":
        admins = [acme.admin, hire(acme, Role.ADMIN, "second")]
    else:
        second = hire(acme, Role.PARTNER_ADMIN, "second", acme.partner)
        admins = [acme.partner_admin, second]
    start = threading.Barrier(20)

    def attack(number):
        by, target = admins[number % 2], admins[(number + 1) % 2]
        return in_a_session_of_its_own(app, by, target, deed, start)

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(attack, range(20)))

    assert outcomes.count("done") == 1
    with app.app_context():
        enter(db.session, Scope(acme.tenant.id))
        left = [row for row in admins if is_here(row) and role_of(row) is admins[0].role]
        assert len(left) == 1


def in_a_session_of_its_own(app, by, target, deed, start):
    with app.app_context():
        actor = actor_of(by)
        enter(db.session, Scope(actor.tenant_id, actor.partner_id))
        start.wait()
        try:
            person = mine(target)
            if deed == "demote":
                smaller = Role.PARTNER_USER if person.role.is_partner_role else Role.SALES
                memberships.change_role(actor, person, smaller)
            else:
                memberships.remove(actor, person)
            db.session.commit()
        except Refusal:
            db.session.rollback()
            return "refused"
        return "done"


def test_what_a_removal_changes_is_counted_before(world, inside, app, hire):
    acme = world.acme
    second = hire(acme, Role.PARTNER_ADMIN, "second", acme.partner)
    with app.app_context(), across_tenants(db.session):
        invite_of(acme.tenant, "guest@mail.example", acme.partner, acme.partner_admin)
        elsewhere = Membership(
            tenant_id=acme.tenant.id,
            user_id=acme.partner_admin.user_id,
            partner_id=acme.other_partner.id,
            role=Role.PARTNER_USER,
        )
        db.session.add_all([elsewhere, session_of(acme.partner_admin), old_session_of(second)])
        db.session.commit()

    with inside(acme):
        told = removal.consequences([mine(acme.partner_admin)], WEAK)

        assert [session.device for session in told.sessions] == ["a phone"]
        assert [invite.email for invite in told.invites] == ["guest@mail.example"]
        assert [left.user.name for left in told.admins_left] == [second.user.name]
        assert [place.partner.name for place in told.elsewhere] == ["acme-other"]
        assert told.bereft == []


@pytest.mark.parametrize(("limit", "counted"), [(None, 0), (60, 1), (10, 0)])
def test_sessions_are_counted_as_long_as_the_tenant_lets_them_idle(
    world, inside, app, limit, counted
):
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        db.session.merge(acme.tenant).idle_minutes = limit
        away = session_of(acme.partner_admin)
        away.last_seen_at = now() - timedelta(minutes=40)
        db.session.add(away)
        db.session.commit()

    with inside(acme):
        told = removal.consequences([mine(acme.partner_admin)], WEAK)

    assert len(told.sessions) == counted


def test_partner_people_do_not_learn_of_memberships_elsewhere(world, inside, app):
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        outsider = user_of("both@mail.example", "Both")
        here, there = (
            Membership(tenant_id=acme.tenant.id, user=outsider, partner_id=place.id,
                       role=Role.PARTNER_USER)
            for place in (acme.partner, acme.other_partner)
        )  # fmt: skip
        abroad = Membership(
            tenant_id=world.rival.tenant.id, user=outsider, role=Role.SALES, partner_id=None
        )
        db.session.add_all([here, there, abroad])
        db.session.commit()

    with inside(acme, acme.partner_admin):
        assert removal.consequences([mine(here)], WEAK).elsewhere == []
    with inside(acme):
        [place] = removal.consequences([mine(here)], WEAK).elsewhere
        assert place.partner.name == "acme-other"


def test_the_partners_somebody_manages_are_counted(world, inside):
    acme = world.acme
    with inside(acme):
        db.session.merge(acme.partner).account_manager_id = acme.sales.id
        db.session.flush()

        assert removal.consequences([mine(acme.sales)], WEAK).manages == 1


def session_of(row):
    return LoginSession(
        key_hash=str(row.id),
        user_id=row.user_id,
        tenant_id=row.tenant_id,
        membership_id=row.id,
        device="a phone",
    )


def old_session_of(row):
    made = session_of(row)
    made.last_seen_at = now() - timedelta(hours=2)
    return made
