"""The worker: its queue, and how the web process hands work over after a commit."""

import logging
import signal
import threading
import uuid
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TypeVar

from flask import Flask, current_app, has_app_context
from huey import Huey, crontab
from huey.consumer import Consumer
from sqlalchemy import event
from sqlalchemy.orm import Session

from config import Settings
from models import AccountLetter, Job, Letter, LetterState, across_tenants, db
from models.work_queue import open_queue
from operations import background, delivery, metrics, standings, statistics
from operations.background import JobKey
from operations.outbox import AnyLetter, LetterKey, key_of
from schedule import AT_NIGHT, BY_THE_CLOCK, IN_BATCHES, steps

Result = TypeVar("Result")

log = logging.getLogger("inflow")

#: The kinds of letters, by the name of their table.
KINDS: dict[str, type[AnyLetter]] = {one.__tablename__: one for one in (Letter, AccountLetter)}
#: More letters than this in one commit are left to one sweep: nobody waits for longer then.
A_FEW = 5
#: Several, so that letters seldom wait for long jobs.
THREADS = 4
#: When told to stop, it waits so long for letters under way; others are taken up again later.
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

    @property
    def steps(self) -> dict[str, background.Step]:
        """How the jobs of every kind are done."""
        return steps(self.app.extensions["matched_rows"])

    @cached_property
    def huey(self) -> Huey:
        """The queue; made when it is first needed, so that a start needs no database."""
        settings = self.settings
        huey = open_queue(settings.database_url, settings.instance, pooled=settings.database_pooler)
        self._send_letter = huey.task(name="send_letter")(self.send_letter)
        self._run_job = huey.task(name="run_job")(self.run_job)
        self._sweep = huey.periodic_task(crontab(), name="sweep")(self.sweep)
        self._count = huey.periodic_task(crontab(), name="count")(self.count)
        huey.periodic_task(AT_NIGHT, name="analyze")(self.analyze)
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
            background.run((tenant_id, uuid.UUID(job_id)), self.steps)

    def sweep(self) -> None:
        """Do whatever is due: tried before, left by a crash, or never handed over."""
        self._run(lambda: delivery.sweep(self.settings))
        with self.app.app_context():
            for key in background.due_keys():
                background.run(key, self.steps)

    def count(self) -> None:
        """Add what is new to the metrics, each piece in a transaction of its own."""
        for tenant_id in self._run(standings.behind):
            self._run(partial(standings.follow, tenant_id))
        for tenant_id in self._run(metrics.waiting):
            while self._run(partial(metrics.count, tenant_id)):
                pass

    def analyze(self) -> None:
        """Let the database look at its tables, each part in a transaction of its own."""
        for part in self._run(statistics.parts):
            self._run(partial(statistics.analyze, part))

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
