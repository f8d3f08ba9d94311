"""Run Alembic inside the application, on whichever database it is set to."""

from alembic import context
from flask import current_app

from models import db
from models.partitions import is_partition

#: How the names of indexes end that only one of the databases has.
OF_ONE_DATABASE = ("_trigram", "_source_test", "_partner_test")


def is_described(
    _object: object, name: str | None, kind: str, reflected: bool, _other: object
) -> bool:
    """Leave alone what others look after: partitions, models/search.py, the queue's own tables."""
    name = name or ""
    if kind == "table":
        others = "_search" in name or name.startswith("huey_") or is_partition(name)
        return not (reflected and others)
    return not (kind == "index" and name.endswith(OF_ONE_DATABASE))


def run() -> None:
    """Migrate over the application's own engine, each migration in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_object=is_described,
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
