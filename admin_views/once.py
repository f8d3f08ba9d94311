"""Once: a question carries the identifier of what it will make, so that it makes it once.

A page that shows a secret is the answer to a POST. Loaded again it is asked for again, with the
same identifier, and the operation finds that in the database and refuses.
"""

import hmac
import uuid
from typing import Any

from flask import abort, request
from werkzeug.wrappers import Response

from models import db
from models.base import Public, new_id, parse_id, public_id
from operations.refusal import MadeAlready
from visitor import settings

KIND = "once"


def ticket(about: Public) -> str:
    """Draw the identifier of what will be made of this row; for any other it is worth nothing."""
    identifier = public_id(KIND, new_id())
    return f"{identifier}.{_mark(identifier, about)}"


def planned(about: Public) -> uuid.UUID:
    """Read the identifier that this row's question was drawn with.

    Answers 400 to one that was not drawn here, or for something else: so nobody can ask with an
    identifier of their own choice whether there is such a row.
    """
    identifier, _, mark = request.values.get(KIND, "").partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(identifier, about).encode()):
        abort(400, "The page this was sent from is not complete. Open it again.")
    return parse_id(KIND, identifier)


def shown_before(screen: Any, refused: MadeAlready, lost: str, url: str) -> Response:
    """Answer 409: what was made is there, and what to do if nobody copied what was shown."""
    db.session.rollback()
    told = {"what": refused.sentence, "lost": lost, "url": url, "head": screen.head()}
    return screen.form_page("made_already.html", 409, **told)


def _mark(identifier: str, about: Public) -> str:
    said = f"{identifier} of {about.public_id}"
    return hmac.digest(settings().secret_key.encode(), said.encode(), "sha256").hex()[:32]
