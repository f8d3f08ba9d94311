"""Measures intake against a bare Flask endpoint: `python -m benchmarks.intake`."""

import base64
import hashlib
import platform
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from app import create_app
from benchmarks.databases import DURABLE, fresh
from benchmarks.load import Load, Target
from benchmarks.servers import starting
from config import Settings
from models import (
    Base,
    Credential,
    CredentialKind,
    Partner,
    Source,
    SourceStatus,
    Tenant,
    across_tenants,
    db,
)
from models.base import new_secret
from models.partitions import lay

RESULTS = Path(__file__).parent / "results_intake.md"
SOURCES = 100
FLOOR, HOT, HUNDRED = "bare Flask", "one hot source", "a hundred sources"
CONNECTIONS = {"postgresql": 16, "sqlite": 8}
#: What SPEED.md asks for.
ASKED = {
    "postgresql": "at least 0.8 × the rate, at most 2 × the p99 of bare Flask; hot ≥ 0.9 × hundred",
    "sqlite": "at least 400/s, p99 at most 100 ms",
}
FLOOR_TABLES = (
    "CREATE TABLE floor_key (key_hash text PRIMARY KEY, tenant_id int, source_id int)",
    (
        "CREATE TABLE floor_lead (id {serial} PRIMARY KEY, tenant_id int NOT NULL,"
        " source_id int NOT NULL, received_at {moment} NOT NULL, payload {json} NOT NULL)"
    ),
)
TYPES = {
    "sqlite": {"serial": "integer", "moment": "text", "json": "text"},
    "postgresql": {"serial": "bigserial", "moment": "timestamptz", "json": "jsonb"},
}


@click.command()
@click.option("--rounds", default=20, show_default=True, help="How often each is measured.")
@click.option("--seconds", default=2, show_default=True, help="How long each time.")
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
def main(rounds: int, seconds: int, database: str) -> None:
    """Measure, and write benchmarks/results_intake.md."""
    kinds = ["postgresql", "sqlite"] if database == "both" else [database]
    parts = [_header(rounds, seconds), *(_measured(kind, rounds, seconds) for kind in kinds)]
    RESULTS.write_text("\n".join(parts), encoding="utf-8")
    click.echo(RESULTS.read_text(encoding="utf-8"))


def _header(rounds: int, seconds: int) -> str:
    return (
        f"# Intake\n\n{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, 2 gunicorn"
        f" workers of 4 threads each, wrk, {rounds} rounds of {seconds} s, interleaved; medians."
        " Every lead is another one. Bare Flask: a route with psycopg or sqlite3 that looks up a"
        " key, checks eight fields and commits one row. Ours: everything on. CPU: of the web"
        " server's processes.\n"
    )


def _measured(kind: str, rounds: int, seconds: int) -> str:
    click.echo(f"== {kind}")
    with fresh(kind, DURABLE) as environment:
        keys = _seed(kind, Settings.from_environment(environment))
        with _targets(environment, keys) as targets:
            return _report(kind, _interleaved(kind, targets, rounds, seconds))


def _seed(kind: str, settings: Settings) -> list[str]:
    """Make a tenant with a partner and its sources; give back what each shows as its key."""
    app = create_app(settings)
    with app.app_context(), across_tenants(db.session):
        Base.metadata.create_all(db.engine)
        lay(db.session.connection(), settings.submission_days)
        tenant = Tenant(name="Bench")
        db.session.add(tenant)
        db.session.flush()
        partner = Partner(tenant_id=tenant.id, name="Bench")
        db.session.add(partner)
        db.session.flush()
        keys = [_source(tenant, partner, number) for number in range(SOURCES + 1)]
        for statement in FLOOR_TABLES:
            db.session.execute(text(statement.format_map(TYPES[kind])))
        digest = hashlib.sha256(keys[0].encode()).hexdigest()
        db.session.execute(text(f"INSERT INTO floor_key VALUES ('{digest}', 1, 1)"))  # noqa: S608
        db.session.commit()
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        db.engine.dispose()
    return keys


def _source(tenant: Tenant, partner: Partner, number: int) -> str:
    source = Source(
        tenant_id=tenant.id,
        partner_id=partner.id,
        name=f"Source {number}",
        status=SourceStatus.LIVE,
        rate_limit=10_000_000,
        payout_cents=1000,
    )
    db.session.add(source)
    db.session.flush()
    key, secret = f"inf_live_{tenant.code}_{number:012}", new_secret()
    row = Credential(
        tenant_id=tenant.id,
        source_id=source.id,
        name="Bench",
        kind=CredentialKind.BASIC,
        key=key,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
    )
    db.session.add(row)
    db.session.flush()
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


@contextmanager
def _targets(environment: Mapping[str, str], keys: list[str]) -> Iterator[list[Target]]:
    with (
        starting("benchmarks.intake_floor:create_app()", environment) as (floor, floor_server),
        starting("app:create_app()", environment) as (ours, our_server),
    ):
        address = f"http://127.0.0.1:{ours}/api/v1/leads"
        yield [
            Target(FLOOR, f"http://127.0.0.1:{floor}/leads", floor_server.pid, keys[:1]),
            Target(HOT, address, our_server.pid, keys[:1]),
            Target(HUNDRED, address, our_server.pid, keys[1:]),
        ]


def _interleaved(
    kind: str, targets: list[Target], rounds: int, seconds: int
) -> dict[str, list[Load]]:
    """Run A B C, A B C, …, after one short round that does not count."""
    loads: dict[str, list[Load]] = {target.name: [] for target in targets}
    for number in range(rounds + 1):
        for target in targets:
            first = int(time.time()) * 10_000
            load = target.load(CONNECTIONS[kind], seconds if number else 2, first)
            click.echo(f"{target.name}: {load.rate:.0f}/s, p99 {load.p99:.0f} ms")
            if number:
                loads[target.name].append(load)
    return loads


def _report(kind: str, loads: dict[str, list[Load]]) -> str:
    lines = [
        f"\n## {kind}, {CONNECTIONS[kind]} connections\n",
        f"Asked for: {ASKED[kind]}.\n",
        "| | requests/s | × | median ms | p99 ms | × | CPU ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_line(name, runs, loads[FLOOR]) for name, runs in loads.items()]
    hot = _ratio(loads[HOT], loads[HUNDRED], "rate")
    return "\n".join([*lines, "", f"One hot source: {hot:.2f} × a hundred.", ""])


def _line(name: str, runs: list[Load], floor: list[Load]) -> str:
    def middle(what: str) -> float:
        return statistics.median(getattr(run, what) for run in runs)

    return (
        f"| {name} | {middle('rate'):.0f} | {_ratio(runs, floor, 'rate'):.2f}"
        f" | {middle('median'):.1f} | {middle('p99'):.1f} | {_ratio(runs, floor, 'p99'):.2f}"
        f" | {middle('cpu'):.2f} |"
    )


def _ratio(runs: list[Load], others: list[Load], what: str) -> float:
    """The median over the rounds: what disturbs one round disturbs both."""
    pairs: Any = zip(runs, others, strict=True)
    return statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs)


if __name__ == "__main__":
    main()
