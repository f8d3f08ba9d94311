"""The floor of intake: a bare Flask route that knows a key, checks eight fields, writes one row."""

import hashlib
import json
import os
import sqlite3
import threading
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

TEXTS = ("first_name", "last_name", "email", "phone", "postal_code", "state", "city")
KNOWN = "SELECT tenant_id, source_id FROM floor_key WHERE key_hash = ?"
INSERT = (
    "INSERT INTO floor_lead (tenant_id, source_id, received_at, payload)"
    " VALUES (?, ?, ?, ?) RETURNING id"
)


def create_app() -> Flask:
    """Build the smallest endpoint that takes a lead for good."""
    app = Flask(__name__)
    held = threading.local()

    @app.post("/leads")
    def leads() -> ResponseReturnValue:
        if not hasattr(held, "connection"):
            held.connection = connect(os.environ["DATABASE_URL"])
        return taken(held.connection)

    return app


def connect(url: str) -> Any:  # noqa: ANN401 - one of two drivers
    """Open a connection of one of the two kinds."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.partition("///")[2], timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return connection
    return psycopg.connect(url.replace("+psycopg", ""))


def taken(connection: Any) -> ResponseReturnValue:  # noqa: ANN401
    """Know the key, check the fields, write the row, commit."""
    digest = hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()
    known = execute(connection, KNOWN, [digest]).fetchone()
    if known is None:
        connection.rollback()
        return jsonify(error="unauthorized"), 401
    sent = request.get_json()
    if errors := check(sent):
        connection.rollback()
        return jsonify(errors=errors), 422
    values = [*known, datetime.now(UTC).isoformat(), json.dumps(sent)]
    (lead_id,) = execute(connection, INSERT, values).fetchone()
    connection.commit()
    return jsonify(id=lead_id), 201


def execute(connection: Any, sql: str, values: list[Any]) -> Any:  # noqa: ANN401
    """Run a statement in the driver's own way of naming values."""
    if isinstance(connection, psycopg.Connection):
        sql = sql.replace("?", "%s")
    return connection.execute(sql, values)


def check(sent: Any) -> dict[str, str]:  # noqa: ANN401 - whatever was sent
    """Check the eight fields by hand."""
    if not isinstance(sent, dict):
        return {"": "an object is required"}
    errors = {
        name: "required text"
        for name in TEXTS
        if not isinstance(sent.get(name), str) or not 0 < len(sent[name]) <= 200  # noqa: PLR2004
    }
    if "email" not in errors and "@" not in sent["email"]:
        errors["email"] = "not an e-mail address"
    if sent.get("consent") is not True:
        errors["consent"] = "consent is required"
    return errors
