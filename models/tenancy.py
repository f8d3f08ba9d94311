"""Whose rows a session may touch: the wall between tenants, and between partners of one tenant.

A session starts with no scope, and touching a tenant's rows then raises. `enter` gives it one,
once per request. From there on every statement, lazy loads included, is narrowed to that
scope, new rows are stamped with it, and rows of anybody else are refused at the flush.
`across_tenants` is the one way out, and easy to search for.
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, Executable, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from models.engine import AnySession
from models.ownership import PartnerOwned, TenantOwned


@dataclass(frozen=True)
class Scope:
    """A tenant, and for partner people the one partner they work for."""

    tenant_id: int
    partner_id: uuid.UUID | None = None


class ScopeMissingError(RuntimeError):
    """A tenant's rows were touched before anybody said whose they are."""


class ForeignRowError(RuntimeError):
    """A row of another tenant or partner was about to be written."""


def enter(session: AnySession, scope: Scope) -> None:
    """Give the session its scope. Forgets every row it already knows."""
    session.expunge_all()
    session.info["scope"] = scope


def scope_of(session: AnySession) -> Scope:
    """Tell the scope. Raises ScopeMissingError when there is none."""
    scope = session.info.get("scope")
    if scope is None:
        message = "a tenant's rows were touched outside any scope"
        raise ScopeMissingError(message)
    return scope  # type: ignore[no-any-return]


@contextmanager
def across_tenants(session: AnySession) -> Iterator[None]:
    """Read and write without a scope: for sign-in, link look-up, jobs and commands only."""
    before = session.info.get("unscoped", False)
    session.info["unscoped"] = True
    try:
        yield
    finally:
        session.info["unscoped"] = before


@contextmanager
def within(session: AnySession, scope: Scope) -> Iterator[None]:
    """Work in one tenant for a while, though the session looks across tenants: for jobs."""
    before = session.info.get("unscoped", False)
    session.info["unscoped"] = False
    enter(session, scope)
    try:
        yield
    finally:
        session.info["unscoped"] = before


class _Value(BindParameter[int]):
    """The tenant in a statement, compared as an object: `==` would build SQL at each look-up.

    By its hash, which SQLAlchemy gives to annotated copies of it too.
    """

    inherit_cache = True
    __hash__ = BindParameter.__hash__

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return hash(self) == hash(other)


@lru_cache(maxsize=1024)
def _criteria(scope: Scope) -> list[Any]:
    tenant_id, partner_id = _Value("tenant_id", scope.tenant_id, unique=True), scope.partner_id
    criteria = [
        with_loader_criteria(
            TenantOwned, lambda cls: cls.tenant_id == tenant_id, include_aliases=True
        )
    ]
    if partner_id is not None:
        criteria += [
            # Asked of the alias itself: an expression would stay about the table in a join's ON.
            with_loader_criteria(
                table, lambda cls: cls.within_partner(partner_id), include_aliases=True
            )
            for table in _tables(TenantOwned)
        ]
    return criteria


#: Statements as they were narrowed, while they live: many are built once for all requests. Those
#: that a request builds for itself go with it; kept, they would be most of what lives on in the
#: process, and what Python's collector walks through again and again.
_known: WeakKeyDictionary[Executable, dict[Scope, Executable]] = WeakKeyDictionary()
SCOPES_KEPT = 64


def _narrowed(statement: Executable, scope: Scope) -> Executable:
    """Narrow a statement, once for each scope: a statement never changes."""
    narrowed = _known.setdefault(statement, {})
    if scope not in narrowed:
        if len(narrowed) == SCOPES_KEPT:
            narrowed.clear()
        narrowed[scope] = statement.options(*_criteria(scope))
    return narrowed[scope]


def narrowed(session: AnySession, statement: Executable) -> Executable:
    """Narrow a statement to the session's scope: for its connection, where nothing does."""
    return _narrowed(statement, scope_of(session))


def _tables(base: type[TenantOwned]) -> Iterator[type[TenantOwned]]:
    for table in base.__subclasses__():
        if hasattr(table, "__mapper__"):
            yield table
        yield from _tables(table)


def _touches_tenant_rows(state: ORMExecuteState) -> bool:
    return any(issubclass(mapper.class_, TenantOwned) for mapper in state.all_mappers)


@event.listens_for(Session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    info = state.session.info
    if info.get("unscoped") or state.is_column_load:
        return
    if "scope" not in info:
        if _touches_tenant_rows(state):
            scope_of(state.session)
        return
    if state.is_insert:
        _check_insert(state)
    else:
        state.statement = _narrowed(state.statement, info["scope"])


def _check_insert(state: ORMExecuteState) -> None:
    """Refuse a bulk insert of foreign rows: it passes no flush, so each row names its tenant."""
    table = state.bind_mapper.class_ if state.bind_mapper else None
    if table is None or not issubclass(table, TenantOwned):
        return
    given: Any = state.parameters or {}
    check_rows(state.session, table, given if isinstance(given, list) else [given])


def check_rows(session: AnySession, table: type[TenantOwned], rows: Iterable[Any]) -> None:
    """Refuse rows of somebody else that are about to be inserted past the flush."""
    if session.info.get("unscoped"):
        return
    scope = scope_of(session)
    if not all(_row_is_within(table, row, scope) for row in rows):
        message = "an inserted row belongs to somebody else"
        raise ForeignRowError(message)


def _row_is_within(table: type[TenantOwned], row: dict[str, Any], scope: Scope) -> bool:
    if row.get("tenant_id") != scope.tenant_id:
        return False
    if scope.partner_id is None:
        return True
    return issubclass(table, PartnerOwned) and row.get("partner_id") == scope.partner_id


@event.listens_for(Session, "before_flush")
def _stamp_and_refuse(session: Session, _context: object, _instances: object) -> None:
    if session.info.get("unscoped"):
        return
    for row in session.new:
        if isinstance(row, TenantOwned) and "tenant_id" not in row.__dict__:
            row.tenant_id = scope_of(session).tenant_id
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, TenantOwned) and not _owns(scope_of(session), row):
            message = f"a {type(row).__name__} of somebody else was about to be written"
            raise ForeignRowError(message)


def _owns(scope: Scope, row: TenantOwned) -> bool:
    if row.tenant_id != scope.tenant_id:
        return False
    return scope.partner_id is None or row.is_within_partner(scope.partner_id)
