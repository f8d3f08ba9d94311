"""Millions of calls and their leads, counted all but the last few thousand."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import click
from sqlalchemy import insert, select, text

from benchmarks.seed import BATCH
from models import (
    Lead,
    LeadState,
    Outcome,
    Source,
    Submission,
    across_tenants,
    db,
    next_seq,
    now,
)
from models.base import new_id
from operations import metrics, standings

DAYS = 180
#: So many calls share one number, as if they came in one transaction.
TOGETHER = 50_000
OUTCOMES = [Outcome.ACCEPTED] * 17 + [Outcome.DUPLICATE] * 2 + [Outcome.REJECTED]
WRONG = {"email": ["is no e-mail address"], "phone": ["is too short"]}


def fill(leads: int, tail: int) -> float:
    """Write the calls, count all but the last `tail`, and tell how long the counting took."""
    random.seed(11)
    with across_tenants(db.session):
        sources = list(db.session.execute(select(Source.tenant_id, Source.id, Source.partner_id)))
        _write(sources, leads - tail, _first_numbers())
        began = time.perf_counter()
        standings.follow(sources[0].tenant_id)
        while metrics.count(sources[0].tenant_id):
            db.session.commit()
        db.session.commit()
        took = time.perf_counter() - began
        seq = db.session.scalar(select(next_seq(sources[0].tenant_id)))
        _write(sources, tail, seq)
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    return took


def _first_numbers() -> Callable[[int], int]:
    """Number the calls before the first count: by transaction, or all alike on SQLite."""
    if db.session.get_bind().dialect.name == "postgresql":
        return lambda number: number // TOGETHER + 1
    return lambda _number: 0


def _write(sources: list[Any], leads: int, seq: int | Callable[[int], int]) -> None:
    rows = _rows(sources, leads, seq)
    with click.progressbar(length=leads, label="submission, lead") as bar:
        while batch := list(islice(rows, BATCH)):
            put(Submission, [submission for submission, _ in batch])
            put(Lead, [lead for _, lead in batch if lead])
            bar.update(len(batch))
    db.session.commit()


def put(kind: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401
    if db.session.get_bind().dialect.name != "postgresql":
        db.session.execute(insert(kind), rows)
        return
    names = list(rows[0])
    connection: Any = db.session.connection().connection.driver_connection
    statement = f"COPY {kind.__tablename__} ({', '.join(names)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_plain(row[name]) for name in names])


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return '{"email": ["is no e-mail address"]}' if value else "{}"
    return value.value if isinstance(value, Outcome | LeadState) else value


def _rows(
    sources: list[Any], leads: int, seq: int | Callable[[int], int]
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    end = now()
    credential = new_id()
    for number in range(leads):
        source = sources[int(random.paretovariate(0.7)) % len(sources)]
        outcome = random.choice(OUTCOMES)  # noqa: S311
        past = DAYS * (1 - number / leads) if callable(seq) else 0.0
        moment = end - timedelta(days=past)
        own = {
            "tenant_id": source.tenant_id,
            "id": new_id(),
            "source_id": source.id,
            "partner_id": source.partner_id,
            "received_at": moment,
            "day": moment.date(),
            "is_test": False,
            "payout_cents": 1250 if outcome is Outcome.ACCEPTED else 0,
        }
        call = {
            **own,
            "seq": seq(number) if callable(seq) else seq,
            "credential_id": credential,
            "address": "192.0.2.1",
            "content_type": "application/json",
            "body": b'{"email": "somebody@mail.example", "phone": "+13125550148"}',
            "outcome": outcome,
            "status": 422 if outcome is Outcome.REJECTED else 201,
            "answer": '{"status": "accepted", "test": false}',
            "error": "validation_failed" if outcome is Outcome.REJECTED else "",
            "errors": WRONG if outcome is Outcome.REJECTED else {},
        }
        yield call, _lead(own, outcome)


def _lead(own: dict[str, Any], outcome: Outcome) -> dict[str, Any] | None:
    if outcome is Outcome.REJECTED:
        return None
    lead = {"state": LeadState(outcome), "fields": {}, "extra": {}, "return_reason": ""}
    return {**own, **lead, "email": "somebody@mail.example", "phone": "+13125550148"}
