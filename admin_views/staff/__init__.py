"""The staff panel, one screen per file."""

from typing import Any

from admin_views.staff.audit import Audit
from admin_views.staff.dashboard import Dashboard
from admin_views.staff.invites import Invites
from admin_views.staff.partners import Partners
from admin_views.staff.preview import Preview
from admin_views.staff.search import Search
from admin_views.staff.settings import TenantSettings
from admin_views.staff.sources import Sources
from admin_views.staff.team import Team
from admin_views.staff.users import Users


def home() -> Any:
    """Build the panel's first page."""
    return Dashboard(endpoint="dashboard", url="/admin")


def screens() -> list[Any]:
    """Build every other screen of the panel."""
    return [
        Partners(endpoint="partners", url="/admin/partners"),
        Sources(endpoint="sources", url="/admin/sources"),
        Users(endpoint="users", url="/admin/users"),
        Invites(endpoint="invites", url="/admin/invites"),
        Audit(endpoint="audit", url="/admin/audit"),
        Team(endpoint="team", url="/admin/team"),
        TenantSettings(endpoint="settings", url="/admin/settings"),
        Search(endpoint="search", url="/admin/search"),
        Preview(endpoint="preview", url="/admin/preview"),
    ]
