"""The command line: tenants, staff, the demo, the worker."""

from flask import Flask


def install(app: Flask) -> None:
    """Hang the commands on `flask --app app …`."""
