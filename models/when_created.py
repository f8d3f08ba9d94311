"""What a database is told when it is given a table, besides the table itself."""

from sqlalchemy import DDL, Table, event


def when_created(table: Table, dialect: str, *statements: str) -> None:
    """Declare what `create_all` says behind the table, on one of the databases."""
    for statement in statements:
        event.listen(table, "after_create", only_on(dialect, statement))


def only_on(dialect: str, statement: str) -> DDL:
    """Write a statement for one of the databases, as it stands: `%` is no placeholder."""
    made: DDL = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
    return made.execute_if(dialect=dialect)
