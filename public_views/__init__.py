"""What anyone can reach without being signed in."""

from flask import Flask

from public_views import accept_invite, front, sign_in


def install(app: Flask) -> None:
    """Hang the public pages on the application."""
    for room in (front, sign_in, accept_invite):
        app.register_blueprint(room.views)
