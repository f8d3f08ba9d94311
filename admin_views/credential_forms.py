"""What is asked about a new credential, and about the successor of one."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request
from wtforms import DateField, Form, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from admin_views.frame import zone
from models import Credential, CredentialKind
from operations.issuing import NAME, Choice
from operations.refusal import Invalid

KIND_HELPS = {
    "basic": "The caller shows both with HTTP Basic. Most forms and CRMs can do that.",
    "bearer": "The caller shows one long token in the Authorization header.",
}
LEAD_HELPS = {
    "live": "Leads count as soon as the source is live.",
    "test": "Every lead is a test and counts nowhere, also when the source is live.",
}
WAIT_HELPS = {
    "0": "Every call with the old one is refused from now on.",
    "24": "Both work meanwhile, and the page shows the calls on each.",
}


class SuccessorForm(Form):
    """What a successor may change: its name and its expiry; kind and purpose stay."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name: which system will use it?"), Length(max=NAME)],
        description="Which system uses it, for example “Landing pages 2026”.",
        render_kw={"maxlength": NAME, "autocomplete": "off"},
    )
    expires = DateField(
        "Last day it works",
        [Optional()],
        description="Leave it empty for a credential that does not expire.",
    )

    @classmethod
    def sent(cls) -> Any:
        """Read what was sent."""
        return cls(request.form)

    def refuse(self, refused: Invalid) -> None:
        """Put the sentence beside its field."""
        self[refused.field].errors = [refused.sentence]

    def ends(self) -> datetime | None:
        """Give the end of the last day, in the tenant's time zone."""
        return end_of(self.expires.data) if self.expires.data else None


class NewForm(SuccessorForm):
    """Everything that is chosen about a new credential."""

    kind = RadioField(
        "What the caller shows",
        [InputRequired("Choose one.")],
        choices=[("basic", "Key and secret"), ("bearer", "Bearer token")],
        default="basic",
    )
    leads = RadioField(
        "What its leads are",
        [InputRequired("Choose one.")],
        choices=[("live", "Live leads"), ("test", "Test leads")],
        default="live",
    )

    def choice(self, planned: uuid.UUID) -> Choice:
        """Say what was chosen."""
        kind, is_test = CredentialKind(self.kind.data), self.leads.data == "test"
        return Choice(self.name.data or "", kind, is_test, self.ends(), planned)


class RotateForm(SuccessorForm):
    """What is chosen about a rotation."""

    hours = RadioField(
        "When the old one closes",
        [InputRequired("Choose when the old one closes.")],
        choices=[
            ("24", "After 24 hours"),
            ("48", "After 48 hours"),
            ("72", "After 72 hours"),
            ("0", "Now"),
        ],
        default="24",
    )

    def choice(self, old: Credential, planned: uuid.UUID) -> Choice:
        """Say what was chosen: what the old one was, unless changed."""
        return Choice(self.name.data or "", old.kind, old.is_test, self.ends(), planned)


def end_of(day: date) -> datetime:
    """Give the moment at which a day is over, in the tenant's time zone."""
    try:
        return datetime.combine(day + timedelta(days=1), time.min, zone()).astimezone(UTC)
    except OverflowError as error:
        raise Invalid("expires", "Choose a day before the year 9999, or none.") from error
