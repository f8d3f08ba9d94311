"""Inflow as one more target of the benchmark of the peers, which names it `benchmarks.target:OURS`.

That benchmark's own Python runs this module; it starts the server by `benchmarks.target_server`.
"""

import re
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import targets  # type: ignore[import-not-found]  # the benchmark's own

from benchmarks.names import Kind, active, identifier_of, owner_of
from benchmarks.seed import STAFF
from models.base import public_id

PORT = 9410
#: The harness names partners 1 to 300, one after the other.
ACTIVE = active(301)
SELECTED = "/admin/sources/selected"
TREE = Path(__file__).parent.parent
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
WAS = re.compile(r'name="was" value="([^"]+)"')


def named(kind: Kind, number: int) -> str:
    """Write the public identifier of the row that this number made."""
    return public_id(kind.name.lower(), identifier_of(kind, number))


def login(client: Any) -> dict[str, Any]:  # noqa: ANN401 - an httpx.Client
    """Sign in as the Admin. The cookies are kept: what is assigned was unassigned before."""
    token = TOKEN.search(client.get("/login").text)[1]  # type: ignore[index]
    email, password = STAFF
    client.post("/login", data={"csrf_token": token, "email": email, "password": password})
    token = TOKEN.search(client.get("/admin/partners/").text)[1]  # type: ignore[index]
    return {"csrf_token": token, "cookies": dict(client.cookies)}


def urls(data: Any, auth: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - targets.Data
    """Say where each operation is."""
    partners, sources = "/admin/partners/", "/admin/sources/"
    partner = f"{partners}{named(Kind.PARTNER, data.partner)}/"
    return {
        "list": partners,
        "list_deep": f"{partners}?last=1",
        "search_prefix": f"{partners}?q={quote(data.prefix)}",
        "search_substring": f"{partners}?q={data.substring}",
        "filter_status": f"{partners}?status=active",
        "sort_name": f"{partners}?sort=name",
        "partner_detail": partner,
        "partner_edit": f"{partner}edit",
        "sources_of_partner": f"{partner}sources/",
        "invites": "/admin/invites/",
        "invites_pending": "/admin/invites/?state=pending",
        "source_edit": f"{sources}{named(Kind.SOURCE, 10)}/edit",
        "bulk_100": lambda: _assign(data.source_ids(100), auth),
        "bulk_1000": lambda: _assign(data.source_ids(1000), auth),
        "export_csv": f"{partners}export",
    }


def _assign(numbers: range, auth: dict[str, Any]) -> Any:  # noqa: ANN401 - a targets.Req
    """Assign sources to a partner, once they were taken from another: that is not measured."""
    import httpx  # noqa: PLC0415 - only the benchmark has it

    ids = [named(Kind.SOURCE, n) for n in range(numbers.start, 2 * numbers.stop) if owner_of(n)]
    form = [("csrf_token", auth["csrf_token"]), *(("id", name) for name in ids[: len(numbers)])]
    with httpx.Client(base_url=OURS.base, cookies=auth["cookies"], timeout=60) as client:
        was = WAS.search(_sent(client, "unassign", form).text)[1]  # type: ignore[index]
        _sent(client, "unassign", [*form, ("was", was)])
    partner = named(Kind.PARTNER, ACTIVE[targets.to_partner()])
    chosen = [("partner", partner), ("credit", "leave"), ("asked", "1")]
    return targets.Req(f"{SELECTED}/assign", [*form, *chosen], (303,))


def _sent(client: Any, deed: str, form: list[tuple[str, str]]) -> Any:  # noqa: ANN401 - httpx's own
    body = "&".join(f"{name}={quote(value)}" for name, value in form)
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.post(f"{SELECTED}/{deed}", content=body, headers=head)


COMMAND = f"cd {shlex.quote(str(TREE))} && PYTHONPATH= exec {shlex.quote(sys.executable)}"
OURS = targets.Target(
    "inflow", PORT, ["sh", "-c", f"{COMMAND} -m benchmarks.target_server {PORT}"], login, urls
)
