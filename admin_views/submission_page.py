"""The page of one call: the request as it came, the answer as sent, and what was wrong with it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import abort, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from admin_views.base import Screen, parsed
from admin_views.body_words import shown
from admin_views.sections import belongs_to
from admin_views.words import day
from models import Credential, Lead, Outcome, Source, Submission, db
from operations import mappings
from operations.explaining import Explanation, explain
from operations.intake_answers import named

#: An answer of a submission that made a lead names it by its own identifier.
AddressOf = Callable[[str], str | None]


def find_submission(public_id: str) -> Submission:
    """Find a call of this scope, or answer 404."""
    wanted = select(Submission).where(Submission.id == parsed(Submission, public_id))
    submission = db.session.scalar(wanted)
    return submission if submission is not None else abort(404)


def source_of(submission: Submission) -> Source | None:
    """Find its source; a partner's people find it only while it is theirs."""
    query = select(Source).where(Source.id == submission.source_id)
    return db.session.scalar(query.options(joinedload(Source.partner)))


class SubmissionScreen(Screen):
    """One call; each panel says where its parts are shown."""

    def show(
        self,
        submission: Submission,
        source: Source | None,
        head: dict[str, Any],
        address_of: AddressOf,
    ) -> Any:
        """Show the request, the answer, and for each wrong field what is expected."""
        wrong = _explained(submission, source)
        return self.render(
            "submissions/submission.html",
            head=head,
            submission=submission,
            body=shown(submission.body, submission.content_type),
            answer=shown(submission.answer.encode(), "application/json"),
            credential=_credential(submission),
            lead_url=_lead_url(submission, address_of),
            wrong=wrong,
            corrected=next((one.corrected for _, _, one in wrong), ""),
            identifier=submission.public_id,
            day=f"{day(submission.day)} {submission.day.year}",
        )


def head_of(source: Source | None, head: Callable[[], dict[str, Any]], tab: str) -> dict[str, Any]:
    """Describe the header: the source's own, with the tab of its calls as the current one."""
    if source is None:
        return {"name": "Submission", "crumbs": []}
    found = head()
    if found["crumbs"]:  # who sees leads does not always see sources
        belongs_to(found["crumbs"][0]["url"])
    url = url_for(f"{tab}.index_view", source_id=source.public_id)
    for one in found["tabs"]:
        one["current"] = one["url"] == url
    return found


def _explained(
    submission: Submission, source: Source | None
) -> list[tuple[str, list[str], Explanation]]:
    """Explain each wrong field. Whoever reads this page has the whole body before them."""
    if not submission.errors or source is None:
        return []
    fields = mappings.current(source)
    return [
        (name, messages, explain(fields, submission, name, is_masked=False))
        for name, messages in submission.errors.items()
    ]


def _credential(submission: Submission) -> str | None:
    query = select(Credential.name).where(Credential.id == submission.credential_id)
    return db.session.scalar(query)


def _lead_url(submission: Submission, address_of: AddressOf) -> str | None:
    """Lead to the lead it made, which has its identifier, or to that of the call it repeats."""
    made = submission.id
    if submission.outcome is Outcome.REPEATED:
        with suppress(ValueError):
            made = Lead.parse_id(named(submission.answer))
    lead = db.session.scalar(select(Lead).where(Lead.id == made))
    return address_of(lead.public_id) if lead else None
