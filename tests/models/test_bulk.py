"""Many rows in one statement: behind the same wall as any other row."""

import pytest
from sqlalchemy import func, select

from models import PartnerTag, across_tenants, db
from models.base import new_id
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
