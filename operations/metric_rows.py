"""Where the numbers of a day are: in the rollup up to the mark, and live from the mark on.

What is selected here has to be read in one statement: a statement sees the rollup, the mark and
the rows after it as of one moment, so that a row is in one of them and never in two.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import ScalarSelect as One

from models import EVERY, MetricChange, MetricDay, MetricMark, Outcome, Submission, Uncounted
from models.metric import Numbers

#: The columns of Numbers, in the order of a Tally (operations/figures.py).
NUMBERS = tuple(name for name in Numbers.__annotations__)
KEYS = ("source_id", "partner_id", "day")
#: Above every `seq`. An end that the planner knows tells it that few rows are meant: of a lone
#: beginning that it does not know it believes a third of the table.
END: BindParameter[int] = literal(2**62, literal_execute=True)

#: A number, or the parameter of a statement that is built once (operations/asked.py).
TenantId = int | ColumnElement[int]
#: Tells, for one of the three tables, which of its rows are meant.
Narrow = Callable[[Any], list[ColumnElement[bool]]]


def mark(tenant_id: Any) -> One[int]:  # noqa: ANN401 - a number or a column
    """Up to which `seq` (exclusive) the rollup has the tenant's rows.

    Not as an entity: partner people see no row of it, and their rows have to be divided too.
    """
    table = MetricMark.__table__
    latest = select(func.coalesce(func.max(table.c.seq), 0)).where(table.c.tenant_id == tenant_id)
    return latest.scalar_subquery()


def is_new(kind: Any, tenant_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 - table, column
    """Whether a submission or a change came after the mark."""
    return and_(kind.seq >= mark(tenant_id), kind.seq < END)


def up_to_now(tenant_id: TenantId, narrow: Narrow) -> CompoundSelect[Any]:
    """Select the numbers by source, partner (EVERY: none, or all) and day, in several rows."""
    return union_all(in_rollup(tenant_id, narrow), *since_mark(tenant_id, narrow))


def in_rollup(tenant_id: TenantId, narrow: Narrow) -> Select[Any]:
    """Select what the worker has counted."""
    return _of(tenant_id, MetricDay, select(*_columns(MetricDay)), narrow)


def since_mark(tenant_id: TenantId, narrow: Narrow) -> list[Select[Any]]:
    """Select what it has not."""
    return [
        _of(tenant_id, kind, rows, narrow).where(is_new(kind, tenant_id))
        for kind, rows in ((Uncounted, in_submissions(Uncounted)), (MetricChange, in_changes()))
    ]


def sums_of(columns: Any) -> list[ColumnElement[int]]:  # noqa: ANN401 - of a subquery
    """Add up each of the numbers; as whole numbers, which PostgreSQL's sums are not."""
    return [cast(func.sum(columns[name]), BigInteger).label(name) for name in NUMBERS]


def in_submissions(calls: type[Submission] = Submission) -> Select[Any]:
    """Select what each submission adds."""
    numbers: dict[str, ColumnElement[int]] = {
        **{outcome.value: case((calls.outcome == outcome, 1), else_=0) for outcome in Outcome},
        "payout_cents": func.coalesce(calls.payout_cents, 0),
    }
    added = [numbers.get(name, literal(0)).label(name) for name in NUMBERS]
    return select(*key_of(calls), *added).where(
        calls.is_test.is_(False), calls.outcome != Outcome.REPEATED
    )


def in_changes() -> Select[Any]:
    """Select what each change adds."""
    return select(*key_of(MetricChange), *(getattr(MetricChange, name) for name in NUMBERS))


def key_of(kind: Any) -> list[Any]:  # noqa: ANN401 - any of the tables
    """Select the KEYS of a row; EVERY stands where it has no partner."""
    partner = func.coalesce(kind.partner_id, EVERY).label("partner_id")
    return [kind.source_id, partner, kind.day]


def _of(tenant_id: TenantId, kind: Any, rows: Select[Any], narrow: Narrow) -> Select[Any]:  # noqa: ANN401
    return rows.where(kind.tenant_id == tenant_id, *narrow(kind))


def _columns(kind: Any) -> list[Any]:  # noqa: ANN401
    return [getattr(kind, name) for name in (*KEYS, *NUMBERS)]
