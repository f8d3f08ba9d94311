"""The floor: an empty Flask route that draws twenty rows, and the raw SQL of those rows."""

import os

from flask import Flask, render_template_string
from sqlalchemy import create_engine, text

PAGE = """<!doctype html><title>floor</title><table>{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""

ROWS = (
    "SELECT name, status, contact_email, created_at FROM partner"
    " WHERE tenant_id = 1 ORDER BY id DESC LIMIT 20"
)


def create_app() -> Flask:
    """Build the smallest page that shows twenty partners."""
    app = Flask(__name__)
    engine = create_engine(os.environ["DATABASE_URL"])

    @app.get("/")
    def table() -> str:
        with engine.connect() as connection:
            return render_template_string(PAGE, rows=connection.execute(text(ROWS)).all())

    return app
