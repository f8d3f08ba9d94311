"""Races: twenty people do the same thing at the same moment, over two workers, again and again.

Five rounds in the suite; `INFLOW_ROUNDS=50 python -m pytest tests/test_races.py` runs fifty.
"""

from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle, islice

import pytest
from sqlalchemy import func, select

from models import (
    Assignment,
    AuditEvent,
    FieldMapping,
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
NEW_PERSON = {"name": "New", "password": "four words in a row"}
pytestmark = pytest.mark.parametrize("number", range(ROUNDS), ids=lambda n: f"round-{n + 1}")


class Track:
    """Where races are run: a site, its world, and the database that knows what happened."""

    def __init__(self, app, world, site):
        self.app, self.acme, self.rival, self.site = app, world.acme, world.rival, site

    @contextmanager
    def setting_up(self):
        with self.app.app_context(), across_tenants(db.session):
            yield
            db.session.commit()

    def stored(self, statement):
        with self.app.app_context(), across_tenants(db.session):
            return db.session.scalar(statement)

    def count(self, table, *where):
        return self.stored(select(func.count()).select_from(table).where(*where))

    def somebody(self, person=None):
        return somebody(self.site, self.app, person)

    def pending(self, email):
        """Invite an address, and know the token that its mail would have."""
        token = f"{self.acme.tenant.code}.{email}"
        with self.setting_up():
            invite = invite_of(self.acme.tenant, email, self.acme.partner, self.acme.admin)
            invite.token_hash = fingerprint(token)
        return invite, token

    def members(self, email, tenant):
        user = select(User.id).where(User.email_key == email).scalar_subquery()
        of_tenant = (Membership.user_id == user, Membership.tenant_id == tenant.id)
        return self.count(Membership, *of_tenant, Membership.removed_at.is_(None))

    def admins(self, role):
        of_acme = (Membership.tenant_id == self.acme.tenant.id, Membership.role == role)
        return self.count(Membership, *of_acme, Membership.removed_at.is_(None))

    def events(self, kind):
        return self.count(AuditEvent, AuditEvent.kind == kind)


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("races"))) as site:
        yield site


@pytest.fixture
def track(app, world, site):
    return Track(app, world, site)


def crowd(*deeds):
    """Twenty deeds, in turn one of these, all at once; nobody ever meets a failure."""
    answers = at_once(list(islice(cycle(deeds), CROWD)))
    statuses = [answer.status for answer in answers]
    assert [status for status in statuses if status >= 500] == []
    return statuses


def test_one_link_makes_one_member_of_a_new_person(track, number):
    email = f"acme-new-{number}@mail.example"
    _, token = track.pending(email)
    nobody = track.somebody()

    crowd(partial(nobody.post, f"/invites/{token}", **NEW_PERSON))

    assert track.members(email, track.acme.tenant) == 1
    assert track.events("invite.accepted") == 1


def test_one_link_makes_one_member_of_somebody_with_an_account(track, number):
    email = f"acme-known-{number}@mail.example"
    _, token = track.pending(email)
    with track.setting_up():
        user = user_of(email, "Known")
        elsewhere = Membership(tenant_id=track.rival.tenant.id, user=user, role=Role.SALES)
        db.session.add(elsewhere)
    person = track.somebody(elsewhere)

    crowd(partial(person.post, f"/invites/{token}"))

    assert track.members(email, track.acme.tenant) == 1
    assert track.events("invite.accepted") == 1


def test_accepting_and_revoking_at_once_is_one_of_both(track, number):
    email = f"acme-torn-{number}@mail.example"
    invite, token = track.pending(email)
    nobody, staff = track.somebody(), track.somebody(track.acme.admin)
    revoking = f"/admin/partners/{track.acme.partner.public_id}/invites/revoke"

    crowd(
        partial(nobody.post, f"/invites/{token}", **NEW_PERSON),
        partial(staff.post, revoking, id=invite.public_id, confirmed="1"),
    )

    was_revoked = track.stored(select(Invite.revoked_at).where(Invite.id == invite.id))
    assert track.members(email, track.acme.tenant) == (0 if was_revoked else 1)


def test_resends_leave_one_letter_and_are_counted(track, number):
    email = f"acme-again-{number}@mail.example"
    invite, _ = track.pending(email)
    people = track.somebody(track.acme.admin), track.somebody(track.acme.support)
    address = f"/admin/partners/{track.acme.partner.public_id}/invites/resend"

    statuses = crowd(*(partial(one.post, address, id=invite.public_id) for one in people))

    sent = track.stored(select(Invite.times_sent).where(Invite.id == invite.id))
    waiting = (Letter.to_email == email, Letter.sent_at.is_(None), Letter.withdrawn_at.is_(None))
    assert DONE in statuses
    assert sent == 1 + statuses.count(DONE)
    assert track.count(Letter, *waiting) == 1


@pytest.mark.parametrize("deed", ["change-role", "remove"])
def test_a_tenant_keeps_an_admin(track, number, deed):
    with track.setting_up():
        second = member("acme-second", track.acme.tenant, Role.ADMIN)
    fields = {"role": Role.SALES.value, "confirmed": "1", "reason": f"round {number}"}

    crowd(*mutually(track, (track.acme.admin, second), f"/admin/team/{deed}", fields))

    assert track.admins(Role.ADMIN) == 1


@pytest.mark.parametrize("deed", ["change-role", "remove"])
def test_a_partner_keeps_an_admin(track, number, deed):
    acme = track.acme
    with track.setting_up():
        second = member("acme-second", acme.tenant, Role.PARTNER_ADMIN, acme.partner)
    fields = {"role": Role.PARTNER_USER.value, "confirmed": "1", "reason": f"round {number}"}

    crowd(*mutually(track, (acme.partner_admin, second), f"/partner/users/{deed}", fields))

    assert track.admins(Role.PARTNER_ADMIN) == 1


def test_one_source_is_assigned_to_one_partner(track, number):
    acme = track.acme
    with track.setting_up():
        source = source_of(acme.tenant, f"acme-wanted-{number}")
    people = track.somebody(acme.admin), track.somebody(acme.support)
    assigning = [
        partial(
            person.post,
            f"/admin/partners/{partner.public_id}/sources/assign",
            source=source.public_id,
            credit="leave",
        )
        for person in people
        for partner in (acme.partner, acme.other_partner)
    ]

    statuses = crowd(*assigning)

    is_open = (Assignment.source_id == source.id, Assignment.ended_at.is_(None))
    holder = track.stored(select(Source.partner_id).where(Source.id == source.id))
    assert statuses.count(DONE) == 1
    assert track.count(Assignment, *is_open) == 1
    assert track.stored(select(Assignment.partner_id).where(*is_open)) == holder
    assert track.events("source.assigned") == 1


def test_of_all_who_begin_a_draft_one_does_and_of_all_who_publish_it_one_does(track, number):
    source = track.acme.source.public_id
    people = track.somebody(track.acme.admin), track.somebody(track.acme.support)
    address = f"/admin/sources/{source}/mapping"
    draft = {"number": 1, "version": 0, "rows-0-name": "mail", "rows-0-to": "email"}

    saved = crowd(
        *(
            partial(one.post, f"{address}/edit/", **draft, **{"rows-0-type": "email"})
            for one in people
        )
    )
    published = crowd(*(partial(one.post, f"{address}/publish", version=1) for one in people))

    in_force = track.stored(select(Source.mapping_id).where(Source.id == track.acme.source.id))
    assert saved.count(DONE) == published.count(DONE) == 1
    assert track.count(FieldMapping) == 1
    assert in_force == track.stored(select(FieldMapping.id))
    assert track.events("mapping.published") == 1
    assert track.count(Letter, Letter.kind == "mapping_changed") == 2


def mutually(track, people, address, fields):
    """Each of the two does it to the other and to themselves."""
    return [
        partial(person.post, address, id=target.public_id, **fields)
        for person in map(track.somebody, people)
        for target in people
    ]
