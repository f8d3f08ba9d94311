"""How many sources and people a partner has: counted in its own row, by triggers.

Asking the other tables which partners have none grows with the tenant; an index on the counts
does not. The database counts in the transaction of the change itself, whoever makes it, so no
operation can forget to. The steps are added to what is there: two changes at the same moment
cannot lose one.

An operation that changes whose a source or a member is holds the partners' rows before
(operations/place_locks.py), so that two of them never wait for each other.
"""

from dataclasses import dataclass
from typing import Any

from models.when_created import when_created


@dataclass(frozen=True)
class Counted:
    """A table with a `partner_id`, and what of its rows is counted in which column."""

    table: str
    #: The columns that the conditions read, besides `partner_id`.
    reads: tuple[str, ...]
    #: Column of the partner: condition, with `{row}` before each column of the counted row.
    counts: dict[str, str]


SOURCES = Counted("source", ("deleted_at",), {"source_count": "{row}deleted_at IS NULL"})
MEMBERS = Counted(
    "membership",
    ("removed_at", "role"),
    {
        "user_count": "{row}removed_at IS NULL",
        "admin_count": "{row}removed_at IS NULL AND {row}role = 'partner_admin'",
    },
)

GONE, COME = "SELECT -1 AS step, {read} FROM gone", "SELECT 1 AS step, {read} FROM come"
#: Per event: the transition tables of PostgreSQL, and the rows that are taken off and added.
CHANGES = {
    "insert": ("NEW TABLE AS come", COME),
    "update": ("OLD TABLE AS gone NEW TABLE AS come", f"{GONE} UNION ALL {COME}"),
    "delete": ("OLD TABLE AS gone", GONE),
}

#: One change of each partner for a whole statement; the partners are locked in one order.
FUNCTION = """
CREATE FUNCTION {table}_counted_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT tenant_id, partner_id, {sums} FROM ({rows}) AS changed
        WHERE partner_id IS NOT NULL GROUP BY tenant_id, partner_id HAVING {differs}
        ORDER BY tenant_id, partner_id
    LOOP
        UPDATE partner SET {added} WHERE tenant_id = found.tenant_id AND id = found.partner_id;
    END LOOP;
    RETURN NULL;
END $$"""

RECOUNT = (
    "SELECT count(*) FROM {table}"
    " WHERE tenant_id = partner.tenant_id AND partner_id = partner.id AND {condition}"
)

TRIGGER = """
CREATE TRIGGER {table}_counted_{event} AFTER {event} ON {table} REFERENCING {transition}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_counted_{event}()"""


def statements(counted: Counted, dialect: str) -> list[str]:
    """List what makes a table counted, for `create_all` and for migrations."""
    return _postgresql(counted) if dialect == "postgresql" else _sqlite(counted)


def removals(counted: Counted, dialect: str) -> list[str]:
    """List what takes it back."""
    names = [f"{counted.table}_counted_{change}" for change in CHANGES]
    if dialect == "postgresql":
        return [f"DROP FUNCTION {name}() CASCADE" for name in names]
    return [f"DROP TRIGGER {name}" for name in names]


def recount(counted: Counted) -> str:
    """Write the statement that counts what is there, on either database."""
    sums = ", ".join(
        f"{column} = ({RECOUNT.format(table=counted.table, condition=condition.format(row=''))})"
        for column, condition in counted.counts.items()
    )
    return f"UPDATE partner SET {sums}"  # noqa: S608 - made of the constants above


def keep_counted(model: Any, counted: Counted) -> None:  # noqa: ANN401 - a mapped class
    """Declare that a partner's row says how many of these it has."""
    for dialect in ("postgresql", "sqlite"):
        when_created(model.__table__, dialect, *statements(counted, dialect))


def _postgresql(counted: Counted) -> list[str]:
    sums = {
        column: f"sum(step * CAST(({condition.format(row='')}) AS integer))"
        for column, condition in counted.counts.items()
    }
    read = ", ".join(("tenant_id", "partner_id", *counted.reads))
    made = []
    for change, (transition, rows) in CHANGES.items():
        function = FUNCTION.format(
            table=counted.table,
            event=change,
            rows=rows.format(read=read),
            sums=", ".join(f"{text} AS {column}" for column, text in sums.items()),
            differs=" OR ".join(f"{text} <> 0" for text in sums.values()),
            added=", ".join(f"{column} = {column} + found.{column}" for column in sums),
        )
        trigger = TRIGGER.format(table=counted.table, event=change, transition=transition)
        made += [function, trigger]
    return made


def _sqlite(counted: Counted) -> list[str]:
    """Row by row: a SQLite transaction that writes is alone anyway."""
    watched = ", ".join(("partner_id", *counted.reads))
    gone, come = _step(counted, "old", "-"), _step(counted, "new", "+")
    parts = {"insert": come, "update": f"{gone}; {come}", "delete": gone}
    return [
        f"CREATE TRIGGER {counted.table}_counted_{change} AFTER {change}"
        f"{f' OF {watched}' if change == 'update' else ''} ON {counted.table}"
        f" BEGIN {deed}; END"
        for change, deed in parts.items()
    ]


def _step(counted: Counted, row: str, sign: str) -> str:
    sums = ", ".join(
        f"{column} = {column} {sign} ({condition.format(row=f'{row}.')})"
        for column, condition in counted.counts.items()
    )
    where = f"tenant_id = {row}.tenant_id AND id = {row}.partner_id"
    return f"UPDATE partner SET {sums} WHERE {where}"  # noqa: S608 - constants again
