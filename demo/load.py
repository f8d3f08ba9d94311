"""Loads the demo, step by step, and writes down who can sign in to it."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from config import Settings
from demo import leads
from demo.clock import Clock
from demo.invites import add_invites
from demo.neighbour import add_neighbour
from demo.partners import add_partners
from demo.people import add_staff, add_users
from demo.scene import Scene, Sizes, Step
from demo.sources import add_sources
from models import db, now
from operations import audit

FILE = "demo.json"


def add_trail(scene: Scene) -> None:
    """Record everything that happened, in the order of time."""
    for note in sorted(scene.notes, key=lambda note: note.moment):
        event = audit.record(note.actor, note.kind, note.subject, **note.parts)
        event.id, event.at = scene.clock.id_at(note.moment), note.moment
    db.session.flush()


STEPS: tuple[Step, ...] = (
    add_staff,
    add_partners,
    add_users,
    add_sources,
    add_invites,
    add_trail,
    add_neighbour,
    *leads.steps(),
)


def load(
    steps: Iterable[Step], settings: Settings, sizes: Sizes | None = None
) -> list[dict[str, str]]:
    """Take every step, and list the people one can sign in as. Nothing is committed."""
    scene = Scene(Clock(now()), settings, sizes or Sizes())
    for step in steps:
        step(scene)
    return [asdict(door) for door in scene.doors]


def write(people: list[dict[str, str]], settings: Settings) -> Path:
    """Keep the passwords in the instance folder, readable by its owner alone."""
    path = settings.instance / FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        json.dump({"url": settings.public_url, "people": people}, file, indent=1)
    return path
