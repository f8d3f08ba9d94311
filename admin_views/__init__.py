"""What signed-in people see: the two panels, as declarations."""

from typing import Any

from flask import Flask
from flask_admin import Admin

from admin_views import chosen, frame, partner, staff
from admin_views.account import Account


def install(app: Flask) -> None:
    """Hang both panels, and everybody's own account page, on the application."""
    frame.install(app)
    chosen.install(app)
    account = Account(endpoint="account", url="/account")
    _panel(app, "staff", "/admin", staff.home(), [*staff.screens(), account])
    _panel(app, "partner", "/partner", partner.home(), partner.screens())


def _panel(app: Flask, name: str, url: str, home: Any, screens: list[Any]) -> None:
    admin = Admin(name="Inflow", url=url, endpoint=name, index_view=home)
    admin.add_views(*screens)
    admin.init_app(app)
