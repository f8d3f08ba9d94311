"""The README is true: its policy table, its map and its settings are those of the code."""

import json
import re
from pathlib import Path

import pytest

import config
from operations.mapping_engine import reader
from operations.mapping_fields import STARTER
from policy import TABLE
from tests.test_architecture import MAY_IMPORT

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: Read by bin/run.py and gunicorn rather than by config.py.
READ_ELSEWHERE = {"WEB_CONCURRENCY"}


class Asked(dict):
    """An environment that keeps which settings it was asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.names = set(values)

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def section(title):
    """One section of the README, its subsections included."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section “{title}”"
    return found[1]


def named_in_tables(text):
    """The words in code type in the first cells of a table."""
    first_cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name.rstrip("/") for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}


def test_the_policy_table_is_the_one_in_the_code():
    assert TABLE.strip() in README


def test_every_setting_is_explained_and_no_other():
    asked = Asked({"SECRET_KEY": "x" * 40})
    config.Settings.from_environment(asked)

    assert named_in_tables(section("Settings")) - READ_ELSEWHERE == asked.names


def test_every_default_is_the_one_in_the_code():
    text = section("Settings")
    settings = config.Settings.from_environment({"SECRET_KEY": "x" * 40})

    for name, value in {
        "SESSION_IDLE_MINUTES": settings.session_idle_minutes,
        "SESSION_HOURS": settings.session_hours,
        "INVITE_DAYS": settings.invite_days,
        "INVITES_PER_HOUR": settings.invites_per_hour,
        "INVITES_PENDING": settings.invites_pending,
        "MAILS_PER_DAY": settings.mails_per_day,
        "MAIL_PORT": settings.mail_port,
        "TRUSTED_PROXIES": settings.trusted_proxies,
    }.items():
        assert re.search(rf"`{name}` \| `{value}` \|", text), f"{name} is {value}"


def test_the_map_names_every_room():
    rooms = {room if (ROOT / room).is_dir() else f"{room}.py" for room in MAY_IMPORT}

    assert {room for room in rooms if (ROOT / room).exists()} <= named_in_tables(section("The map"))


def test_what_the_map_names_is_there():
    absent = [name for name in named_in_tables(section("The map")) if not (ROOT / name).exists()]

    assert absent == []


def test_every_file_that_is_mentioned_is_there():
    mentioned = set(re.findall(r"`([a-z_./]+\.(?:py|md|txt|toml))`", README))
    linked = {link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link}

    assert [name for name in sorted(mentioned | linked) if not (ROOT / name).exists()] == []


def test_the_call_is_one_that_a_new_source_takes():
    body = re.search(r"-d '(\{.*?\})'", section("Sending a lead"), re.DOTALL)[1]

    assert reader(STARTER).read(json.loads(body)).errors == {}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"\bmake ([a-z]+)", README))))
def test_every_make_command_exists(command):
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_every_command_of_the_command_line_exists(app):
    said = re.findall(
        r"^flask --app app ([a-z -]+?)(?=\s+[\"A-Z#]|\s+\S+@|\s{2,}|$)", README, re.MULTILINE
    )

    for words in said:
        command = app.cli
        for word in words.split():
            command = command.get_command(None, word)
            assert command, f"flask --app app {words}"
