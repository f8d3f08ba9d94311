"""Run Alembic inside the application, on whichever database it is set to."""

from alembic import context
from flask import current_app

from models import db


def is_described(
    _object: object, name: str | None, kind: str, reflected: bool, _other: object
) -> bool:
    """Leave alone what others look after: models/search.py, and the job queue its own tables."""
    if kind == "table":
        return not (reflected and ("_search" in (name or "") or (name or "").startswith("huey_")))
    return not (kind == "index" and (name or "").endswith("_trigram"))


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
