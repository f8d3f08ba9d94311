"""The specification's examples run as they stand, against a real server, with an issued key."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import func, select

from models import CredentialKind, Lead, across_tenants, db
from tests.intake import a_key
from tests.servers import serving, somebody

EXAMPLE = re.compile(r'aria-label="(\w+) example"><code>(.*?)</code>', re.DOTALL)
#: How each language runs what is in a file; those that are not installed are left out.
RUN = {
    "cURL": (["sh"], ".sh"),
    "Python": ([sys.executable], ".py"),
    "PHP": (["php"], ".php"),
    "JavaScript": (["node"], ".js"),
}
INSTALLED = [language for language, (command, _) in RUN.items() if shutil.which(command[0])]


@pytest.fixture(scope="module")
def site(app, settings, tmp_path_factory):
    with serving(replace(settings, instance=tmp_path_factory.mktemp("examples"))) as site:
        yield site


def who(key):
    if key.kind is CredentialKind.BEARER:
        return {"INFLOW_TOKEN": f"{key.key}_{key.secret}"}
    return {"INFLOW_KEY": key.key, "INFLOW_SECRET": key.secret}


def test_the_two_that_everybody_has_are_tried():
    assert {"cURL", "Python"} <= set(INSTALLED)
    assert shutil.which("curl")


@pytest.mark.parametrize("kind", CredentialKind)
@pytest.mark.parametrize("language", INSTALLED)
def test_an_example_gets_201_as_it_stands(app, world, site, tmp_path, language, kind):
    key = a_key(app, world.acme, kind=kind)
    address = f"/admin/sources/{world.acme.source.public_id}/specification/"
    page = somebody(site, app, world.acme.admin).get(address)
    text = unescape(dict(EXAMPLE.findall(page.text))[language])
    command, ending = RUN[language]
    file = tmp_path / f"example{ending}"
    file.write_text(text, encoding="utf-8")

    said = subprocess.run(
        [*command, str(file)],
        env={**os.environ, **who(key)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    assert "201" in said.splitlines()[0]
    assert '"status": "accepted"' in said
    with app.app_context(), across_tenants(db.session):
        assert db.session.scalar(select(func.count()).select_from(Lead)) == 1
