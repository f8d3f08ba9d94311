"""What a source's page says of its credentials: there is none, or one is on its way out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models import Credential, Source, db
from operations import credentials


@dataclass(frozen=True)
class Notice:
    """Nothing opens the door, or the key of that name closes soon."""

    name: str = ""
    closes_at: datetime | None = None


def notice_of(source: Source) -> Notice | None:
    """Tell what whoever may issue credentials should know; None where all is well."""
    if source.deleted_at is not None:
        return None
    usable = select(Credential.name, credentials.END.label("closes_at")).where(
        *credentials.listed(source), credentials.usable()
    )
    by_end = (Credential.closes_at.is_(None), credentials.END)
    first = db.session.execute(usable.order_by(*by_end).limit(1)).first()
    if first is None:
        return Notice()
    return Notice(first.name, first.closes_at) if first.closes_at else None
