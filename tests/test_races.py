"""Races: twenty people do the same thing at the same moment, over two workers, again and again.

Five rounds in the suite; `INFLOW_ROUNDS=50 python -m pytest tests/test_races.py` runs fifty.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice

import pytest
from sqlalchemy import func, select

from models import (
    Assignment,
    AuditEvent,
    Invite,
    Letter,
    Membership,
    Role,
    Source,
    User,
    across_tenants,
    db,
)
from operations.sessions import fingerprint
from tests.servers import ROUNDS, at_once, serving, somebody
from tests.world import invite_of, member, source_of, user_of

CROWD = 20
DONE = 303
rounds = pytest.mark.parametrize("number", range(ROUNDS), ids=lambda number: f"round-{number + 1}")


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("races"))) as site:
        yield site


@pytest.fixture
def stored(app):
    """Ask the database what really happened: `stored(select(…))` gives the one value."""

    def ask(statement):
        with app.app_context(), across_tenants(db.session):
            return db.session.scalar(statement)

    return ask


@contextmanager
def setting_up(app):
    with app.app_context(), across_tenants(db.session):
        yield
        db.session.commit()


def crowd(*deeds: Callable):
    """Twenty deeds, in turn one of these, all at once; nobody ever meets a failure."""
    answers = at_once(list(islice(cycle(deeds), CROWD)))
    failures = [answer.status for answer in answers if answer.status >= 500]
    assert failures == []
    return [answer.status for answer in answers]


def pending(app, side, email):
    """Invite an address, and know the token that its mail would have."""
    token = f"{side.tenant.code}.{email}"
    with setting_up(app):
        invite = invite_of(side.tenant, email, side.partner, side.admin)
        invite.token_hash = fingerprint(token)
    return invite, token


def memberships_of(email):
    return (
        select(func.count())
        .select_from(Membership)
        .join(Membership.user)
        .where(User.email_key == email, Membership.removed_at.is_(None))
    )


@rounds
def test_one_link_makes_one_member_of_a_new_person(app, world, site, stored, number):
    email = f"acme-new-{number}@mail.example"
    _, token = pending(app, world.acme, email)
    nobody = somebody(site, app)

    crowd(lambda: nobody.post(f"/invites/{token}", name="New", password="four words in a row"))

    assert stored(memberships_of(email)) == 1
    assert stored(events("invite.accepted")) == 1


@rounds
def test_one_link_makes_one_member_of_somebody_with_an_account(app, world, site, stored, number):
    email = f"acme-known-{number}@mail.example"
    invite, token = pending(app, world.acme, email)
    with setting_up(app):
        elsewhere = Membership(
            tenant_id=world.rival.tenant.id,
            user=user_of(email, "Known"),
            role=Role.SALES,
        )
        db.session.add(elsewhere)
    person = somebody(site, app, elsewhere)

    crowd(lambda: person.post(f"/invites/{token}"))

    of_acme = Membership.tenant_id == invite.tenant_id
    assert stored(memberships_of(email).where(of_acme)) == 1
    assert stored(events("invite.accepted")) == 1


@rounds
def test_accepting_and_revoking_at_once_is_one_of_both(app, world, site, stored, number):
    email = f"acme-torn-{number}@mail.example"
    invite, token = pending(app, world.acme, email)
    nobody, staff = somebody(site, app), somebody(site, app, world.acme.admin)
    revoking = f"/admin/partners/{world.acme.partner.public_id}/invites/revoke"

    crowd(
        lambda: nobody.post(f"/invites/{token}", name="New", password="four words in a row"),
        lambda: staff.post(revoking, id=invite.public_id, confirmed="1"),
    )

    was_revoked = stored(select(Invite.revoked_at).where(Invite.id == invite.id)) is not None
    assert stored(memberships_of(email)) == (0 if was_revoked else 1)


@rounds
def test_resends_leave_one_letter_and_count_right(app, world, site, stored, number):
    email = f"acme-again-{number}@mail.example"
    invite, _ = pending(app, world.acme, email)
    staff = somebody(site, app, world.acme.admin)
    colleague = somebody(site, app, world.acme.support)
    address = f"/admin/partners/{world.acme.partner.public_id}/invites/resend"

    statuses = crowd(
        lambda: staff.post(address, id=invite.public_id),
        lambda: colleague.post(address, id=invite.public_id),
    )

    waiting = (Letter.to_email == email, Letter.sent_at.is_(None), Letter.withdrawn_at.is_(None))
    assert DONE in statuses
    assert stored(select(Invite.times_sent).where(Invite.id == invite.id)) == 1 + statuses.count(
        DONE
    )
    assert stored(select(func.count()).select_from(Letter).where(*waiting)) == 1


@rounds
@pytest.mark.parametrize("deed", ["change-role", "remove"])
def test_a_tenant_keeps_an_admin(app, world, site, stored, number, deed):
    acme = world.acme
    with setting_up(app):
        second = member("acme-second", acme.tenant, Role.ADMIN)
    fields = {"role": Role.SALES.value, "confirmed": "1", "reason": f"round {number}"}

    crowd(*mutually(app, site, (acme.admin, second), f"/admin/team/{deed}", fields))

    assert stored(admins(acme, Role.ADMIN)) >= 1


@rounds
@pytest.mark.parametrize("deed", ["change-role", "remove"])
def test_a_partner_keeps_an_admin(app, world, site, stored, number, deed):
    acme = world.acme
    with setting_up(app):
        second = member("acme-second", acme.tenant, Role.PARTNER_ADMIN, acme.partner)
    fields = {"role": Role.PARTNER_USER.value, "confirmed": "1", "reason": f"round {number}"}

    crowd(*mutually(app, site, (acme.partner_admin, second), f"/partner/users/{deed}", fields))

    assert stored(admins(acme, Role.PARTNER_ADMIN)) >= 1


@rounds
def test_one_source_is_assigned_to_one_partner(app, world, site, stored, number):
    acme = world.acme
    with setting_up(app):
        source = source_of(acme.tenant, f"acme-wanted-{number}")
    staff, colleague = somebody(site, app, acme.admin), somebody(site, app, acme.support)
    addresses = [
        f"/admin/partners/{partner.public_id}/sources/assign"
        for partner in (acme.partner, acme.other_partner)
    ]

    statuses = crowd(
        *(
            lambda person=person, address=address: person.post(
                address, source=source.public_id, credit="leave"
            )
            for person in (staff, colleague)
            for address in addresses
        )
    )

    open_ones = select(Assignment.partner_id).where(
        Assignment.source_id == source.id, Assignment.ended_at.is_(None)
    )
    assert statuses.count(DONE) == 1
    assert stored(select(func.count()).select_from(open_ones.subquery())) == 1
    assert stored(select(Source.partner_id).where(Source.id == source.id)) == stored(open_ones)
    assert stored(events("source.assigned")) == 1


def mutually(app, site, people, address, fields):
    """Each of the two does it to the other and to themselves."""
    return [
        lambda person=somebody(site, app, actor), target=target: person.post(
            address, id=target.public_id, **fields
        )
        for actor in people
        for target in people
    ]


def admins(side, role):
    return (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.tenant_id == side.tenant.id,
            Membership.role == role,
            Membership.removed_at.is_(None),
        )
    )


def events(kind):
    return select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind)
