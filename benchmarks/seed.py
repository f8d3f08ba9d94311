"""Fill an empty database with many partners, their sources, people and invites."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import click
from flask import Flask
from sqlalchemy import text

from config import Settings
from models import (
    Base,
    Invite,
    Membership,
    Partner,
    PartnerStatus,
    Role,
    Source,
    SourceStatus,
    Tenant,
    User,
    across_tenants,
    db,
    now,
)
from models.base import key_of, new_id
from models.bulk import insert_many
from operations import passwords

STAFF = ("bench@mail.example", "a long enough password")
FIRST = ("Amber", "Blue", "Cedar", "Delta", "Ember", "Frost", "Grand", "Harbor", "Iron", "Juniper")
SECOND = ("Falcon", "Ridge", "Lake", "Media", "Quotes", "Leads", "Path", "Vine", "Stone", "Field")
BATCH = 5000
SOURCES_EACH = 3
PEOPLE_EACH = 2


def name_of(number: int) -> str:
    """The same number gives the same name: "Amber Falcon 421"."""
    return f"{FIRST[number % 10]} {SECOND[number // 10 % 10]} {number}"


def fill(app: Flask, settings: Settings, partners: int) -> None:
    """Make one tenant with that many partners. Deterministic but for identifiers."""
    random.seed(7)
    with app.app_context(), across_tenants(db.session):
        Base.metadata.create_all(db.engine)
        tenant, admin = _tenant(settings)
        ids = [new_id() for _ in range(partners)]
        people = [new_id() for _ in range(partners * PEOPLE_EACH)]
        tables: list[tuple[Any, int, Iterator[dict[str, Any]]]] = [
            (Partner, partners, _partners(tenant, admin, ids)),
            (Source, partners * SOURCES_EACH, _sources(tenant, ids)),
            (User, len(people), _users(people)),
            (Membership, len(people), _memberships(tenant, ids, people)),
            (Invite, partners // 10, _invites(tenant, admin, ids)),
        ]
        for model, count, rows in tables:
            _insert(model, count, rows)
        db.session.execute(text("ANALYZE"))
        db.session.commit()


def _tenant(settings: Settings) -> tuple[int, Membership]:
    tenant = Tenant(name="Bench")
    email, password = STAFF
    user = User(email=email, name="Bench", password_hash=passwords.hashed(password, settings))
    db.session.add_all([tenant, user])
    db.session.flush()
    admin = Membership(tenant_id=tenant.id, user_id=user.id, role=Role.ADMIN)
    db.session.add(admin)
    db.session.commit()
    return tenant.id, admin


def _insert(model: Any, count: int, rows: Iterator[dict[str, Any]]) -> None:  # noqa: ANN401
    with click.progressbar(length=count, label=f"{model.__tablename__:12}") as bar:
        while batch := list(islice(rows, BATCH)):
            insert_many(db.session, model, batch)
            bar.update(len(batch))
    db.session.commit()


def _partners(tenant: int, admin: Membership, ids: list[Any]) -> Iterator[dict[str, Any]]:
    statuses = [*[PartnerStatus.ACTIVE] * 8, PartnerStatus.PAUSED, PartnerStatus.ARCHIVED]
    for number, identifier in enumerate(ids, 1):
        yield {
            "tenant_id": tenant,
            "id": identifier,
            "name": name_of(number),
            "name_key": key_of(name_of(number)),
            "status": statuses[number % 10],
            "account_manager_id": admin.id if number % 2 else None,
            "contact_email": f"contact{number}@mail.example",
            "version": 1,
        }


def _sources(tenant: int, ids: list[Any]) -> Iterator[dict[str, Any]]:
    for number in range(len(ids) * SOURCES_EACH):
        name = f"Source {name_of(number)}"
        yield {
            "tenant_id": tenant,
            "id": new_id(),
            "name": name,
            "name_key": key_of(name),
            "vertical": ("Auto", "Home", "Solar", "Medicare")[number % 4],
            "status": (SourceStatus.LIVE, SourceStatus.TEST, SourceStatus.PAUSED)[number % 3],
            # Every tenth source waits for a partner.
            "partner_id": None if number % 10 == 0 else ids[number // SOURCES_EACH],
            "version": 1,
        }


def _users(people: list[Any]) -> Iterator[dict[str, Any]]:
    for number, identifier in enumerate(people):
        name, email = f"Person {number}", f"person{number}@mail.example"
        yield {
            "id": identifier,
            "name": name,
            "email": email,
            "email_key": key_of(email),
            "search_key": key_of(f"{name} {email}"),
            "password_hash": "no password fits this",
        }


def _memberships(tenant: int, ids: list[Any], people: list[Any]) -> Iterator[dict[str, Any]]:
    for number, identifier in enumerate(people):
        yield {
            "tenant_id": tenant,
            "id": new_id(),
            "user_id": identifier,
            "partner_id": ids[number // PEOPLE_EACH],
            "role": Role.PARTNER_USER if number % PEOPLE_EACH else Role.PARTNER_ADMIN,
        }


def _invites(tenant: int, admin: Membership, ids: list[Any]) -> Iterator[dict[str, Any]]:
    for number, partner_id in enumerate(ids[::10]):
        email = f"invitee{number}@mail.example"
        yield {
            "tenant_id": tenant,
            "id": new_id(),
            "partner_id": partner_id,
            "email": email,
            "email_key": key_of(email),
            "role": Role.PARTNER_USER,
            "sent_by_id": admin.id,
            "expires_at": now() + timedelta(days=7 if number % 3 else -1),
        }
