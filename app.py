"""Builds the application; the only file that knows every room. Start here."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import admin_views
import commands
import guard
import jobs
import public_views
import visitor
from config import Settings
from models import db, replica
from models.engine import UNPREPARED
from public_views import intake
from rendering import Templates

STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings | None = None) -> Flask:
    """Build Inflow. Raises SettingError when the environment makes no sense."""
    settings = settings or Settings.from_environment()
    # For its owner alone: the database and the letters are in it.
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask(__name__, instance_path=str(settings.instance), static_url_path=_static_path())
    app.config.update(_flask_settings(settings))
    app.jinja_environment = Templates
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    db.init_app(app)
    # The replica is reached through the same pooler, or through none either.
    replica.install(
        app, settings.replica_url, settings.replica_seconds, pooled=settings.database_pooler
    )
    Migrate(app, db, render_as_batch=False)
    guard.install(app)
    CSRFProtect(app)
    for room in (visitor, public_views, admin_views, jobs, commands):
        room.install(app)
    _stand_behind_proxies(app, settings)
    return app


@cache
def _static_path() -> str:
    """Name the static files by what is in them, so that browsers may keep them for a year."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        if path.suffix != ".gz":
            digest.update(path.read_bytes())
    return f"/static/{digest.hexdigest()[:8]}"


def _flask_settings(settings: Settings) -> dict[str, object]:
    return {
        "INFLOW": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,
            "connect_args": UNPREPARED if settings.database_pooler else {},
            **_pool(settings),
        },
        "SESSION_COOKIE_NAME": "__Host-inflow" if settings.is_https else "inflow",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # The token lives as long as the session it is tied to.
        "WTF_CSRF_TIME_LIMIT": None,
        # A page whose address holds a token sends no referrer, so none can be asked for. No
        # other host can plant the token's cookie either: its name begins with __Host-.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _pool(settings: Settings) -> dict[str, object]:
    """Let few connections do what few ask for; one of SQLite learns new statistics when opened."""
    if settings.database_url.startswith("sqlite"):
        return {"pool_recycle": 600}
    return {"pool_use_lifo": True}  # the one used last has the most statements prepared


def _stand_behind_proxies(app: Flask, settings: Settings) -> None:
    """Serve static files and intake before Flask, and believe as many proxies as are named."""
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=STATIC,
        prefix=_static_path(),
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=guard.add_static_headers,
    )
    intake.install(app, settings)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
