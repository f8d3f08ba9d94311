"""What a partner's row says it has is what a recount finds, whatever happens at the same moment."""

from functools import partial
from itertools import cycle, islice

import pytest
from sqlalchemy import delete, func, insert, select, update

from models import Membership, Partner, Role, Scope, Source, across_tenants, db, enter, now
from models.base import key_of, new_id
from operations import acceptance, assignments, memberships, offers, sources
from operations.refusal import Refusal
from operations.sessions import fingerprint
from tests.conftest import actor_of
from tests.many import many_sources
from tests.parallel import all_at_once
from tests.world import PASSWORD, invite_of, member, partner_of, source_of


def counted():
    """What the rows say, by the partner's name."""
    found = db.session.execute(
        select(Partner.name, Partner.source_count, Partner.user_count, Partner.admin_count)
    )
    return {name: (sources, users, admins) for name, sources, users, admins in found}


def recounted():
    """What there is, by the partner's name."""

    def number(table, *where):
        same = (table.tenant_id == Partner.tenant_id, table.partner_id == Partner.id)
        return select(func.count()).select_from(table).where(*same, *where).scalar_subquery()

    here = Membership.removed_at.is_(None)
    found = db.session.execute(
        select(
            Partner.name,
            number(Source, Source.deleted_at.is_(None)),
            number(Membership, here),
            number(Membership, here, Membership.role == Role.PARTNER_ADMIN),
        )
    )
    return {name: (sources, users, admins) for name, sources, users, admins in found}


@pytest.fixture
def exact(app, world):
    """Compare once the test is over, and say what was counted."""
    yield
    with app.app_context(), across_tenants(db.session):
        assert counted() == recounted()


def test_a_new_partner_has_nothing_and_the_world_is_counted(app, world, exact):
    with app.app_context(), across_tenants(db.session):
        partner_of(world.acme.tenant, "acme-new")

        assert counted()["acme-new"] == (0, 0, 0)
        assert counted()["acme-partner"] == counted()["rival-partner"] == (1, 2, 1)


def test_one_statement_counts_for_many_rows_and_partners(app, world, exact):
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        rows = [
            {
                "tenant_id": acme.tenant.id,
                "id": new_id(),
                "name": f"acme-{n}",
                "name_key": key_of(f"acme-{n}"),
                "partner_id": (acme.partner.id, acme.other_partner.id, None)[n % 3],
                "deleted_at": now() if n % 4 == 0 else None,
            }
            for n in range(24)
        ]
        db.session.execute(insert(Source).values(rows))
        assert counted() == recounted()
        assert counted()["acme-partner"][0] == 1 + 6
        db.session.execute(update(Source).values(partner_id=None).where(Source.name == "acme-1"))
        db.session.execute(
            update(Source)
            .where(Source.name.like("acme-%"), Source.partner_id.is_not(None))
            .values(partner_id=acme.other_partner.id)
        )
        assert counted() == recounted()
        db.session.execute(delete(Source).where(Source.name.in_(["acme-2", "acme-3", "acme-4"])))
        assert counted() == recounted()
        db.session.commit()


def test_nothing_is_counted_of_what_was_rolled_back(app, world, exact):
    with app.app_context(), across_tenants(db.session):
        source_of(world.acme.tenant, "acme-gone", world.acme.partner)
        db.session.rollback()

        assert counted()["acme-partner"][0] == 1


def test_a_person_counts_while_a_member_and_as_an_admin_in_that_role(app, world, exact):
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        made = member("acme-second", acme.tenant, Role.PARTNER_USER, acme.partner)
        steps = [{"role": Role.PARTNER_ADMIN}, {"removed_at": now()}, {"removed_at": None}]
        said = [counted()["acme-partner"][1:]]
        for values in steps:
            db.session.execute(update(Membership).where(Membership.id == made.id).values(**values))
            said.append(counted()["acme-partner"][1:])
        db.session.commit()

    assert said == [(3, 1), (3, 2), (2, 1), (3, 2)]


@pytest.fixture
def crowd(app):
    """Twenty deeds at once, each in a transaction and session of its own.

    A refusal is an answer; anything else, a deadlock before all, is a failure.
    """

    def attempt(side, deed):
        actor = actor_of(side.admin)
        with app.app_context():
            enter(db.session, Scope(actor.tenant_id))
            try:
                deed(actor)
                db.session.commit()
            except Refusal:
                db.session.rollback()
                return False
            return True

    def run(side, *deeds, times=20):
        chosen = islice(cycle(deeds), times)
        return all_at_once(partial(attempt, side, deed) for deed in chosen)

    return run


def found(model, ids):
    return db.session.scalars(select(model).where(model.id.in_(ids))).unique().all()


def test_moves_both_ways_at_once_neither_deadlock_nor_miscount(app, world, crowd, exact):
    acme = world.acme
    groups = [
        [source.id for source in many_sources(app, acme, 5, holder, start=start)]
        for start, holder in ((0, acme.partner), (5, acme.other_partner))
    ]

    def move(actor, ids, to):
        assignments.move(actor, found(Partner, [to.id])[0], found(Source, ids))

    def take(actor, ids):
        assignments.unassign(actor, found(Source, ids))

    def give(actor, ids, to):
        assignments.assign(actor, found(Partner, [to.id])[0], found(Source, ids))

    for _ in range(3):
        done = crowd(
            acme,
            partial(move, ids=groups[0][:3], to=acme.other_partner),
            partial(move, ids=groups[1][:3], to=acme.partner),
            partial(move, ids=groups[0][:1] + groups[1][:1], to=acme.other_partner),
            partial(take, ids=groups[0][3:]),
            partial(take, ids=groups[1][2:4]),
            partial(give, ids=groups[0][3:], to=acme.other_partner),
            partial(give, ids=groups[1][2:4], to=acme.partner),
        )
        assert any(done)


def test_deleting_and_unassigning_at_once_counts_each_source_once(app, world, crowd, exact):
    acme = world.acme
    ids = [source.id for source in many_sources(app, acme, 8, acme.partner)]

    def remove(actor, source_id):
        sources.delete(actor, found(Source, [source_id])[0])

    def take(actor, chosen):
        assignments.unassign(actor, found(Source, chosen))

    done = crowd(
        acme,
        *(partial(remove, source_id=source_id) for source_id in ids),
        *(partial(take, chosen=[source_id]) for source_id in reversed(ids)),
        partial(take, chosen=ids[:4]),
    )

    assert any(done)
    with app.app_context(), across_tenants(db.session):
        assert counted()["acme-partner"][0] == 1


def test_roles_and_removals_at_once_leave_the_admins_counted(app, world, crowd, exact):
    acme = world.acme
    with app.app_context(), across_tenants(db.session):
        ids = [
            member(f"acme-{n}", acme.tenant, Role.PARTNER_ADMIN, place).id
            for n, place in enumerate([acme.partner, acme.other_partner] * 4)
        ]
        db.session.commit()

    def change(actor, chosen, role):
        members = found(Membership, chosen)
        for one in members:
            db.session.refresh(one, ["user"])
        memberships.change_roles(actor, members, role, reason="so it is")

    def remove(actor, chosen):
        members = found(Membership, chosen)
        for one in members:
            db.session.refresh(one, ["user"])
        memberships.remove_all(actor, members, reason="so it is")

    done = crowd(
        acme,
        partial(change, chosen=ids[:5], role=Role.PARTNER_USER),
        partial(change, chosen=ids[3:][::-1], role=Role.PARTNER_USER),
        partial(change, chosen=ids[:3], role=Role.PARTNER_ADMIN),
        partial(remove, chosen=ids[2:4]),
        partial(remove, chosen=ids[5:][::-1]),
        partial(remove, chosen=ids[:1]),
    )

    assert any(done)


def test_people_come_in_while_whoever_invited_them_is_removed(app, world, crowd, settings, exact):
    acme = world.acme
    emails = [f"acme-comer-{n}@mail.example" for n in range(10)]
    with app.app_context(), across_tenants(db.session):
        for email in emails:
            role = Role.PARTNER_ADMIN
            made = invite_of(acme.tenant, email, acme.partner, acme.partner_admin, role)
            made.token_hash = fingerprint(f"{acme.tenant.code}.{email}")
        db.session.commit()

    def come(_actor, email):
        offer = offers.find(f"{acme.tenant.code}.{email}")
        acceptance.accept_as_new(offer, "Ann Lee", PASSWORD, "192.0.2.7", settings)

    def remove(actor):
        member = found(Membership, [acme.partner_admin.id])[0]
        db.session.refresh(member, ["user"])
        memberships.remove_all(actor, [member], reason="so it is")

    done = crowd(acme, *(partial(come, email=email) for email in emails), remove, times=11)

    assert any(done)
