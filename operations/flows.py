"""Flows: the sources whose calls are out of the ordinary, and when the last call came."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from models import Credential, Flow, Source
from models.source import unusual_flow
from operations.issuing import CONSOLE


def of_flow(flow: Flow) -> ColumnElement[bool]:
    """Criterion for the live sources whose calls are unusual in this way."""
    return and_(unusual_flow(), Source.flow == flow)


def longest(query: Select[Any], flow: Flow) -> Select[Any]:
    """Narrow a query to those sources, the one that has been so for longest first."""
    return query.where(of_flow(flow)).order_by(Source.flow_since, Source.id)


def last_call() -> ColumnElement[Any]:
    """When a key of the source was last used; where none is known, since when that was noticed."""
    used = (
        select(func.max(Credential.last_used_at))
        .where(
            Credential.tenant_id == Source.tenant_id,
            Credential.source_id == Source.id,
            Credential.name != CONSOLE,
        )
        .correlate(Source)
        .scalar_subquery()
    )
    return func.coalesce(used, Source.flow_since)
