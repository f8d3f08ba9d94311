"""What the assign, move and unassign pages read and offer: selections, partners, credit."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from flask import abort, request, url_for
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, load_only
from wtforms import DateField, Form, RadioField

from admin_views.base import parsed
from admin_views.words import counted
from guard import came_from, local_path
from models import Partner, PartnerStatus, Source, db
from models.among import among
from models.assignment import Credit
from models.counting import capped
from models.search import matching
from operations import waiting_leads
from operations.refusal import Invalid
from operations.waiting_leads import Waiting, together
from visitor import actor

#: A list to choose from shows so many; its search finds the others.
OFFERED = 50
#: What is read of a selection, which may be a thousand sources.
READ = (
    load_only(Source.name, Source.vertical, Source.status, Source.partner_id, raiseload=True),
    joinedload(Source.partner).load_only(Partner.name, Partner.name_key, raiseload=True),
)


class CreditForm(Form):
    """What happens to leads that the sources received while they had no partner."""

    credit = RadioField(
        "Leads these sources received without a partner",
        choices=[
            (Credit.LEAVE.value, "Leave them as they are"),
            (Credit.ALL.value, "Credit all of them"),
            (Credit.SINCE.value, "Credit those received since a date"),
        ],
        default=Credit.LEAVE.value,
    )
    since = DateField("Credit leads received since", validators=[])

    @classmethod
    def sent(cls) -> Self:
        """Read what was sent; nothing chosen yet means the default."""
        return cls(request.form if "credit" in request.form else None)

    @property
    def terms(self) -> tuple[Credit, date | None]:
        """What was chosen; the form has checked that it is a choice."""
        return Credit(self.credit.data), self.since.data

    def validate(self, *_: Any, **__: Any) -> bool:
        """A day that is no day matters only where a day is asked for."""
        is_valid = bool(super().validate())
        if self.credit.data == Credit.SINCE.value or self.credit.errors:
            return is_valid
        self.since.errors = []
        return True

    def waiting(self, sources: Sequence[Source]) -> Waiting | None:
        """Count what the sources received since the day that was chosen, once there is one."""
        if not sources or self.since.data is None:
            return None
        return all_waiting(sources, self.since.data)

    def refuse(self, refused: Invalid) -> None:
        """Put the sentence beside the field it is about."""
        self.since.errors = [refused.sentence]


def all_waiting(sources: Sequence[Source], since: date = date.min) -> Waiting:
    """Add up what these sources received while they were with nobody."""
    ids = [source.id for source in sources]
    return together(waiting_leads.of_sources(actor().tenant_id, ids, since).values())


@dataclass
class Pick:
    """A list to choose from: what is shown of it, what is chosen, and how much there is."""

    chosen: Sequence[Any]
    others: Sequence[Any]
    #: Counted no further than the cap.
    total: int
    find: str = ""
    error: str = ""
    #: What each source received while it was with nobody.
    alone: dict[uuid.UUID, Waiting] = field(default_factory=dict)
    chosen_ids: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.chosen_ids = {row.public_id for row in self.chosen}

    @property
    def rows(self) -> list[Any]:
        """What was chosen stays in sight, before whatever the search finds."""
        return [*self.chosen, *self.others]

    @property
    def counted(self) -> str:
        """Say how much there is."""
        return counted(self.total)

    @property
    def waiting(self) -> Waiting:
        """What waits for those that are chosen."""
        return together(self.alone[row.id] for row in self.chosen if row.id in self.alone)

    @property
    def is_whole(self) -> bool:
        """Whether everything there is can be seen, so that the browser itself can search it."""
        return not self.find and len(self.rows) >= self.total


def found_text() -> str:
    """Read what the search of a list to choose from asks for."""
    return request.values.get("find", "").strip()[:200]


def unassigned(chosen: Sequence[Source] = ()) -> Pick:
    """Offer the sources that are with nobody, by name."""
    free = (Source.partner_id.is_(None), Source.deleted_at.is_(None))
    taken = [source.id for source in chosen]
    query = select(Source).where(*free, Source.id.not_in(taken))
    if find := found_text():
        in_vertical = func.lower(Source.vertical).contains(find.lower(), autoescape=True)
        query = query.where(or_(matching(Source.name_key, find), in_vertical))
    named = load_only(Source.name, Source.vertical, raiseload=True)
    first = query.order_by(Source.name_key).limit(OFFERED).options(named)
    others = db.session.scalars(first).all()
    total = how_many(select(Source).where(*free), Source.id)
    pick = Pick(chosen, others, total, find)
    pick.alone = waiting_leads.of_sources(actor().tenant_id, [row.id for row in pick.rows])
    return pick


def partners(without: Sequence[Partner] = (), chosen: Partner | None = None) -> Pick:
    """Offer the partners that may receive sources, by name."""
    left_out = [partner.id for partner in without]
    open_ = (Partner.status != PartnerStatus.ARCHIVED, Partner.id.not_in(left_out))
    taken = [chosen] if chosen else []
    query = select(Partner).where(*open_, Partner.id.not_in([row.id for row in taken]))
    if find := found_text():
        query = query.where(matching(Partner.name_key, find))
    named = load_only(Partner.name, Partner.status, raiseload=True)
    first = query.order_by(Partner.name_key).limit(OFFERED).options(named)
    others = db.session.scalars(first).all()
    total = how_many(select(Partner).where(*open_), Partner.id)
    return Pick(taken, others, total, find)


def how_many(query: Select[Any], identifier: Any) -> int:
    """Count what there is to choose from, no further than the cap."""
    return db.session.execute(select(capped(query, identifier))).scalar_one()


def selected(name: str) -> list[Source]:
    """Find the sources that were selected, with their partners: all of them, or 404."""
    wanted = {parsed(Source, text) for text in request.values.getlist(name)}
    query = select(Source).where(among(db.session, Source.id, wanted)).options(*READ)
    found = list(db.session.scalars(query.order_by(Source.name_key)))
    return found if len(found) == len(wanted) else abort(404)


def chosen_partner() -> Partner | None:
    """Find the partner that was chosen, None when none was, 404 for what is none of ours."""
    text = request.values.get("partner", "")
    if not text:
        return None
    wanted = Partner.id == parsed(Partner, text)
    return db.session.scalar(select(Partner).where(wanted)) or abort(404)


def way_back() -> str:
    """Where the person came from: the list with its filters, a partner's tab, a source."""
    before = came_from()
    home = before if before.startswith("/admin/") else url_for("sources.index_view")
    return local_path(request.form.get("next"), home)
