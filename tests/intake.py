"""What tests of intake need: credentials, calls over a real socket, and what was stored."""

import base64
import hashlib
import http.client
import json
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Self

from flask import Flask
from sqlalchemy import func, select

from models import Base, Credential, CredentialKind, Lead, Source, Submission, across_tenants, db
from models.base import new_secret
from tests.servers import HOST, PATIENCE, Site
from tests.world import Side

LEADS = "/api/v1/leads"


@dataclass(frozen=True)
class Key:
    """A credential as its holder has it."""

    key: str
    secret: str
    kind: CredentialKind = CredentialKind.BASIC

    @property
    def header(self) -> str:
        if self.kind is CredentialKind.BEARER:
            return f"Bearer {self.key}_{self.secret}"
        return "Basic " + base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()


@dataclass(frozen=True)
class Said:
    """An answer: its status, its JSON, and its headers."""

    status: int
    json: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        return self.json.get("error", "")


def key_of(side: Side, source: Source, **values: Any) -> tuple[Key, Credential]:
    """Make a credential of a source. Within a session across tenants; the caller commits."""
    kind = values.pop("kind", CredentialKind.BASIC)
    key = Key(f"inf_live_{side.tenant.code}_{uuid.uuid4().hex[:12]}", new_secret(), kind)
    row = Credential(
        tenant_id=side.tenant.id,
        source_id=source.id,
        name=f"{side.marker}-credential",
        kind=kind,
        key=key.key,
        secret_hash=hashlib.sha256(key.secret.encode()).hexdigest(),
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return key, row


def a_key(app: Flask, side: Side, source: Source | None = None, **values: Any) -> Key:
    """Make and commit a credential, of the side's source unless said."""
    with app.app_context(), across_tenants(db.session):
        key, _ = key_of(side, source or side.source, **values)
        db.session.commit()
    return key


def change(app: Flask, row: Any, **values: Any) -> None:
    """Change a row, and commit."""
    with app.app_context(), across_tenants(db.session):
        known = db.session.get(type(row), (row.tenant_id, row.id))
        for name, value in values.items():
            setattr(known, name, value)
        db.session.commit()


def lead(number: int | str = "", **fields: Any) -> dict[str, Any]:
    """Make up a lead that the starter mapping takes."""
    return {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "email": f"ada{number}@mail-of-leads.com",
    } | fields


def stored(app: Flask, statement: Any) -> Any:
    """Give what a statement finds; of a table, all rows."""
    if isinstance(statement, type):
        statement = select(statement)
    with app.app_context(), across_tenants(db.session):
        return db.session.scalars(statement).all()


def count(app: Flask, table: type, *where: Any) -> int:
    return int(stored(app, select(func.count()).select_from(table).where(*where))[0])


def submissions(app: Flask) -> list[Submission]:
    return list(stored(app, select(Submission).order_by(Submission.id)))


def leads(app: Flask) -> list[Lead]:
    return list(stored(app, select(Lead).order_by(Lead.id)))


class Line:
    """A connection to a site, kept open between calls."""

    def __init__(self, site: Site) -> None:
        self._line = http.client.HTTPConnection(HOST, site.port, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def post(self, key: Key | None, sent: Any, **headers: str) -> Said:
        """Post a lead: a mapping as JSON, bytes as they are, anything else in chunks."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps(sent) if isinstance(sent, dict) else sent
        named.setdefault("Content-Type", "application/json")
        return self.ask("POST", LEADS, key, body, named)

    def ask(
        self,
        method: str,
        path: str,
        key: Key | None,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Said:
        shown = {"Authorization": key.header} if key else {}
        self._line.request(method, path, body, shown | (headers or {}))
        answer = self._line.getresponse()
        text = answer.read()
        assert answer.headers["Content-Type"] == "application/json", text
        return Said(answer.status, json.loads(text or b"{}"), dict(answer.headers))


def post(site: Site, key: Key | None, sent: Any, **headers: str) -> Said:
    """Post a lead over a connection of its own."""
    with Line(site) as line:
        return line.post(key, sent, **headers)


def closing_line(site: Site) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(HOST, site.port, timeout=PATIENCE))


def write(app: Flask, what: Any) -> None:
    """Add a row, or run a statement, and commit."""
    with app.app_context(), across_tenants(db.session):
        if isinstance(what, Base):
            db.session.add(what)
        else:
            db.session.execute(what)
        db.session.commit()
