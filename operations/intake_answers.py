"""What the intake API answers: the cases of its table, each with its code and a sentence."""

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any

from models.base import public_id

#: A body may have so many bytes.
LARGEST_BODY = 64 * 1024

#: The HTTP status of each refusal, and what to do about it.
REFUSALS = {
    "malformed_body": (400, "The body must be one JSON object, or a form, in UTF-8."),
    "unauthorized": (401, "The credential is missing, wrong or no longer valid."),
    "source_paused": (403, "This source is paused. Ask whoever gave you the credential."),
    "source_deleted": (403, "This source was deleted. Ask whoever gave you the credential."),
    "partner_paused": (403, "The partner of this source is paused."),
    "partner_archived": (403, "The partner of this source is archived."),
    "partner_mismatch": (403, "X-Partner-Id is not the partner of this source."),
    "not_found": (404, "There is nothing here."),
    "method_not_allowed": (405, "This address does not take this method."),
    "idempotency_key_in_use": (
        409,
        "The first call with this Idempotency-Key is still running. Try again.",
    ),
    "body_too_large": (413, f"The body may have at most {LARGEST_BODY // 1024} KiB."),
    "unsupported_media_type": (
        415,
        "Send application/json or application/x-www-form-urlencoded, in UTF-8, not compressed.",
    ),
    "validation_failed": (422, "Some fields cannot be taken as they are."),
    "idempotency_key_reused": (
        422,
        "This Idempotency-Key was used with another body. Use a new key for a new lead.",
    ),
    "rate_limited": (429, "Too many calls. Try again after the seconds in Retry-After."),
    "internal_error": (500, "Something broke on our side. Nothing was stored."),
    # Not "nothing was stored": where a commit was not heard of, nobody knows.
    "unavailable": (503, "We cannot take this now. Send it again with the same Idempotency-Key."),
}


class Refused(Exception):  # noqa: N818 - it is an answer, not a defect
    """The call is not taken; `code` is one of REFUSALS."""

    def __init__(
        self, code: str, message: str = "", fields: dict[str, list[str]] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, sentence = REFUSALS[code]
        self.message = message or sentence
        self.fields = fields
        self.headers: tuple[tuple[str, str], ...] = ()

    def wait(self, seconds: int) -> "Refused":
        """Say when to come back."""
        self.headers = (("Retry-After", str(seconds)),)
        return self


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON text, and headers of its own."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()

    def replayed(self) -> "Answer":
        """Mark it as one that was given before."""
        return replace(self, headers=(("Idempotent-Replayed", "true"),))


def refusal(refused: Refused, request_id: uuid.UUID) -> Answer:
    """Write a refusal: its code, its sentence, the fields at fault, and which call it was."""
    said: dict[str, Any] = {"error": refused.code, "message": refused.message}
    if refused.fields is not None:
        said["fields"] = refused.fields
    said["request_id"] = public_id("submission", request_id)
    return Answer(refused.status, json.dumps(said), refused.headers)


def named(body: str) -> str:
    """Read which lead, or else which call, a body names; nothing where it names none."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    found = (said.get("lead_id") or said.get("request_id")) if isinstance(said, dict) else ""
    return found if isinstance(found, str) else ""


def taken(lead_id: uuid.UUID, status: str, *, is_test: bool) -> str:
    """Write the body of a 201."""
    return json.dumps({"lead_id": public_id("lead", lead_id), "status": status, "test": is_test})
