"""What anyone can reach without being signed in."""

from flask import Flask

from public_views import accept_invite, front, password_reset, sign_in, specification


def install(app: Flask) -> None:
    """Hang the public pages on the application."""
    for room in (front, sign_in, password_reset, accept_invite, specification):
        app.register_blueprint(room.views)
