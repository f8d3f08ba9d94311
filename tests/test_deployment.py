"""What deploy/ ships fits the code: settings, units and places; backups can be restored."""

import os
import re
import sqlite3
import subprocess
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from benchmarks.deployment import shipped
from config import Settings
from models import Tenant
from tests.intake import stored
from tests.postgres import create_database, program
from tests.test_readme import Asked

UNITS = sorted(path.name for path in shipped.DEPLOY.glob("inflow-*.*"))
README = (shipped.DEPLOY / "README.md").read_text(encoding="utf-8")
#: Read by the backup and by gunicorn rather than by config.py.
READ_ELSEWHERE = {"BACKUP_URL", "WEB_CONCURRENCY"}


def test_the_example_of_the_environment_is_a_valid_production():
    example = shipped.environment({"SECRET_KEY": "k" * 40})

    settings = Settings.from_environment(example)

    assert settings.production
    assert settings.is_https
    assert settings.trusted_proxies == 1
    assert set(example) <= known() | READ_ELSEWHERE


def known():
    """Every setting that the code reads."""
    asked = Asked({"SECRET_KEY": "k" * 40})
    Settings.from_environment(asked)
    return asked.names


@pytest.mark.parametrize("unit", UNITS)
def test_what_a_unit_names_is_there(unit):
    text = shipped.text_of(unit, {})
    named = re.findall(r"/opt/inflow/current/(?!\.venv)(\S+)", text)

    assert [name for name in named if not (shipped.ROOT / name).exists()] == []
    assert unit in README


def test_a_group_may_finish_before_systemd_ends_it():
    gunicorn = (shipped.ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
    graceful = float(re.search(r"^graceful_timeout = (\d+)$", gunicorn, re.MULTILINE)[1])
    [reading] = re.findall(r"proxy_read_timeout (\d+)s", shipped.text_of("nginx.conf", {}))

    assert graceful < shipped.seconds("inflow-web@.service", "TimeoutStopSec") < float(reading)


def test_nginx_never_sends_a_call_twice_that_may_have_been_taken():
    lines = re.findall(
        r"^\s*proxy_next_upstream (.*);$", shipped.text_of("nginx.conf", {}), re.MULTILINE
    )

    assert lines
    assert not [line for line in lines if "non_idempotent" in line]


@pytest.mark.parametrize(
    "address",
    [
        *("/invites/abc.secret", "/reset/secret", "/specs/abc.secret?x=1"),
        *("/login?next=/invites/abc.secret", "/login?next=%2Finvites%2Fabc.secret"),
    ],
)
def test_no_log_of_nginx_keeps_an_address_that_opens_something(address):
    text = shipped.text_of("nginx.conf", {})
    [masks] = re.findall(r"map \$request_uri \$inflow_logged \{(.*?)\}", text, re.DOTALL)
    patterns = re.findall(r'"~(\S+)"', masks.replace("(?<", "(?P<"))
    [logged] = re.findall(r"log_format inflow (.*?);", text, re.DOTALL)

    assert any(re.search(pattern, address) for pattern in patterns)
    assert not re.search(r"\$(request|request_uri|uri|args|http_\w+)\b", logged)
    assert len(re.findall(r"^server \{", text, re.MULTILINE)) == len(
        re.findall(r"^    access_log \S+ inflow;", text, re.MULTILINE)
    )


def backed_up(url, folder, kept=14):
    """Run the script as its unit does; gives the backups that are there then."""
    path = os.pathsep.join([str(Path(program("pg_dump")).parent), os.environ["PATH"]])
    environment = {"PATH": path, "BACKUPS": str(folder), "BACKUPS_KEPT": str(kept)}
    subprocess.run([shipped.DEPLOY / "backup"], check=True, env=environment | {"DATABASE_URL": url})
    return sorted(folder.iterdir())


def restored(settings, made):
    """Restore a backup beside the database it is of; gives the names of its tenants."""
    if made.suffix == ".db":
        return {name for (name,) in sqlite3.connect(made).execute("SELECT name FROM tenant")}
    url = make_url(settings.database_url)
    plain = create_database(url.port, f"{url.database}_restored").replace("+psycopg", "")
    subprocess.run([program("pg_restore"), "--no-owner", "--dbname", plain, made], check=True)
    with psycopg.connect(plain) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM tenant")}


def test_a_backup_can_be_restored(app, settings, world, tmp_path):
    [made] = backed_up(settings.database_url, tmp_path)

    assert restored(settings, made) == {tenant.name for tenant in stored(app, Tenant)}


def test_only_the_last_backups_are_kept(settings, world, tmp_path):
    for day in range(4):
        (tmp_path / f"inflow-2026010{day}T000000Z.dump").touch()

    names = [path.name for path in backed_up(settings.database_url, tmp_path, kept=2)]

    assert names[0] == "inflow-20260103T000000Z.dump"
    assert len(names) == 2


def test_a_backup_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        backed_up("postgresql+psycopg://inflow@127.0.0.1:1/nowhere", tmp_path)

    assert list(tmp_path.iterdir()) == []
