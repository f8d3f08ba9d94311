"""Undoing and deciding at the same moment: on PostgreSQL both get as far as the row's lock."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models import AuditEvent, SourceStatus, db
from operations import sources, undo
from operations.refusal import Refusal
from tests.operations.test_assignments import here
from tests.waiting import until_somebody_waits


def test_what_is_decided_while_an_undo_waits_for_the_row_stays(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        event = sources.set_status(actor, here(acme.source), SourceStatus.PAUSED)
        told = event.id
        db.session.commit()

    def take_back():
        with inside(acme) as actor:
            undo.undo(actor, db.session.get_one(AuditEvent, (actor.tenant_id, told)))

    with inside(acme) as actor, ThreadPoolExecutor(1) as ann:
        sources.set_status(actor, here(acme.source), SourceStatus.TEST)
        sources.set_status(actor, here(acme.source), SourceStatus.PAUSED)
        undoing = ann.submit(take_back)
        with db.engine.connect() as looking:
            until_somebody_waits(looking)
        db.session.commit()
        with pytest.raises(Refusal, match="changed again since"):
            undoing.result()
