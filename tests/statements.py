"""Counting the statements that reach the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from models import db

BEGINS = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect what is executed inside the block, except what begins and ends transactions."""
    made: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_others) -> None:
        if not statement.startswith(BEGINS):
            made.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", note)
