"""The floor: an empty Flask route that draws twenty rows, and the raw SQL of those rows.

And the raw SQL of an export, written as CSV.
"""

import csv
import io
import os

from flask import Flask, Response, render_template_string
from sqlalchemy import create_engine, text

PAGE = """<!doctype html><title>floor</title><table>{% for row in rows %}<tr>
{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>"""

ROWS = (
    "SELECT name, status, contact_email, created_at FROM partner"
    " WHERE tenant_id = 1 ORDER BY id DESC LIMIT 20"
)
EVERY = (
    "SELECT id, name, status, source_count, user_count, created_at, contact_email FROM partner"
    " WHERE tenant_id = 1 ORDER BY id DESC"
)


def create_app() -> Flask:
    """Build the smallest page that shows twenty partners."""
    app = Flask(__name__)
    engine = create_engine(os.environ["DATABASE_URL"])

    @app.get("/")
    def table() -> str:
        with engine.connect() as connection:
            return render_template_string(PAGE, rows=connection.execute(text(ROWS)).all())

    @app.get("/export")
    def export() -> Response:
        out = io.StringIO()
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(EVERY)
            csv.writer(out).writerows(rows)
        return Response(out.getvalue(), mimetype="text/csv")

    return app
