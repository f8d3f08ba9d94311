"""Sources out of the rows of a file, by the rules of the form, and the partners they are with."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from models import Flow, Partner, PartnerStatus, Source, SourceStatus, db, now
from models.among import among
from models.assignment import Credit
from models.base import key_of, new_id
from models.bulk import insert_many, update_many
from models.source import DUPLICATE_FIELDS
from operations import assignments, audit, details, handover, sources
from operations.audit import Part
from operations.import_fields import SOURCE_FIELDS
from operations.import_rows import Row, Wanted, apply, values_of
from operations.place_locks import lock_partners
from policy import Actor

LABELS = {field.name: field.label for field in SOURCE_FIELDS}
LABELS["payout_cents"] = LABELS["payout"]
#: What a source has before anybody says anything about it.
NEW: dict[str, Any] = {
    "name": "",
    "vertical": "",
    "notes": "",
    "payout_cents": 0,
    "duplicate_days": 30,
    "rate_limit": 600,
    "partner_id": None,
}
COLUMNS = ("tenant_id", "id", "name_key", "version", *NEW)
NEW_COLUMNS = (*COLUMNS, "status", "created_at", "duplicate_fields", "flow")
BEGINNINGS = (SourceStatus.TEST, SourceStatus.LIVE)


class Sources:
    """One batch of rows about sources."""

    noun = "source"
    model = Source
    labels: Mapping[str, str] = LABELS

    def __init__(self) -> None:
        self._by_id: dict[uuid.UUID, Partner] = {}
        self._by_key: dict[str, Partner] = {}

    def check(self, actor: Actor, columns: Iterable[str]) -> None:
        """Refuse whoever may not edit sources, or not assign them where the file does."""
        sources.check_may_edit(actor)
        if "partner" in columns:
            assignments.check_may_assign(actor)

    def read(self, row: Row) -> None:
        """Apply the rules of the form."""
        for name, text in row.said.items():
            if name in sources.RULES:
                column, rule = sources.RULES[name]
                apply(row, LABELS[name], column, partial(rule, name, text))
            elif name == "partner":  # what no name can be is not looked up either
                apply(row, LABELS[name], name, partial(details.name, text))

    def load(self, rows: Sequence[Row], wanted: Wanted, *, hold: bool) -> Sequence[Source]:
        """Find sources by identifier or name, none that was deleted, and the partners concerned."""
        named = and_(
            or_(
                among(db.session, Source.id, wanted.ids),
                among(db.session, Source.name_key, wanted.keys),
            ),
            Source.deleted_at.is_(None),
        )
        self._find_partners(rows, named, hold=hold)
        query = select(Source).where(named).order_by(Source.id)
        query = query.with_for_update() if hold else query
        return db.session.scalars(query.execution_options(populate_existing=True)).all()

    def _find_partners(
        self, rows: Sequence[Row], named: ColumnElement[bool], *, hold: bool
    ) -> None:
        """Read the partners that the rows name or the sources are with, held before any source."""
        said = {row.said["partner"] for row in rows if "partner" in row.said}
        ids = {identifier for text in said if (identifier := _identifier(text))}
        keys = {key_of(text) for text in said}
        concerned = or_(
            among(db.session, Partner.id, ids),
            among(db.session, Partner.name_key, keys),
            Partner.id.in_(select(Source.partner_id).where(named)),
        )
        if hold:
            lock_partners(db.session.scalars(select(Partner.id).where(concerned)))
        query = select(Partner).where(concerned).execution_options(populate_existing=True)
        found = db.session.scalars(query).all()
        self._by_id = {partner.id: partner for partner in found}
        self._by_key = {partner.name_key: partner for partner in found}

    def compare(self, rows: Sequence[Row]) -> None:
        """Note what differs."""
        for row in rows:
            had = {name: getattr(row.target, name) for name in NEW} if row.target else NEW
            for name, (column, _) in sources.RULES.items():
                if row.differs(name, column, had.get(column)):
                    row.before[column], row.after[column] = had[column], row.values[column]
                else:
                    row.values.pop(column, None)
            self._begin(row)
            self._assign(row)

    def _begin(self, row: Row) -> None:
        """Read the status that a new source begins in; those that exist keep theirs."""
        if row.target is None and (text := row.said.get("status")):
            status = SourceStatus.of(text.casefold())
            if status not in BEGINNINGS:
                row.refuse(LABELS["status"], "A new source begins in test or live.")
            else:
                row.values["status"] = status

    def _assign(self, row: Row) -> None:
        """Give a source that is with nobody to the partner that is named."""
        if not (text := row.said.get("partner")):
            return
        partner = self._by_id.get(_identifier(text) or new_id()) or self._by_key.get(key_of(text))
        had = row.target.partner_id if row.target else None
        if problem := self._problem(partner, had, text):
            row.refuse(LABELS["partner"], problem)
        elif partner and had is None:
            row.values["partner_id"] = partner.id
            row.before["partner"], row.after["partner"] = "", partner.name

    def _problem(self, partner: Partner | None, had: uuid.UUID | None, text: str) -> str:
        """Say why a source does not come to this partner; nothing where it does, or is there."""
        if partner is None:
            return f"There is no partner “{text[:60]}”. Add it, or import partners first."
        if had == partner.id:
            return ""
        if had is not None:
            whose = self._by_id[had].name
            return f"The source is with {whose}. An import moves none; move it in the list."
        if partner.status is PartnerStatus.ARCHIVED:
            return f"{partner.name} is archived and takes no sources. Restore it first."
        return ""

    def write(self, actor: Actor, rows: Sequence[Row]) -> None:
        """Create, change and assign them, each with its events."""
        after = [(row, _after(actor, row)) for row in rows]
        if new := [source for row, source in after if row.target is None]:
            insert_many(db.session, Source, [values_of(source, NEW_COLUMNS) for source in new])
        if old := [source for row, source in after if row.target]:
            update_many(db.session, Source, [values_of(source, COLUMNS) for source in old])
        given = [source for row, source in after if "partner" in row.after]
        if given:
            handover.begin_each(actor, [(source, source.partner_id) for source in given])
        audit.record_many(actor, [part for row, source in after for part in _parts(row, source)])
        for row, source in after:
            row.target = source


def _after(actor: Actor, row: Row) -> Source:
    """Describe the source as it is afterwards; the row in the database is written with others."""
    had = row.target
    return Source(
        tenant_id=actor.tenant_id,
        id=had.id if had else new_id(),
        version=had.version + 1 if had else 1,
        **row.filled(NEW),
        **({} if had else _beginning(row.values)),
    )


def _beginning(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": values.get("status", SourceStatus.TEST),
        "created_at": now(),
        "duplicate_fields": list(DUPLICATE_FIELDS),
        "flow": Flow.NORMAL,
    }


def _parts(row: Row, source: Source) -> Iterable[Part]:
    """Describe what was done as the form and the list of sources do."""
    facts = {name: value for name, value in row.after.items() if name != "partner"}
    if row.target is None:
        said = sources.facts(facts, facts.keys() - {"notes"})
        yield Part("source.created", source, after={**said, "status": source.status})
    elif facts:
        before, after = (sources.facts(side, facts) for side in (row.before, row.after))
        yield Part("source.edited", source, before=before, after=after)
    if "partner" in row.after:
        after = {"partner": row.after["partner"], "credit": Credit.LEAVE, "since": None}
        yield Part("source.assigned", source, partner_id=source.partner_id, after=after)


def _identifier(text: str) -> uuid.UUID | None:
    try:
        return Partner.parse_id(text)
    except ValueError:
        return None
