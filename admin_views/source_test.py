"""The console, in both panels: send a test lead to the real endpoint and see its answer."""

import json
from typing import Any

from flask import request, url_for
from wtforms import Form, TextAreaField

from admin_views.base import Panel, deed, page
from admin_views.inner_call import Answer, post
from admin_views.one_source import OneSource
from operations import console, specification
from operations.intake import DUPLICATE_ON_PURPOSE, REJECT_ON_PURPOSE
from operations.intake_answers import named
from operations.specification import PATH, Specification
from policy import Permission, may
from visitor import settings

#: Outcomes that the address of the test lead decides.
OUTCOMES = {
    "accepted": "",
    "duplicate": DUPLICATE_ON_PURPOSE,
    "rejected": REJECT_ON_PURPOSE,
}
LINES = 14
#: What an answer names, and what a link to it says.
MADE = {"lead": "Open the lead", "submission": "Open the call"}


class PayloadForm(Form):
    """What is sent, as it stands."""

    payload = TextAreaField(
        "Payload (JSON)",
        description="Sent as it stands, with the content type application/json.",
        render_kw={"rows": LINES, "spellcheck": "false", "class": "mono"},
    )


class SourceTest(OneSource):
    """Mixed with a source's page of either panel, which says whose source it is."""

    @page("/", needs=Permission.SOURCES_SPEC)
    def index_view(self, source_id: str) -> Any:
        """Show a payload that the mapping takes, ready to be sent."""
        spec = specification.of_source(self.living(), settings().public_url)
        text = _sample(spec, OUTCOMES.get(request.args.get("outcome", ""), ""))
        return self._page(PayloadForm(payload=text), spec)

    @deed("/", needs=Permission.SOURCES_SPEC)
    def send(self, source_id: str) -> Any:
        """Send it through the same door as everybody's calls, with a credential for a minute."""
        form = PayloadForm(request.form)
        issued = self.run(console.open_for_a_call, self.living())
        # The partner's people read where calls came from, and nothing of the kind of staff.
        caller = "" if self.actor.is_staff else self.actor.address
        answer = post(PATH, form.payload.data or "", issued.token, caller)
        spec = specification.of_source(self.source, settings().public_url)
        return self._page(form, spec, answer=answer, made=self._made(answer))

    def _made(self, answer: Answer) -> dict[str, str] | None:
        """Lead to the lead that the answer names, or to the call, whoever sees leads."""
        identifier = named(answer.body)
        kind = identifier.rpartition("_")[0]
        if kind not in MADE or not may(self.actor, Permission.LEADS_VIEW):
            return None
        screen = kind if self.panel is Panel.STAFF else f"portal_{kind}"
        where: dict[str, Any] = {f"{kind}_id": identifier}
        url = url_for(f"{screen}.index_view", **where)
        return {"url": url, "word": MADE[kind]}

    def _page(self, form: PayloadForm, spec: Specification, **more: Any) -> Any:
        here = self.url("index_view", source_id=self.source.public_id)
        return self.form_page(
            "source_test.html",
            200,
            head=self.head(),
            source=self.source,
            spec=spec,
            form=form,
            here=here,
            outcomes=[(word, f"{here}?outcome={word}") for word in OUTCOMES]
            if spec.email_name
            else [],
            **more,
        )


def _sample(spec: Specification, email: str) -> str:
    sample = spec.sample
    if email and spec.email_name:
        sample[spec.email_name] = email
    return json.dumps(sample, indent=2, ensure_ascii=False)
