"""The command line: tenants, staff, the demo, the worker."""

from flask import Flask

import jobs


def install(app: Flask) -> None:
    """Hang the commands on `flask --app app …`."""

    @app.cli.command("worker")
    def worker() -> None:
        """Send mails and do what is due, until told to stop."""
        jobs.of(app).work()
