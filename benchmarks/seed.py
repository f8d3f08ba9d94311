"""Fill an empty database with a tenant of any size: partners, sources, people, invites, calls."""

import click
from flask import Flask
from sqlalchemy import text

from benchmarks import calls, rows
from benchmarks.filling import fill as write
from benchmarks.filling import unchecked
from config import Settings
from models import Base, Membership, Role, Tenant, User, across_tenants, db
from operations import metrics, passwords, standings

STAFF = ("bench@mail.example", "a long enough password")
BATCH = 5000
#: What a size is called: its partners, and the calls that came to them.
SCALES = {"1k": (1000, 10_000), "100k": (100_000, 1_000_000), "1m": (1_000_000, 3_000_000)}


def fill(app: Flask, settings: Settings, partners: int, received: int = 0) -> None:
    """Make one tenant with that many partners and calls. The same each time, but for the hour."""
    with app.app_context(), across_tenants(db.session):
        Base.metadata.create_all(db.engine)
        place = _tenant(settings, partners)
        with db.engine.begin() as connection:
            is_numbered = connection.dialect.name == "postgresql"
            found = list(rows.fillings(place))
            if received:
                found += calls.call_fillings(place, received, is_numbered=is_numbered)
            with unchecked(connection, [filling.model.__table__ for filling in found]):
                write(connection, found)
        if received:
            _count(place.tenant)
        _settle()


def _tenant(settings: Settings, partners: int) -> rows.Place:
    email, password = STAFF
    tenant = Tenant(name="Bench")
    user = User(email=email, name="Bench", password_hash=passwords.hashed(password, settings))
    db.session.add_all([tenant, user])
    db.session.flush()
    admin = Membership(tenant_id=tenant.id, user_id=user.id, role=Role.ADMIN)
    db.session.add(admin)
    db.session.commit()
    return rows.Place(tenant.id, tenant.code, admin.id.hex, partners)


def _count(tenant: int) -> None:
    """Bring rollups and standings up to now, as the worker does."""
    click.echo("counting the calls")
    while metrics.count(tenant):
        db.session.commit()
    standings.follow(tenant)
    db.session.commit()


def _settle() -> None:
    """Leave the database as its housekeeping does after a while."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
        else:
            connection.execute(text("ANALYZE"))
            connection.exec_driver_sql("COMMIT")  # of the transaction that every work begins
    db.engine.dispose()  # a connection of SQLite knows the statistics as of when it was opened
