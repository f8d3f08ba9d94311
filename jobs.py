"""The worker's jobs: what runs when, and how the web process hands work over after a commit."""

import logging
import signal
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, TypeVar

from flask import Flask, current_app, has_app_context
from huey import Huey, crontab
from huey.consumer import Consumer
from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Settings
from models import AccountLetter, Job, Letter, LetterState, across_tenants, db
from models.work_queue import open_queue
from operations import (
    accounts,
    background,
    crediting,
    delivery,
    mapping_replay,
    metrics,
    partitions,
    quiet_sources,
    standings,
    submissions,
)
from operations.background import JobKey
from operations.outbox import AnyLetter, LetterKey, key_of

Result = TypeVar("Result")

log = logging.getLogger("inflow")

#: What runs by itself: when, and the operation, which is committed afterwards.
BY_THE_CLOCK: tuple[tuple[Callable[[Any], bool], Callable[[], object]], ...] = (
    (crontab(minute="5"), quiet_sources.look),
    (crontab(minute="7"), accounts.forget_old_attempts),
    (crontab(minute="37", hour="3"), partitions.analyze),
)
#: What runs by itself in small batches, each committed, until it says that nothing is left.
IN_BATCHES: tuple[tuple[Callable[[Any], bool], Callable[[Settings], bool]], ...] = (
    (crontab(minute="17"), submissions.forget_some),
    (crontab(minute="27"), partitions.keep),
)
#: How the jobs of each kind are done (models/job.py), one committed step at a time.
STEPS: dict[str, background.Step] = {
    crediting.KIND: crediting.step,
    mapping_replay.KIND: mapping_replay.replay_step,
}
KINDS: dict[str, type[AnyLetter]] = {
    Letter.__tablename__: Letter,
    AccountLetter.__tablename__: AccountLetter,
}
#: More letters than this in one commit are left to one sweep, which costs the person who
#: waits for an answer no more than a single letter does.
A_FEW = 5
#: Several, so that letters seldom wait for long jobs.
THREADS = 4
#: How long the worker waits for letters under way when it is told to stop. One that takes
#: longer is taken up again when its lease runs out.
SECONDS_TO_STOP = 10
CHECK_EVERY = 10


class Jobs:
    """The queue of one application and the tasks that may stand in it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._alone = threading.Lock()

    @property
    def settings(self) -> Settings:
        """The settings of the application."""
        settings: Settings = self.app.config["INFLOW"]
        return settings

    @cached_property
    def huey(self) -> Huey:
        """The queue; made when it is first needed, so that a start needs no database."""
        huey = open_queue(self.settings.database_url, self.settings.instance)
        self._send_letter = huey.task(name="send_letter")(self.send_letter)
        self._run_job = huey.task(name="run_job")(self.run_job)
        self._sweep = huey.periodic_task(crontab(), name="sweep")(self.sweep)
        self._count = huey.periodic_task(crontab(), name="count")(self.count)
        for when, operation in BY_THE_CLOCK:
            huey.periodic_task(when, name=operation.__name__)(partial(self._run, operation))
        for when, batch in IN_BATCHES:
            huey.periodic_task(when, name=batch.__name__)(partial(self._run_out, batch))
        return huey

    def send_letter(self, kind: str, tenant_id: int | None, letter_id: str) -> None:
        """Send one letter that was just committed."""
        key = tenant_id, uuid.UUID(letter_id)
        self._run(lambda: delivery.deliver(KINDS[kind], key, self.settings))

    def run_job(self, tenant_id: int, job_id: str) -> None:
        """Do one job that was just asked for."""
        with self.app.app_context():
            background.run((tenant_id, uuid.UUID(job_id)), STEPS)

    def sweep(self) -> None:
        """Do whatever is due: tried before, left by a crash, or never handed over."""
        self._run(lambda: delivery.sweep(self.settings))
        with self.app.app_context():
            for key in background.due_keys():
                background.run(key, STEPS)

    def count(self) -> None:
        """Add what is new to the metrics, each piece in a transaction of its own."""
        for tenant_id in self._run(standings.behind):
            self._run(partial(standings.follow, tenant_id))
        for tenant_id in self._run(metrics.waiting):
            while self._run(partial(metrics.count, tenant_id)):
                pass

    def _run(self, work: Callable[[], Result]) -> Result:
        with self.app.app_context(), across_tenants(db.session):
            result = work()
            db.session.commit()
            return result

    def _run_out(self, batch: Callable[[Settings], bool]) -> None:
        """Do batch after batch until nothing is left; nobody waits for more than one of them."""
        while self._run(partial(batch, self.settings)):
            pass

    def hand_over(
        self, letters: Sequence[tuple[str, LetterKey]], asked: Sequence[JobKey] = ()
    ) -> None:
        """Tell the worker of new work. Should that fail, the next sweep finds it anyway."""
        try:
            with self._alone:
                self._enqueue(letters)
                for tenant_id, identifier in asked:
                    self.huey.enqueue(self._run_job.s(tenant_id, str(identifier)))
                self.huey.storage.close()
        except Exception:
            log.exception("the worker was not told of new work; the sweep will find it")

    def _enqueue(self, letters: Sequence[tuple[str, LetterKey]]) -> None:
        queue = self.huey
        if len(letters) > A_FEW:
            queue.enqueue(self._sweep.s())
            return
        for kind, (tenant_id, identifier) in letters:
            queue.enqueue(self._send_letter.s(kind, tenant_id, str(identifier)))

    def work(self) -> None:
        """Work until SIGTERM or SIGINT. The first sweep runs at once, as periodic tasks do."""
        endings = {signal.SIGTERM, signal.SIGINT}
        # Blocked before any thread starts, so that only the wait below receives them.
        signal.pthread_sigmask(signal.SIG_BLOCK, endings)
        consumer = Consumer(
            self.huey, workers=THREADS, max_delay=1.0, shutdown_timeout=SECONDS_TO_STOP
        )
        consumer.start()
        while signal.sigtimedwait(endings, CHECK_EVERY) is None:
            consumer.check_worker_health()
            self.count_soon()
        consumer.stop(graceful=True)

    def count_soon(self) -> None:
        """Let the next free thread count. Should that fail, the next time finds the same rows."""
        try:
            self.huey.enqueue(self._count.s())
        except Exception:
            log.exception("the metrics are not counted now; pages count what is new themselves")


def install(app: Flask) -> None:
    """Give the application its queue."""
    app.extensions["jobs"] = Jobs(app)


def of(app: Flask) -> Jobs:
    """Return the application's queue."""
    jobs: Jobs = app.extensions["jobs"]
    return jobs


@event.listens_for(Session, "after_flush")
def _gather(session: Session, _context: object) -> None:
    new = [row for row in session.new if isinstance(row, Letter | AccountLetter | Job)]
    session.info.setdefault("new_work", []).extend(new)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("new_work", None)


@event.listens_for(Session, "after_commit")
def _tell_the_worker(session: Session) -> None:
    if session.in_nested_transaction() or not has_app_context():
        return
    rows = session.info.pop("new_work", [])
    asked = [background.key_of(row) for row in rows if isinstance(row, Job)]
    told = [
        (row.__tablename__, key_of(row))
        for row in rows
        if not isinstance(row, Job) and row.state is LetterState.QUEUED
    ]
    if told or asked:
        of(current_app).hand_over(told, asked)
