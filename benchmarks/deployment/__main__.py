"""Proves the deployment of deploy/ as it stands: `python -m benchmarks.deployment`."""

import hashlib
import http.client
import platform
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from sqlalchemy import select

from app import create_app
from benchmarks.deployment import shipped
from benchmarks.deployment.crowd import PEOPLE, SENDERS, SLOW, Crowd, Person, Tally, slow_clients
from benchmarks.deployment.site import HOST, Service, Site, running
from config import Settings
from models import (
    Credential,
    CredentialKind,
    Lead,
    Partner,
    Source,
    SourceStatus,
    Tenant,
    across_tenants,
    db,
)
from models.base import new_secret
from tests.postgres import create_database, program

RESULTS = Path(__file__).parents[1] / "results_deployment.md"
STAFF = ("ada@northgate.example", "a password of this measurement")
ON_THE_REPLICA = """
SELECT count(*) FROM pg_stat_activity
WHERE usename = 'inflow' AND state <> 'idle' AND query ~ '(FROM lead|FETCH FORWARD)'
"""
FIGURES = (
    ("seconds", "seconds", "{:.0f}"),
    ("leads accepted", "accepted", "{:,}"),
    ("calls repeated", "repeated", "{}"),
    ("slowest lead, s", "slowest_lead", "{:.1f}"),
    ("pages", "pages", "{:,}"),
    ("pages failed", "failed_pages", "{}"),
    ("forms", "forms", "{:,}"),
    ("forms failed", "failed_forms", "{}"),
    ("slowest page, s", "slowest_page", "{:.1f}"),
)


@click.command()
@click.option("--seconds", default=5, show_default=True, help="How long each phase lasts, about.")
@click.option("--rounds", default=2, show_default=True, help="How often it is restarted in turn.")
def main(seconds: int, rounds: int) -> None:
    """Run the site, load it, kill and restart its parts, and write what was lost."""
    with running() as site:
        keys = _prepare(site)
        for service in (*site.groups, site.worker):
            service.start()
        for group in site.groups:
            _wait_for(group)
        crowd = Crowd(site, keys, [_signed_in(site) for _ in range(PEOPLE)])
        with crowd.at_work():
            _trials(site, crowd, seconds, rounds)
        report = "\n".join([*_head(), *_table(crowd.phases), "", *_findings(site, crowd)])
    RESULTS.write_text(report + "\n", encoding="utf-8")
    click.echo(report)


def _prepare(site: Site) -> list[str]:
    """Set it up by the command line, as deploy/README.md says, and give each sender a source."""
    site.flask("db", "upgrade")
    site.flask("tenant", "create", "Northgate")
    site.flask("staff", "create", STAFF[0], "--name", "Ada", "--tenant", "Northgate",
               "--password-stdin", said=f"{STAFF[1]}\n")  # fmt: skip
    app = create_app(_settings(site))
    with app.app_context(), across_tenants(db.session):
        tenant = db.session.scalars(select(Tenant)).one()
        keys = [_source(tenant, number) for number in range(SENDERS)]
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    return keys


def _settings(site: Site) -> Settings:
    return replace(Settings.from_environment(site.environment), replica_url="")


def _source(tenant: Tenant, number: int) -> str:
    source = Source(
        tenant_id=tenant.id, name=f"Source {number}", status=SourceStatus.LIVE, rate_limit=1_000_000
    )
    db.session.add(source)
    db.session.flush()
    key, secret = f"inf_live_{tenant.code}_{number:012}", new_secret()
    row = Credential(
        tenant_id=tenant.id,
        source_id=source.id,
        name="Deployment",
        kind=CredentialKind.BASIC,
        key=key,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
    )
    db.session.add(row)
    db.session.flush()
    return f"{key}:{secret}"


def _wait_for(group: Service) -> None:
    """As deploy/rolling-restart does."""
    port = int(group.environment["PORT"])
    line = http.client.HTTPConnection(HOST, port, timeout=60)
    line.request("GET", "/readyz")
    status = line.getresponse().status
    line.close()
    if status != http.client.OK:
        message = f"{group.name} is not ready: {status}"
        raise RuntimeError(message)


def _signed_in(site: Site) -> Person:
    person = Person(site)
    person.sign_in(*STAFF)
    return person


def _trials(site: Site, crowd: Crowd, seconds: int, rounds: int) -> None:
    """What happens to a site; `time.sleep` is how long people go on afterwards."""
    with crowd.phase("undisturbed"):
        time.sleep(seconds)
    with crowd.phase(f"{SLOW} slow clients"), slow_clients(site):
        time.sleep(seconds)
    with crowd.phase("`kill -9` of one group"):
        site.groups[0].kill()
        site.groups[0].come_back()
        _wait_for(site.groups[0])
        time.sleep(seconds)
    with crowd.phase("`kill -9` of the worker"):
        site.worker.kill()
        site.worker.come_back()
        time.sleep(seconds)
    for _ in range(rounds):
        with crowd.phase(f"rolling restart, {rounds} times"):
            for group in site.groups:
                group.stop()
                group.start()
                _wait_for(group)
            site.worker.stop()
            site.worker.start()


def _head() -> Iterator[str]:
    yield "# Deployment\n"
    yield (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}: what deploy/ ships, on"
        f" one machine: nginx with TLS, two groups of 2 workers, {_version('pgbouncer')} in"
        f" transaction mode, PostgreSQL with a streaming replica. {SENDERS} senders (each lead"
        f" with an Idempotency-Key, sent again until it is accepted) and {PEOPLE} people at work"
        " (each sixth request adds a partner; none is sent again).\n"
    )


def _version(name: str) -> str:
    said = subprocess.run(
        [f"/usr/sbin/{name}", "--version"], check=True, capture_output=True, text=True
    )
    return said.stdout.splitlines()[0]


def _table(phases: dict[str, Tally]) -> Iterator[str]:
    yield f"| | {' | '.join(phases)} |"
    yield f"| --- {'| ---: ' * len(phases)}|"
    for word, name, written in FIGURES:
        cells = (written.format(getattr(tally, name)) for tally in phases.values())
        yield f"| {word} | {' | '.join(cells)} |"


def _findings(site: Site, crowd: Crowd) -> Iterator[str]:
    found, partners = _stored(site)
    lost = {email for email, lead_id in crowd.leads.items() if found.get(email) != lead_id}
    yield f"- {len(crowd.leads):,} leads were accepted, {len(lost)} of them are lost."
    repeated = ", ".join(f"{why}: {times}" for why, times in crowd.why.items())
    yield f"- Calls were sent again after {repeated or 'nothing'}."
    yield f"- {len(found):,} leads are stored; {len(set(found) - set(crowd.leads))} unasked for."
    gone = set(crowd.partners) - partners
    yield f"- {len(crowd.partners):,} partners were added, {len(gone)} of them are lost."
    valid = sum(person.look("/admin/") == http.client.OK for person in crowd.people)
    yield f"- {valid} of {len(crowd.people)} sessions still hold."
    yield f"- `flask verify`: {site.flask('verify').splitlines()[-1]}"
    yield from _replica(site, crowd)
    yield from _backup(site, len(found))


def _stored(site: Site) -> tuple[dict[str, str], set[str]]:
    app = create_app(_settings(site))
    with app.app_context(), across_tenants(db.session):
        rows = list(db.session.scalars(select(Lead)))
        partners = set(db.session.scalars(select(Partner.name)))
        found = {row.fields["email"]: row.public_id for row in rows}
        if len(found) != len(rows):
            message = f"{len(rows) - len(found)} leads are stored twice"
            raise RuntimeError(message)
        db.session.close()
        db.engine.dispose()
    return found, partners


def _replica(site: Site, crowd: Crowd) -> Iterator[str]:
    person, lines = crowd.people[0], []
    thread = threading.Thread(target=lambda: lines.append(_exported(person)))
    thread.start()
    address = f"postgresql://postgres@{HOST}:{site.standby.port}/inflow"
    seen = 0
    with psycopg.connect(address, autocommit=True) as standby:
        while thread.is_alive():
            seen += standby.execute(ON_THE_REPLICA).fetchone()[0]  # type: ignore[index]
    thread.join()
    yield (
        f"- An export of {lines[0]:,} leads was seen at work on the replica"
        f" {seen} times in its pg_stat_activity."
    )
    site.standby.stop()
    yield f"- With the replica stopped, the export gave {_exported(person):,} leads."


def _exported(person: Person) -> int:
    status, text = person.ask("GET", "/admin/leads/export")
    return text.count("\n") - 1 if status == http.client.OK else 0


def _backup(site: Site, leads: int) -> Iterator[str]:
    """Back up by the script, restore into another database, and count there."""
    folder = site.folder / "backups"
    folder.mkdir()
    environment = {**site.environment, "BACKUPS": str(folder), "PATH": _path()}
    done = subprocess.run([str(shipped.DEPLOY / "backup")], check=True, env=environment,
                          capture_output=True, text=True)  # fmt: skip
    url = create_database(site.primary.port, "restored")
    plain = url.replace("+psycopg", "")
    [dump] = folder.iterdir()
    subprocess.run([program("pg_restore"), "--no-owner", "--dbname", plain, dump], check=True)
    with psycopg.connect(plain) as connection:
        [restored] = connection.execute("SELECT count(*) FROM lead").fetchone()  # type: ignore[misc]
    said = site.flask("verify", DATABASE_URL=url, DATABASE_POOLER="0", REPLICA_URL="")
    size = re.search(r"(\d+) bytes", done.stdout)
    yield (
        f"- The backup ({int(size[1]):,} bytes) restored into another database has {restored:,} of"  # type: ignore[index]
        f" {leads:,} leads; `flask verify` there: {said.splitlines()[-1]}"
    )


def _path() -> str:
    return f"{Path(program('pg_dump')).parent}:/usr/bin:/bin"


if __name__ == "__main__":
    main()
