"""Lists of members: what the users of all partners, of one partner, and the team share."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from flask import abort, request
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, joinedload
from werkzeug.wrappers import Response

from admin_views import cells, member_tasks
from admin_views.base import page
from admin_views.keyset import Page
from admin_views.lists import Bulk, Column, Filter, Query, RowAction
from admin_views.member_deeds import MemberDeeds
from models import Membership, Role, User
from policy import Permission, may_change


def role_filter(*roles: Role) -> Filter:
    """Offer these roles as a filter."""
    return Filter(
        "role",
        "Role",
        lambda: [(role.value, role.word) for role in roles],
        lambda value: Membership.role == value,
    )


NAME = Column("name", "Name", lambda row, _: row.user.name, sort=User.search_key, css="clip-s")
EMAIL = Column(
    "email",
    "E-mail",
    lambda row, _: cells.address(row.user.email),
    text=lambda row, _: row.user.email,
    css="clip-s wide",
)
ROLE = Column("role", "Role", lambda row, _: row.role.word, sort=Membership.role)
JOINED = Column(
    "joined",
    "Joined",
    lambda row, _: cells.moment(row.joined_at),
    sort=Membership.id,
    text=lambda row, _: cells.stamp(row.joined_at),
    numeric=True,
)
LAST_ACTIVE = Column(
    "active",
    "Last active",
    lambda row, _: cells.moment(row.last_active_at),
    text=lambda row, _: cells.stamp(row.last_active_at),
    numeric=True,
)


def _inviter(row: Membership, more: dict[str, Any]) -> str:
    name: str = more["inviters"].get(row.invited_by_id, "")
    return name


def _invited_by(row: Membership, more: dict[str, Any]) -> Markup | str:
    name = _inviter(row, more)
    return cells.person(name) if name else cells.NOTHING


INVITED_BY = Column("invited_by", "Invited by", _invited_by, text=_inviter, css="clip-xs")


WITH_PEOPLE = (
    select(Membership)
    .outerjoin(Membership.user)  # each is a person, which a count need not look up
    .options(contains_eager(Membership.user), joinedload(Membership.invited_by))
    .where(Membership.removed_at.is_(None))
)


class Members(MemberDeeds):
    """Members with what may be done to them: change role, Remove."""

    model = Membership
    title, noun = "Users", ("user", "users")
    to_view = Permission.USERS_VIEW
    columns: ClassVar[Sequence[Column]] = (NAME, EMAIL, ROLE, JOINED, LAST_ACTIVE, INVITED_BY)
    filters: ClassVar[Sequence[Filter]] = (role_filter(Role.PARTNER_ADMIN, Role.PARTNER_USER),)
    bulk: ClassVar[Sequence[Bulk]] = (
        Bulk("change", "Change role", "change_role", needs=Permission.USERS_EDIT),
        Bulk("remove", "Remove", "remove", Permission.USERS_EDIT, sharp=True, counted=True),
    )
    searched = (User.search_key,)
    search_label = "Search by name or e-mail"
    empty_icon = "users"
    empty = ("No users yet", "Whoever accepts an invite appears here.")
    template = "users/list.html"

    # Which rows, and what they say ---------------------------------------------------------

    def base_query(self) -> Select[Any]:
        """Members who are still here, with the person; removed ones stay for history."""
        return WITH_PEOPLE

    def _searched(self, asked: Query, query: Select[Any]) -> Select[Any]:
        """Begin with the people who are found: SQLite must see that each member is one of them."""
        found = super()._searched(asked, query)
        return found.where(User.search_key >= "") if asked.q else found

    def _page(self, asked: Query, query: Select[Any], total: ColumnElement[int]) -> Page:
        """In the order of names begin with the people, along their index."""
        if asked.sort.removeprefix("-") == NAME.key:
            query = query.where(User.search_key >= "")  # true of everybody
        return super()._page(asked, query, total)

    def more(self, rows: Sequence[Any]) -> dict[str, Any]:
        """Name those who invited the people of one page."""
        return {
            "inviters": {row.invited_by_id: row.invited_by.name for row in rows if row.invited_by}
        }

    def name_of(self, row: Any) -> str:
        """Name the person."""
        return str(row.user.name)

    def sub_of(self, row: Any) -> str:
        """Say when somebody cannot sign in at all."""
        return "Account suspended" if row.user.suspended_at else ""

    def actions_of(self, row: Any) -> Iterable[RowAction]:
        """Offer what this actor may do to this member."""
        if not may_change(self.actor, row):
            return
        if member_tasks.roles_for(self.actor, [row]):
            yield RowAction("Change role", self.here(change=row.public_id))
        yield RowAction("Remove", self.here(remove=row.public_id), sharp=True)

    # Pages and deeds -----------------------------------------------------------------------

    @page("/", needs=Permission.PANEL_OPEN)
    def index_view(self, **_place: str) -> Any:
        """Show the list, with the task above it that the address opens."""
        self._check_view()
        return self.list_page(self.open_task())

    def list_page(self, task: dict[str, Any] | None = None, status: int = 200) -> Response:
        """Show the list, with a task above it or none."""
        listing = self.listing()
        listing["summary"] = self.summary()
        for row in listing["rows"]:
            row["marked"] = task is not None and row["id"] in task["ids"]
        return self.form_page(self.template, status, listing=listing, head=self.head(), task=task)

    def open_task(self) -> dict[str, Any] | None:
        """Open what the address asks for."""
        if chosen := request.args.get("remove"):
            return self.removal([self._changeable(chosen)], member_tasks.ReasonForm())
        if chosen := request.args.get("change"):
            return self.change([self._changeable(chosen)])
        return None

    def _changeable(self, public_id: str) -> Membership:
        row: Membership = self.row(public_id)
        return row if may_change(self.actor, row) else abort(403)
