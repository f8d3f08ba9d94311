"""The tenant's settings."""

from typing import Any

from flask import request
from wtforms import Form, IntegerField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from admin_views.base import Panel, Screen, deed, now_at, page
from admin_views.ruled import tidied
from models import Tenant, db
from operations import tenants
from operations.currencies import CODES
from operations.refusal import Invalid
from operations.tenants import TenantValues
from policy import Permission
from visitor import settings

NOT_SAVED = "The settings were not saved."


class SettingsForm(Form):
    name = StringField(
        "Name",
        [InputRequired("Give a name."), tidied(tenants.name_of)],
        description="Partners see it in their panel and in every mail.",
    )
    time_zone = StringField(
        "Time zone",
        [InputRequired("Choose a time zone."), tidied(tenants.zone_of)],
        description="Type a city or region to find it. All times are shown in this zone.",
    )
    currency = StringField(
        "Currency",
        [InputRequired("Choose a currency."), tidied(tenants.code_of)],
        description="Its code, such as USD. Payouts are in it; changing it converts no amount.",
    )
    invite_days = IntegerField(
        "Days an invite is valid", [Optional(), NumberRange(1, 30, "Choose from 1 to 30 days.")]
    )
    idle_minutes = IntegerField(
        "Minutes until an idle session ends",
        [Optional(), NumberRange(5, 720, "Choose from 5 to 720 minutes.")],
    )
    submission_days = IntegerField(
        "Days that calls to the intake are kept",
        [Optional(), NumberRange(1, 365, "Choose from 1 to 365 days.")],
    )


class TenantSettings(Screen):
    """The one form of the tenant's settings."""

    panel = Panel.STAFF

    @page("/", needs=Permission.SETTINGS_MANAGE)
    def index_view(self) -> Any:
        """Show the settings as they are."""
        return self._page(SettingsForm(obj=self._tenant()))

    @deed("/", needs=Permission.SETTINGS_MANAGE)
    def save(self) -> Any:
        """Keep what was typed."""
        form = SettingsForm(request.form)
        if not form.validate():
            return self._page(form, 422)
        try:
            self.run(tenants.edit_settings, self._tenant(), _values(form), done="Settings saved.")
        except Invalid as error:
            db.session.rollback()
            form[error.field].errors = [error.sentence]
            return self._page(form, 422)
        return now_at(self.url("index_view"))

    def _tenant(self) -> Tenant:
        return db.session.get_one(Tenant, self.actor.tenant_id)

    def _page(self, form: SettingsForm, status: int = 200) -> Any:
        own = settings()
        form.invite_days.description = f"1 to 30. Leave empty for this server's {own.invite_days}."
        form.idle_minutes.description = (
            f"5 to 720. Leave empty for this server's {own.session_idle_minutes}."
        )
        form.submission_days.description = (
            f"1 to 365. Leave empty for this server's {own.submission_days}. Leads stay."
        )
        page = {
            "title": "Settings",
            "url": self.url("save"),
            "button": "Save settings",
            "failed": NOT_SAVED,
        }
        attributes = {
            "time_zone": {"list": "zones", "autocomplete": "off"},
            "currency": {"list": "currencies", "autocomplete": "off", "maxlength": "3"},
            "invite_days": {"inputmode": "numeric"},
            "idle_minutes": {"inputmode": "numeric"},
            "submission_days": {"inputmode": "numeric"},
        }
        return self.form_page(
            "staff/settings.html",
            status,
            page=page,
            form=form,
            attributes=attributes,
            groups=GROUPS,
            zones=tenants.time_zones(),
            currencies=sorted(CODES),
        )


GROUPS = (
    {"title": "Tenant", "fields": ("name", "time_zone", "currency")},
    {
        "title": "Limits",
        "help": "For this tenant alone.",
        "fields": ("invite_days", "idle_minutes", "submission_days"),
    },
)


def _values(form: SettingsForm) -> TenantValues:
    return TenantValues(
        form.name.data or "",
        form.time_zone.data or "",
        form.invite_days.data,
        form.idle_minutes.data,
        form.currency.data or "",
        form.submission_days.data,
    )
