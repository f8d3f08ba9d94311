"""`kill -9` of everything under load: `python -m benchmarks.crash`, or `--rounds 5`.

Each round starts all there is, loads the intake with real calls, kills the web server, the worker
and every process of PostgreSQL at a random moment, starts the database again, and asks whether
every lead that was acknowledged is there, with its submission and its count.
"""

import random
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from benchmarks.callers import Caller, Sent
from benchmarks.intake import _seed
from benchmarks.killing import Postgres, kill
from benchmarks.results import keep
from config import Settings
from models import Lead, Submission, Tenant, across_tenants, db
from operations import metrics
from operations.asked import Whose
from operations.figures import Tally, figures
from operations.periods import last, today_in
from tests.ports import free_port
from tests.servers import Site, environment_of, mail_worker, web_server

RESULTS = Path(__file__).parent / "results_crash.md"
TITLE = "kill -9 of everything under load"
CALLERS = 8
#: Seconds under load. The worker counts every ten seconds: it is killed at that too.
SHORTEST, LONGEST = 1.0, 11.0


@click.command()
@click.option("--rounds", default=20, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgresql", "both"]), default="both")
def main(rounds: int, database: str) -> None:
    """Kill, look, and write benchmarks/results_crash.md."""
    for kind in ["postgresql", "sqlite"] if database == "both" else [database]:
        keep(RESULTS, TITLE, kind, _killed(kind, rounds))


def _killed(kind: str, rounds: int) -> str:
    postgres = Postgres() if kind == "postgresql" else None
    folder = Path(tempfile.mkdtemp(prefix="inflow-crash-"))
    url = postgres.url if postgres else f"sqlite:///{folder / 'crash.db'}"
    settings = Settings.from_environment(
        {
            "DATABASE_URL": url,
            "INSTANCE": str(folder),
            "INFLOW_ENV": "development",
            "SECRET_KEY": "only for this measurement, forgotten afterwards",
        }
    )
    try:
        keys, sent = _seed(kind, settings), Sent()
        app, killed = create_app(settings), 0
        for number in range(1, rounds + 1):
            killed += _round(settings, postgres, keys, sent)
            said = _looked_at(app, sent)
            click.echo(f"{kind} {number}/{rounds}: {said}")
        when = f"{datetime.now(UTC):%Y-%m-%d}, {CALLERS} callers at once, {rounds} rounds"
        return f"{when}, {killed} processes killed: {said}\n"
    finally:
        if postgres:
            postgres.remove()
        shutil.rmtree(folder)


def _round(settings: Settings, postgres: Postgres | None, keys: list[str], sent: Sent) -> int:
    """Load everything for a while, kill it all, and bring the database back."""
    site, over = Site(free_port()), threading.Event()
    environment = environment_of(settings, site)
    with (
        web_server(site, environment) as web,
        mail_worker(environment) as worker,
        ThreadPoolExecutor(CALLERS) as pool,
    ):
        callers = [Caller(site.port, keys, sent, number) for number in range(CALLERS)]
        done = [pool.submit(caller.call_until, over) for caller in callers]
        time.sleep(random.uniform(SHORTEST, LONGEST))  # noqa: S311
        killed = kill([worker, web, *([postgres.process] if postgres else [])])
        over.set()
        for one in done:
            one.result()
    if postgres:
        postgres.start()
    return killed


def _looked_at(app: Flask, sent: Sent) -> str:
    """Compare what was acknowledged with what is there, before a count and after it."""
    with app.app_context(), across_tenants(db.session):
        db.engine.dispose()
        tenant = db.session.scalars(select(Tenant)).one()
        leads, calls = _ids(Lead), _ids(Submission)
        acknowledged = {Lead.parse_id(lead_id) for lead_id in sent.leads}
        missing = acknowledged - (leads & calls)
        twice = db.session.scalars(
            select(Lead.email).group_by(Lead.email).having(func.count() > 1)
        ).all()
        live = _counted(tenant)
        _verified(app)
        while metrics.count(tenant.id):
            db.session.commit()
        db.session.commit()
        counted = _counted(tenant)
        _verified(app)
        db.engine.dispose()
    if missing or twice or live != counted or live.accepted != len(leads):
        raise click.ClickException(
            f"missing {missing}, twice {twice}, live {live}, counted {counted}, {len(leads)} leads"
        )
    return (
        f"{len(acknowledged):,} leads were acknowledged, {len(leads):,} are there,"
        f" {live.accepted:,} are counted as accepted, {live.rejected:,} calls as rejected;"
        " verify finds no difference."
    )


def _ids(kind: type[Lead | Submission]) -> set[object]:
    return set(db.session.scalars(select(kind.id)))


def _counted(tenant: Tenant) -> Tally:
    today = today_in(tenant.time_zone, datetime.now(UTC))
    counted = figures(Whose(tenant.id), last(2, today)).now
    db.session.rollback()
    return counted


def _verified(app: Flask) -> None:
    """Run the command as somebody on the server would."""
    done = app.test_cli_runner().invoke(args=["verify"])
    if done.exit_code:
        raise click.ClickException(done.output)


if __name__ == "__main__":
    main()
