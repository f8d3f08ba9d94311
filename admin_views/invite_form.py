"""The form that invites people to a partner, and one result per address."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from admin_views import cells
from admin_views.base import deed, now_at
from admin_views.frame import zone
from admin_views.invites import Invites
from admin_views.mail_words import invited, underway
from admin_views.words import plural, relative
from models import Partner, Role, db, now
from operations import invites
from operations.invites import Outcome, Result
from operations.refusal import Invalid
from policy import Permission, grantable
from visitor import tenant

KINDS = {Outcome.INVITED: "good", Outcome.INVALID: "bad", Outcome.LIMITED: "bad"}
TOO_MANY = 429


class InviteForm(Form):
    """Whom to invite, as what, with which words."""

    addresses = TextAreaField(
        "E-mail addresses",
        [InputRequired("Enter at least one e-mail address.")],
        description="One or many, separated by commas, spaces or lines.",
    )
    role = SelectField("Role")
    message = TextAreaField("Message", [Length(max=1000, message="At most 1,000 characters.")])

    def keep(self, results: Sequence[Result]) -> None:
        """Leave in the form what needs a correction or has to wait."""
        self.addresses.data = "\n".join(result.text for result in results if result.stays)
        self.addresses.errors = _problems(results)


class InviteSending(Invites):
    """The part of a page from which people are invited."""

    def invited_partner(self) -> Partner:
        """Say to which partner people are invited here; each page that mixes this in answers."""
        raise NotImplementedError

    def show(self, task: dict[str, Any] | None = None, status: int = 200) -> Response:
        """Show the page, with the form open or not; each page that mixes this in answers."""
        raise NotImplementedError

    def invite_form(self, addresses: str = "") -> InviteForm:
        """Offer the roles that this actor may give."""
        form = InviteForm(request.form, addresses=addresses)
        roles = grantable(self.actor, in_partner=True)
        form.role.choices = [(role.value, role.word) for role in roles]
        form.role.description = "Sees sources, metrics and leads."
        if Role.PARTNER_ADMIN in roles:
            form.role.description += " A Partner Admin also manages users, invites and keys."
        form.addresses.description += f" Up to {self.limits().per_hour} an hour."
        return form

    def task(self, form: InviteForm, results: Sequence[Result] = ()) -> dict[str, Any]:
        """Describe the open form for the template."""
        return {
            "form": form,
            "url": self.url("send"),
            "cancel_url": self.url("index_view"),
            "how": invited(),
            "until": now() + timedelta(days=tenant().invite_days or self.limits().days),
            "results": [self._result(result) for result in results],
            "said": said(results),
            "staying": sum(1 for result in results if result.stays),
            "invalid": sum(1 for result in results if result.outcome is Outcome.INVALID),
        }

    def _result(self, result: Result) -> dict[str, Any]:
        action: dict[str, Any] | None = None
        outcome = outcome_words(result)
        if result.member is not None:
            url = self.page_of(self.invited_partner(), "users", q=result.text)
            action = {"word": "Go to user", "url": url}
        elif result.outcome is Outcome.PENDING and result.invite is not None:
            url = self.url("resend_one", invite_id=result.invite.public_id)
            action = {"word": "Resend", "url": url, "post": True}
            when = relative(result.invite.sent_at, now(), zone())
            outcome = f"Has a pending invite, sent {when}. Nothing was sent."
        return {
            "text": cells.address(result.text),
            "outcome": outcome,
            "kind": kind_of(result),
            "action": action,
        }

    @deed("/send", needs=Permission.INVITES_SEND)
    def send(self, **_place: str) -> Response:
        """Invite; addresses that could not be invited stay in the form."""
        form = self.invite_form()
        if not form.validate():
            return self.show(self.task(form), 422)
        try:
            results = self._send(form)
        except Invalid as refusal:
            db.session.rollback()
            form[refusal.field].errors = [refusal.sentence]
            return self.show(self.task(form), 422)
        return self._answer(form, results)

    def _send(self, form: InviteForm) -> list[Result]:
        results: list[Result] = self.run(
            invites.send,
            self.invited_partner(),
            form.addresses.data,
            Role(form.role.data),
            (form.message.data or "").strip(),
            self.limits(),
        )
        return results

    def _answer(self, form: InviteForm, results: list[Result]) -> Response:
        if are_all_invited(results):
            self.tell(said(results))
            return now_at(self.url("index_view"))
        form.keep(results)
        return limited(self.show(self.task(form, results), status_of(results)))


def _problems(results: Sequence[Result]) -> list[str]:
    """Say each problem once, and how many addresses it concerns."""
    found = Counter(result.sentence for result in results if result.stays)
    return [
        sentence if many == 1 else f"{plural(many, 'address', 'addresses')}: {sentence}"
        for sentence, many in found.items()
    ]


def are_all_invited(results: Sequence[Result]) -> bool:
    """Whether nothing is left to correct or to look at."""
    return {result.outcome for result in results} == {Outcome.INVITED}


def kind_of(result: Result) -> str:
    """Tell the tint of an address's icon."""
    return KINDS.get(result.outcome, "")


def outcome_words(result: Result) -> str:
    """Say what became of an address, and where its mail goes."""
    is_new = result.outcome is Outcome.INVITED
    return f"{result.sentence} The mail {underway(1)}." if is_new else result.sentence


def said(results: Sequence[Result]) -> str:
    """Sum up how many were invited, and where their mails go."""
    sent = sum(1 for result in results if result.outcome is Outcome.INVITED)
    if not sent:
        return "Nothing was sent."
    if sent < len(results):
        return f"{sent} of {plural(len(results), 'invite')} {underway(sent)}."
    which = f"The invite for {results[0].text}" if sent == 1 else f"{sent} invites"
    return f"{which} {underway(sent)}."


def status_of(results: Sequence[Result]) -> int:
    """Answer by the status contract: a correction, a limit, or nothing that could be done."""
    outcomes = {result.outcome for result in results}
    if Outcome.INVALID in outcomes:
        return 422
    return TOO_MANY if Outcome.LIMITED in outcomes else 409


def limited(answer: Response) -> Response:
    """Say when to try again, where a limit was reached."""
    if answer.status_code == TOO_MANY:
        answer.headers["Retry-After"] = "3600"
    return answer
