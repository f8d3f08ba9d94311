"""Inflow as it is served for a measurement: each answer says how many statements it took."""

from flask import Flask, g, has_app_context
from sqlalchemy import Engine, event
from werkzeug.wrappers import Response

import app
from benchmarks.servers import HEADER


def create_app() -> Flask:
    """Build the application, and count what each request says to the database."""
    made = app.create_app()

    @event.listens_for(Engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if has_app_context() and not statement.startswith(("BEGIN", "SAVEPOINT")):
            g.statements = g.get("statements", 0) + 1

    @made.after_request
    def tell(answer: Response) -> Response:
        answer.headers[HEADER] = str(g.get("statements", 0))
        return answer

    return made
