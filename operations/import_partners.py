"""Partners out of the rows of a file, by the rules of the form."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from sqlalchemy import delete, or_, select

from models import Membership, Partner, PartnerStatus, PartnerTag, User, db, now
from models.among import among
from models.base import key_of, new_id
from models.bulk import insert_many, update_many
from operations import audit, metric_changes, partners, tags
from operations.audit import Part
from operations.import_fields import PARTNER_FIELDS
from operations.import_rows import Row, Wanted, apply, flag, values_of
from operations.place_locks import lock_partners
from policy import Actor

LABELS = {field.name: field.label for field in PARTNER_FIELDS}
FLAGS = ("show_returned", "deduct_returned")
#: What a partner has before anybody says anything about it.
NEW: dict[str, Any] = {
    "name": "",
    "contact_name": "",
    "contact_email": "",
    "phone": "",
    "website": "",
    "notes": "",
    "account_manager_id": None,
    "show_returned": True,
    "deduct_returned": False,
}


@dataclass(frozen=True)
class Colleague:
    """Somebody who is account manager, or could be."""

    id: uuid.UUID
    name: str
    email_key: str
    is_on_team: bool

    def is_called(self, key: str) -> bool:
        """Whether a cell means this person."""
        return key in {self.email_key, key_of(self.name)}


class Partners:
    """One batch of rows about partners."""

    noun = "partner"
    model = Partner
    labels: Mapping[str, str] = LABELS

    def check(self, actor: Actor, columns: Iterable[str]) -> None:  # noqa: ARG002 - all alike
        """Refuse whoever may not edit partners."""
        partners.check_may_edit(actor)

    def read(self, row: Row) -> None:
        """Apply the rules of the form."""
        for name, text in row.said.items():
            if name in FLAGS:
                apply(row, LABELS[name], name, partial(flag, name, text))
            elif name in partners.RULES:
                apply(row, LABELS[name], name, partial(partners.RULES[name], text))

    def load(self, _rows: Sequence[Row], wanted: Wanted, *, hold: bool) -> Sequence[Partner]:
        """Find partners by identifier or name."""
        named = or_(
            among(db.session, Partner.id, wanted.ids),
            among(db.session, Partner.name_key, wanted.keys),
        )
        if hold:
            lock_partners(db.session.scalars(select(Partner.id).where(named)))
        query = select(Partner).where(named).execution_options(populate_existing=True)
        return db.session.scalars(query).all()

    def compare(self, rows: Sequence[Row]) -> None:
        """Note what differs, in the words that history uses."""
        had_tags = tags.of_many(row.target.id for row in rows if row.target)
        for row in rows:
            had = {name: getattr(row.target, name) for name in NEW} if row.target else dict(NEW)
            had["tags"] = had_tags.get(row.target.id, []) if row.target else []
            for name in (*NEW, "tags"):
                if row.differs(name, name, had[name]):
                    row.before[name], row.after[name] = had[name], row.values[name]
                else:
                    row.values.pop(name, None)
            if text := row.said.get("account_manager"):
                self._compare_manager(row, had["account_manager_id"], text)

    def _compare_manager(self, row: Row, manager_id: uuid.UUID | None, text: str) -> None:
        """Find whom a cell means; somebody who left stays where they are."""
        key = key_of(text)
        had = next((person for person in self._staff if person.id == manager_id), None)
        if had and had.is_called(key):
            return
        meant = [person for person in self._staff if person.is_on_team and person.is_called(key)]
        if len(meant) != 1:
            row.refuse(LABELS["account_manager"], _nobody(text, len(meant)))
            return
        row.values["account_manager_id"] = meant[0].id
        row.before["account_manager"] = had.name if had else ""
        row.after["account_manager"] = meant[0].name

    def write(self, actor: Actor, rows: Sequence[Row]) -> None:
        """Create and change them, each with its event."""
        after = [(row, _after(actor, row)) for row in rows]
        if new := [partner for row, partner in after if row.target is None]:
            insert_many(db.session, Partner, [values_of(partner, NEW_COLUMNS) for partner in new])
        if old := [partner for row, partner in after if row.target]:
            update_many(db.session, Partner, [values_of(partner, COLUMNS) for partner in old])
        _put_tags(after)
        if turned := [partner for row, partner in after if row.target and _turns(row)]:
            metric_changes.deduction_changed(turned)
        audit.record_many(
            actor,
            [
                Part("partner.edited", partner, before=row.before, after=row.after)
                if row.target
                else Part("partner.created", partner, after=row.after)
                for row, partner in after
            ],
        )
        for row, partner in after:
            row.target = partner

    @cached_property
    def _staff(self) -> list[Colleague]:
        query = select(Membership.id, User.name, User.email_key, Membership.removed_at)
        found = db.session.execute(
            query.join(Membership.user).where(Membership.partner_id.is_(None))
        )
        return [Colleague(id_, name, key, left is None) for id_, name, key, left in found]


COLUMNS = ("tenant_id", "id", "name_key", "version", *NEW)
NEW_COLUMNS = (*COLUMNS, "status", "created_at")


def _after(actor: Actor, row: Row) -> Partner:
    """Describe the partner as it is afterwards; the row in the database is written with others."""
    had = row.target
    return Partner(
        tenant_id=actor.tenant_id,
        id=had.id if had else new_id(),
        version=had.version + 1 if had else 1,
        status=had.status if had else PartnerStatus.ACTIVE,
        created_at=had.created_at if had else now(),
        **row.filled(NEW),
    )


def _turns(row: Row) -> bool:
    return "deduct_returned" in row.after


def _put_tags(after: Sequence[tuple[Row, Partner]]) -> None:
    """Make the tags what is wanted: those that were go, whichever they were."""
    retagged = [(row, partner) for row, partner in after if "tags" in row.after]
    if had := [partner.id for row, partner in retagged if row.before["tags"]]:
        db.session.execute(delete(PartnerTag).where(among(db.session, PartnerTag.partner_id, had)))
    tags.add((partner, tag) for row, partner in retagged for tag in row.after["tags"])


def _nobody(text: str, number: int) -> str:
    if number:
        return f"{number} people on your team are called “{text}”. Give the e-mail address."
    return f"Nobody on your team is called “{text}”, or has this e-mail address."
