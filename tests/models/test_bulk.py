"""Many rows in one statement: behind the same wall as any other row."""

import pytest
from sqlalchemy import func, select

from models import AuditEvent, Partner, PartnerTag, across_tenants, db, now
from models.among import among
from models.base import key_of, new_id
from models.bulk import insert_many
from models.tenancy import ForeignRowError


def tags_of(side):
    own = {"tenant_id": side.tenant.id, "partner_id": side.partner.id}
    return [{**own, "id": new_id(), "tag": tag} for tag in ("one", "two")]


def stored():
    with across_tenants(db.session):
        return db.session.scalar(select(func.count()).select_from(PartnerTag))


def test_rows_of_somebody_else_are_refused(world, inside):
    with inside(world.acme):
        with pytest.raises(ForeignRowError):
            insert_many(db.session, PartnerTag, [*tags_of(world.acme), *tags_of(world.rival)])

        assert stored() == 0


def test_who_works_across_tenants_may_write_for_several(app, world):
    with app.app_context(), across_tenants(db.session):
        insert_many(db.session, PartnerTag, [*tags_of(world.acme), *tags_of(world.rival)])

        assert stored() == 4
        db.session.rollback()


ODD = ['a "quoted" one', "back\\slash, {brace}", "null", "it's ü, \u4f60 \U0001f600", ""]


def events_of(world):
    return [
        {
            "id": new_id(),
            "kind": "odd.told",
            "object_id": None if number % 2 else new_id(),
            "object_name": name,
            "partner_id": world.acme.partner.id if number % 2 else None,
            "after": {"name": name, "list": [number, None, 1.5], "is": True},
        }
        for number, name in enumerate(ODD)
    ]


def test_rows_come_back_as_they_were_given(world, inside):
    shared = {"at": now(), "actor_name": "it's \\ shared", "tenant_id": world.acme.tenant.id}
    shared |= {"actor_is_staff": False, "job_id": None, "before": {"tags": []}}
    rows = events_of(world)
    with inside(world.acme):
        insert_many(db.session, AuditEvent, rows, shared)

        query = select(AuditEvent).where(AuditEvent.kind == "odd.told").order_by(AuditEvent.id)
        found = [
            {name: getattr(event, name) for name in (*shared, *rows[0])}
            for event in db.session.scalars(query)
        ]
        assert found == [{**shared, **row} for row in rows]


def test_one_row_comes_back_as_it_was_given(world, inside):
    with inside(world.acme):
        insert_many(db.session, PartnerTag, tags_of(world.acme)[:1])

        assert stored() == 1


def test_a_shared_tenant_of_somebody_else_is_refused(world, inside):
    (row, *_) = tags_of(world.acme)
    del row["tenant_id"]
    with inside(world.acme), pytest.raises(ForeignRowError):
        insert_many(db.session, PartnerTag, [row], {"tenant_id": world.rival.tenant.id})


def test_rows_are_found_among_odd_values(world, inside):
    rows = [{"id": new_id(), "name": name, "name_key": key_of(name) or "-"} for name in ODD]
    shared = {"tenant_id": world.acme.tenant.id, "version": 1, "created_at": now()}
    with inside(world.acme):
        insert_many(db.session, Partner, rows, shared)

        by_id = among(db.session, Partner.id, [row["id"] for row in rows[1:]])
        by_key = among(db.session, Partner.name_key, [row["name_key"] for row in rows])
        nothing = among(db.session, Partner.id, [])
        count = select(func.count()).select_from(Partner)
        assert db.session.scalar(count.where(by_id)) == len(ODD) - 1
        assert db.session.scalar(count.where(by_key)) == len(ODD)
        assert db.session.scalar(count.where(nothing)) == 0
