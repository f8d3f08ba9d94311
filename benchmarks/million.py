"""A million partners and a million leads, for the measurement of memory."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

import click
from flask import Flask
from sqlalchemy import select, text

from benchmarks import seed
from benchmarks.names import partner_name
from benchmarks.seed_leads import put
from models import Lead, LeadState, Partner, PartnerStatus, Source, across_tenants, db, now
from models.base import key_of, new_id


def fill(app: Flask, rows: int, first: int) -> None:
    """Add so many of both to what is there; partners are numbered from `first`."""
    random.seed(13)
    with app.app_context(), across_tenants(db.session):
        sources = db.session.execute(select(Source.tenant_id, Source.id, Source.partner_id)).all()
        for kind, made in (
            (Partner, _partners(sources[0].tenant_id, first)),
            (Lead, _leads(sources)),
        ):
            with click.progressbar(length=rows, label=f"{kind.__tablename__:8}") as bar:
                limited = islice(made, rows)
                while batch := list(islice(limited, seed.BATCH)):
                    put(kind, batch)
                    db.session.commit()
                    bar.update(len(batch))
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        db.engine.dispose()


def _partners(tenant_id: int, number: int) -> Iterator[dict[str, Any]]:
    while True:
        name = partner_name(number)
        yield {
            "tenant_id": tenant_id,
            "id": new_id(),
            "name": name,
            "name_key": key_of(name),
            "contact_name": "",
            "contact_email": f"contact{number}@mail.example",
            "phone": "",
            "website": "",
            "notes": "",
            "status": PartnerStatus.ACTIVE.value,
            "show_returned": True,
            "deduct_returned": False,
            "created_at": now(),
            "version": 1,
        }
        number += 1


def _leads(sources: Sequence[Any]) -> Iterator[dict[str, Any]]:
    moment, states = now(), [LeadState.ACCEPTED] * 9 + [LeadState.DUPLICATE]
    while True:
        source, received_at = random.choice(sources), moment - timedelta(days=random.random() * 90)  # noqa: S311
        yield {
            "tenant_id": source.tenant_id,
            "id": new_id(),
            "source_id": source.id,
            "partner_id": source.partner_id,
            "received_at": received_at,
            "day": received_at.date(),
            "state": random.choice(states),  # noqa: S311
            "is_test": False,
            "email": "somebody@mail.example",
            "phone": "+13125550148",
            "fields": {},
            "extra": {},
            "payout_cents": 1250,
            "return_reason": "",
        }
