"""Invites are sent, sent again and revoked, and the limits hold."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from sqlalchemy import event, func, select, update

from models import (
    AuditEvent,
    Invite,
    InviteState,
    Letter,
    LetterState,
    Membership,
    PartnerStatus,
    Role,
    across_tenants,
    db,
    now,
)
from operations import invites, letters
from operations.invites import Limits, Outcome
from operations.refusal import Forbidden, Gone, Invalid, Refusal, TooMany
from operations.sessions import fingerprint
from policy import command_line

USER = Role.PARTNER_USER


def send(actor, partner, text, role=USER, message="", **limits):
    return invites.send(actor, partner, text, role, message, Limits(**limits))


def the_invite(side):
    return db.session.get_one(Invite, (side.tenant.id, side.invite.id), populate_existing=True)


def letter_of(invite):
    identifier = (invite.tenant_id, invite.letter_id)
    return db.session.get_one(Letter, identifier, populate_existing=True)


def expire(invite):
    invite.expires_at = now() - timedelta(hours=1)
    db.session.flush()


def kinds():
    return list(db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)))


# Sending ---------------------------------------------------------------------------------------


def test_an_invite_is_written_with_its_letter_and_its_event(world, inside):
    with inside(world.acme) as actor:
        (result,) = send(actor, world.acme.partner, "Ann@mail.example", message="Hello")

        invite, letter = result.invite, letter_of(result.invite)
        assert result.outcome is Outcome.INVITED
        assert (invite.email, invite.role, invite.state) == ("ann@mail.example", USER, "pending")
        assert invite.token_hash is None
        assert (letter.state, letter.to_email) == (LetterState.QUEUED, "ann@mail.example")
        assert letter.facts["message"] == "Hello"
        assert letter.facts["partner"] == "acme-partner"
        assert letter.facts["new_person"] is True
        assert kinds() == ["invite.sent"]


def test_each_address_gets_a_result_and_the_good_ones_are_invited(world, inside):
    with inside(world.acme) as actor:
        typed = "new@mail.example acme-invitee@mail.example acme-partner-user@mail.example x@y,z"

        results = send(actor, world.acme.partner, typed)

        assert [result.outcome for result in results] == [
            Outcome.INVITED,
            Outcome.PENDING,
            Outcome.MEMBER,
            Outcome.INVALID,
        ]
        assert results[1].invite.id == world.acme.invite.id
        assert results[2].member.id == world.acme.partner_user.id
        assert [result.stays for result in results] == [False, False, False, True]


def test_a_member_of_one_partner_can_be_invited_to_another(world, inside):
    with inside(world.acme) as actor:
        (result,) = send(actor, world.acme.other_partner, "acme-partner-user@mail.example")

        assert result.outcome is Outcome.INVITED
        assert letter_of(result.invite).facts["new_person"] is False


def test_staff_are_invited_without_a_partner(world, inside):
    with inside(world.acme) as actor:
        results = send(actor, None, "new@mail.example acme-sales@mail.example", Role.SALES)

        assert [result.outcome for result in results] == [Outcome.INVITED, Outcome.MEMBER]
        assert letter_of(results[0].invite).facts["partner"] is None


def test_an_expired_invite_is_replaced(world, inside):
    with inside(world.acme) as actor:
        old = the_invite(world.acme)
        expire(old)

        (result,) = send(actor, world.acme.partner, old.email)

        assert result.outcome is Outcome.INVITED
        assert the_invite(world.acme).replaced_at is not None


def test_the_tenants_own_lifetime_counts(world, inside):
    with inside(world.acme) as actor:
        world.acme.tenant.invite_days = 3
        db.session.merge(world.acme.tenant)

        (result,) = send(actor, world.acme.partner, "new@mail.example")

        assert now() + timedelta(days=2) < result.invite.expires_at < now() + timedelta(days=4)


def test_fifty_addresses_take_as_many_statements_as_two(world, inside):
    with inside(world.acme) as actor:
        few = statements(lambda: send(actor, world.acme.partner, "a@mail.example b@mail.example"))
        many = " ".join(f"p{number}@mail.example" for number in range(40))

        more = statements(lambda: send(actor, world.acme.partner, many))

        assert more <= few


def statements(deed):
    count = []
    listener = lambda *_: count.append(1)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    deed()
    event.remove(db.engine, "before_cursor_execute", listener)
    return len(count)


# Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["support", "sales"])
def test_nobody_grants_more_than_they_hold(world, inside, who):
    with inside(world.acme, getattr(world.acme, who)) as actor, pytest.raises(Forbidden):
        send(actor, world.acme.partner, "new@mail.example", Role.PARTNER_ADMIN)


@pytest.mark.parametrize("who", ["validation", "partner_user"])
def test_a_role_without_the_permission_sends_nothing(world, inside, who):
    with inside(world.acme, getattr(world.acme, who)) as actor, pytest.raises(Forbidden):
        send(actor, world.acme.partner, "new@mail.example")


def test_only_those_who_manage_the_team_invite_staff(world, inside):
    with inside(world.acme, world.acme.support) as actor, pytest.raises(Forbidden):
        send(actor, None, "new@mail.example", Role.SALES)


def test_a_preview_sends_nothing(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor, pytest.raises(Forbidden):
        send(replace(actor, is_preview=True), world.acme.partner, "new@mail.example")


def test_a_staff_role_is_not_given_at_a_partner(world, inside):
    with inside(world.acme) as actor, pytest.raises(Invalid):
        send(actor, world.acme.partner, "new@mail.example", Role.SALES)


def test_an_archived_partner_invites_nobody(world, inside):
    with inside(world.acme) as actor:
        world.acme.partner.status = PartnerStatus.ARCHIVED

        with pytest.raises(Refusal, match="archived"):
            send(actor, world.acme.partner, "new@mail.example")


def test_a_partner_admin_invites_to_their_own_partner(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        results = send(actor, world.acme.partner, "new@mail.example", Role.PARTNER_ADMIN)

        assert letter_of(results[0].invite).partner_id == world.acme.partner.id


# Limits ----------------------------------------------------------------------------------------


def test_a_sender_has_a_limit_per_hour(world, inside):
    with inside(world.acme) as actor:
        results = send(actor, world.acme.partner, "a@m.example b@m.example c@m.example", per_hour=2)

        assert [result.outcome for result in results][1:] == [Outcome.INVITED, Outcome.LIMITED]
        assert results[2].stays
        (later,) = send(actor, world.acme.partner, "c@m.example", per_hour=2)
        assert later.sentence == (
            "Nothing was sent. You sent 2 invites within an hour. Try again in 60 minutes."
        )


def test_a_limit_says_when_the_first_of_the_hour_is_over(world, inside):
    with inside(world.acme) as actor:
        with time_machine.travel(now() - timedelta(minutes=42, seconds=30)):
            send(actor, world.acme.partner, "a@m.example", per_hour=2)
        send(actor, world.acme.partner, "b@m.example", per_hour=2)

        (later,) = send(actor, world.acme.partner, "c@m.example", per_hour=2)

        assert later.sentence.endswith("Try again in 18 minutes.")


def test_a_partner_has_a_limit_of_pending_invites(world, inside):
    with inside(world.acme) as actor:
        results = send(actor, world.acme.partner, "a@m.example b@m.example", pending=2)

        assert [result.outcome for result in results] == [Outcome.INVITED, Outcome.LIMITED]


def test_an_address_gets_a_few_mails_a_day_whatever_happens_to_its_invites(world, inside):
    with inside(world.acme) as actor:
        for _ in range(2):
            (result,) = send(actor, world.acme.partner, "a@m.example", mails_per_day=2)
            invites.revoke(actor, result.invite)

        (result,) = send(actor, world.acme.other_partner, "A@m.example", mails_per_day=2)

        assert result.outcome is Outcome.LIMITED


def test_resending_counts_too(world, inside):
    with inside(world.acme) as actor:
        for _ in range(2):
            invites.resend(actor, world.acme.invite, Limits(mails_per_day=3))

        with pytest.raises(TooMany, match="within a day"):
            invites.resend(actor, world.acme.invite, Limits(mails_per_day=3))


def test_the_limits_hold_when_many_send_at_the_same_moment(world, inside):
    def one(number):
        with inside(world.acme) as actor:
            (result,) = send(actor, world.acme.partner, f"p{number}@m.example", pending=5)
            db.session.commit()
            return result.outcome

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(one, range(12)))

    assert outcomes.count(Outcome.INVITED) == 4  # one was pending before


def test_one_address_invited_twice_at_the_same_moment_gets_one_invite(world, inside):
    def one(_):
        with inside(world.acme) as actor:
            (result,) = send(actor, world.acme.partner, "new@mail.example")
            db.session.commit()
            return result.outcome

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(8)))

    assert sorted(outcomes) == [Outcome.INVITED] + [Outcome.PENDING] * 7


# Resending -------------------------------------------------------------------------------------


def test_resending_kills_the_old_link_at_once_and_starts_the_clock_again(world, inside):
    with inside(world.acme) as actor:
        invite = the_invite(world.acme)
        invite.token_hash, before = "old", invite.letter_id
        expire(invite)

        invites.resend(actor, invite)

        again = the_invite(world.acme)
        assert (again.token_hash, again.times_sent, again.state) == (None, 2, "pending")
        assert again.letter_id != before
        assert kinds() == ["invite.resent"]


@pytest.mark.parametrize(
    ("sender", "place", "from_whom"),
    [
        ("admin", "partner", "acme-admin of acme-tenant"),
        ("partner_admin", "partner", "acme-partner-admin (acme-partner-admin@mail.example)"),
        ("admin", None, "acme-admin (acme-admin@mail.example)"),
    ],
)
def test_partner_people_get_the_name_of_staff_but_no_address(
    world, inside, settings, sender, place, from_whom
):
    acme = world.acme
    partner, role = (acme.partner, USER) if place else (None, Role.SALES)
    with inside(acme, getattr(acme, sender)) as actor:
        (result,) = send(actor, partner, "ann@mail.example", role)
        link = {"link": "/invites/x"}
        envelope = letters.write(letter_of(result.invite), acme.tenant, link, settings)

    message = message_from_bytes(envelope.content, policy=default)
    bodies = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    for text in bodies:
        said = " ".join(re.sub(r"<[^>]+>", "", text).split())
        assert f"{from_whom} invites you to" in said
        assert ("acme-admin@" in said) == (place is None)
    assert message["Reply-To"] is None


def test_a_letter_that_waits_is_withdrawn_when_a_newer_one_is_written(world, inside):
    with inside(world.acme) as actor:
        (result,) = send(actor, world.acme.partner, "new@mail.example")
        first = letter_of(result.invite)

        invites.resend(actor, result.invite)

        db.session.refresh(first)
        assert first.state is LetterState.WITHDRAWN
        with pytest.raises(Gone):
            invites.fresh_link(first)


@pytest.mark.parametrize("ended", ["accepted_at", "declined_at", "revoked_at", "replaced_at"])
def test_an_invite_that_has_ended_is_neither_resent_nor_revoked(world, inside, ended):
    with inside(world.acme) as actor:
        setattr(the_invite(world.acme), ended, now())
        db.session.flush()

        with pytest.raises(Refusal):
            invites.resend(actor, world.acme.invite)
        with pytest.raises(Refusal):
            invites.revoke(actor, world.acme.invite)


def test_somebody_who_is_in_already_is_not_mailed_again(world, inside):
    with inside(world.acme) as actor:
        the_invite(world.acme).email = "acme-partner-user@mail.example"
        db.session.flush()

        with pytest.raises(Refusal, match="user already"):
            invites.resend(actor, world.acme.invite)


def test_an_invite_to_an_archived_partner_is_not_mailed_again(world, inside):
    with inside(world.acme) as actor:
        db.session.merge(world.acme.partner).status = PartnerStatus.ARCHIVED
        db.session.flush()

        with pytest.raises(Refusal, match="archived"):
            invites.resend(actor, world.acme.invite)


def test_an_invite_for_more_than_ones_own_role_is_not_ones_to_handle(world, inside):
    with inside(world.acme, world.acme.sales) as actor:
        the_invite(world.acme).role = Role.PARTNER_ADMIN
        db.session.flush()

        for deed in (invites.resend, invites.revoke):
            with pytest.raises(Forbidden):
                deed(actor, world.acme.invite)


def test_twenty_resends_at_once_leave_one_letter_and_one_live_link(world, inside):
    def one(_):
        with inside(world.acme) as actor:
            invites.resend(actor, world.acme.invite, Limits(mails_per_day=100))
            db.session.commit()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(20)))

    with inside(world.acme):
        waiting = db.session.scalars(
            select(Letter).where(Letter.withdrawn_at.is_(None), Letter.sent_at.is_(None))
        ).all()
        invite = the_invite(world.acme)
        assert [letter.id for letter in waiting] == [invite.letter_id]
        assert invite.times_sent == 21
        assert invites.fresh_link(waiting[0])


@pytest.mark.parametrize(
    "deed",
    [
        invites.resend,
        invites.revoke,
        lambda actor, invite: invites.change_roles(
            actor, {invite.id: Role.PARTNER_ADMIN}, [invite]
        ),
    ],
)
def test_an_invite_that_is_answered_at_the_same_moment_stays_as_it_was_answered(
    world, inside, deed
):
    with inside(world.acme) as actor, answered_just_before_an_update(world.acme.invite):
        with pytest.raises(Refusal, match="at the same moment"):
            deed(actor, world.acme.invite)

        assert kinds() == []


@contextmanager
def answered_just_before_an_update(invite):
    """Accept the invite after an operation looked at it and before it changes it."""

    def answer(state):
        if state.is_update and not state.execution_options.get("answers"):
            db.session.execute(
                update(Invite)
                .where(Invite.id == invite.id)
                .values(accepted_at=now())
                .execution_options(answers=True, synchronize_session=False)
            )

    event.listen(db.session, "do_orm_execute", answer)
    yield
    event.remove(db.session, "do_orm_execute", answer)


# Links -----------------------------------------------------------------------------------------


def test_a_link_is_made_when_it_is_mailed_and_only_its_hash_is_kept(world, inside):
    with inside(world.acme):
        token = invites.fresh_link(letter_of(the_invite(world.acme)))

        code, _, secret = token.partition(".")
        assert code == world.acme.tenant.code
        assert len(secret) == 43
        assert the_invite(world.acme).token_hash == fingerprint(token)


def test_an_expired_invite_gets_no_link(world, inside):
    with inside(world.acme):
        expire(the_invite(world.acme))

        with pytest.raises(Gone):
            invites.fresh_link(letter_of(the_invite(world.acme)))


def test_a_link_is_copied_once_and_audited_without_it(world, inside, settings):
    with inside(world.acme) as actor:
        token = invites.copy_link(actor, world.acme.invite, settings)

        assert the_invite(world.acme).token_hash == fingerprint(token)
        (noted,) = db.session.scalars(select(AuditEvent))
        assert noted.kind == "invite.link_copied"
        assert token not in str(noted.after) + str(noted.before)


def test_a_link_is_copied_by_staff_only(world, inside, settings):
    with inside(world.acme, world.acme.partner_admin) as actor, pytest.raises(Forbidden):
        invites.copy_link(actor, world.acme.invite, settings)


def test_no_link_is_copied_where_mail_works(world, inside, settings):
    with inside(world.acme) as actor, pytest.raises(Refusal, match="Mails are sent"):
        invites.copy_link(actor, world.acme.invite, replace(settings, mail_server="mail.example"))


def test_no_link_is_copied_of_an_invite_that_is_not_pending(world, inside, settings):
    with inside(world.acme) as actor:
        expire(the_invite(world.acme))

        with pytest.raises(Refusal, match="no longer pending"):
            invites.copy_link(actor, world.acme.invite, settings)


# Revoking, roles -------------------------------------------------------------------------------


def test_revoking_ends_the_invite_and_takes_its_letter_back(world, inside):
    with inside(world.acme) as actor:
        (result,) = send(actor, world.acme.partner, "new@mail.example")

        invites.revoke(actor, result.invite)

        invite = db.session.get(Invite, (world.acme.tenant.id, result.invite.id))
        db.session.refresh(invite)
        assert invite.state is InviteState.REVOKED
        assert letter_of(invite).state is LetterState.WITHDRAWN
        assert kinds() == ["invite.sent", "invite.revoked"]


def test_what_a_removed_member_sent_is_revoked(world, inside):
    with inside(world.acme) as actor:
        send(actor, world.acme.partner, "a@m.example b@m.example")

        count = invites.revoke_sent_by(actor, world.acme.admin)

        assert count == 3
        assert invites.revoke_sent_by(actor, world.acme.admin) == 0
        assert kinds().count("invite.revoked") == 3
        assert db.session.scalar(select(func.count()).where(Letter.withdrawn_at.is_not(None))) == 2


def test_what_an_invite_offers_can_change_while_it_is_pending(world, inside):
    with inside(world.acme) as actor:
        invite = the_invite(world.acme)

        changed = invites.change_roles(actor, {invite.id: Role.PARTNER_ADMIN}, [invite])

        assert changed == 1
        assert the_invite(world.acme).role is Role.PARTNER_ADMIN
        assert invites.change_roles(actor, {invite.id: Role.PARTNER_ADMIN}, [invite]) == 0
        assert kinds() == ["invite.role_changed"]


@pytest.mark.parametrize(
    ("who", "role", "refusal"),
    [
        ("sales", Role.PARTNER_ADMIN, Forbidden),
        ("admin", Role.SALES, Invalid),
        ("partner_user", Role.PARTNER_ADMIN, Forbidden),
    ],
)
def test_a_role_that_is_not_ones_to_give_is_not_offered(world, inside, who, role, refusal):
    with inside(world.acme, getattr(world.acme, who)) as actor, pytest.raises(refusal):
        invites.change_roles(actor, {world.acme.invite.id: role}, [world.acme.invite])


def test_the_role_of_an_expired_invite_stays(world, inside):
    with inside(world.acme) as actor:
        expire(the_invite(world.acme))

        with pytest.raises(Refusal, match="no longer pending"):
            invites.change_roles(
                actor, {world.acme.invite.id: Role.PARTNER_ADMIN}, [world.acme.invite]
            )


def test_nothing_of_another_tenant_is_touched(world, inside):
    with inside(world.acme) as actor:
        send(actor, world.acme.partner, "rival-invitee@mail.example")
        db.session.commit()

    with inside(world.rival), across_tenants(db.session):
        assert the_invite(world.rival).state is InviteState.PENDING


def test_somebody_who_was_just_removed_invites_nobody(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        sender = db.session.get_one(Membership, (actor.tenant_id, actor.membership_id))
        sender.removed_at = now()
        db.session.flush()

        with pytest.raises(Forbidden):
            send(actor, world.acme.partner, "late@mail.example")


def test_somebody_who_was_just_demoted_invites_nobody(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        sender = db.session.get_one(Membership, (actor.tenant_id, actor.membership_id))
        sender.role = Role.PARTNER_USER
        db.session.flush()

        with pytest.raises(Forbidden):
            send(actor, world.acme.partner, "late@mail.example")


def test_the_command_line_invites_too(world, inside):
    with inside(world.acme):
        results = send(command_line(world.acme.tenant.id), world.acme.partner, "new@mail.example")

        assert [result.outcome for result in results] == [Outcome.INVITED]
