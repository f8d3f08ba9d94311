"""What tests of single operations have in common."""

import json

import pytest

from tests.intake import LEADS, a_key, lead


@pytest.fixture
def post(app, world):
    """Post a lead with a credential of Acme's source, or another one."""
    own = a_key(app, world.acme)
    client = app.test_client()

    def call(sent=None, key=own, content_type="application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = sent if isinstance(sent, bytes) else json.dumps(lead() if sent is None else sent)
        shown = {"Authorization": key.header, "Content-Type": content_type}
        answer = client.post(LEADS, data=body, headers=shown | named)
        return answer.status_code, answer.json.get("error", answer.json.get("status"))

    yield call
    app.extensions["intake"].direct.close()
