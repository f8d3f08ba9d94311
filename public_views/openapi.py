"""The intake API described for programs (OpenAPI 3.1); what a field must be is the source's."""

import json
from typing import Any

from operations.intake_answers import LARGEST_BODY, REFUSALS
from operations.intake_parser import FORM_TYPE, JSON_TYPE, MOST_FIELDS
from operations.specification import PATH

LEAD_ID = r"^lead_[0-7][0-9a-hjkmnp-tv-z]{25}$"
REQUEST_ID = r"^submission_[0-7][0-9a-hjkmnp-tv-z]{25}$"

ABOUT = (
    "Posts leads to one source. The credential alone decides which. Which fields a lead has is"
    " said on the source's specification page. A 201 means that the lead is stored for good."
)
LEAD_EXAMPLE = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+1 312 555 0142",
    "postal_code": "60601",
}
WORDS = {
    400: "The body is no JSON object and no form, or is not encoded in UTF-8.",
    401: "The credential is missing, wrong, revoked or expired.",
    403: "The source or its partner is paused, archived or deleted, or is another partner's.",
    404: "There is no such lead of this source.",
    409: "The first call with this Idempotency-Key is still running.",
    413: f"The body has more than {LARGEST_BODY:,} bytes.",
    415: "The content type is neither of the two.",
    422: "Fields are missing or wrong, or the Idempotency-Key stands for another body.",
    429: "The source's calls per minute are used up.",
    500: "A defect of ours; nothing was stored.",
    503: "Too busy, or down; nothing was stored.",
}
WAITING = {409, 429, 503}


def document(public_url: str) -> str:
    """Write the description for the installation at this address."""
    described = {
        "openapi": "3.1.0",
        "info": {"title": "Inflow intake API", "version": "1", "description": ABOUT},
        "servers": [{"url": public_url}],
        "security": [{"basic": []}, {"bearer": []}],
        "paths": {
            PATH: {"post": _post()},
            f"{PATH}/{{lead_id}}": {"get": _get()},
            "/api/v1/openapi.json": {"get": _self()},
        },
        "components": {"securitySchemes": SCHEMES, "schemas": SCHEMAS, "headers": HEADERS},
    }
    return json.dumps(described)


SCHEMES = {
    "basic": {"type": "http", "scheme": "basic", "description": "Key and secret."},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token, as it was shown."},
}
SECONDS = {"schema": {"type": "integer", "minimum": 1}, "required": True}
HEADERS = {
    "RetryAfter": SECONDS | {"description": "Seconds after which to try again."},
    "Challenge": {"schema": {"type": "string"}, "required": True},
    "Replayed": {
        "description": "Whether the Idempotency-Key's first answer is given again.",
        "schema": {"type": "string", "const": "true"},
    },
}
SCHEMAS: dict[str, Any] = {
    "Lead": {
        "type": "object",
        "maxProperties": MOST_FIELDS,
        "additionalProperties": True,
        "example": LEAD_EXAMPLE,
    },
    "LeadForm": {
        "type": "object",
        "maxProperties": MOST_FIELDS,
        "additionalProperties": {"type": "string"},
        "example": LEAD_EXAMPLE,
    },
    "Taken": {
        "type": "object",
        "required": ["lead_id", "status", "test"],
        "additionalProperties": False,
        "properties": {
            "lead_id": {"type": "string", "pattern": LEAD_ID},
            "status": {"enum": ["accepted", "duplicate"]},
            "test": {"type": "boolean"},
        },
    },
    "State": {
        "type": "object",
        "required": ["lead_id", "status", "test", "received_at"],
        "additionalProperties": False,
        "properties": {
            "lead_id": {"type": "string", "pattern": LEAD_ID},
            "status": {"enum": ["accepted", "duplicate", "returned"]},
            "test": {"type": "boolean"},
            "received_at": {"type": "string", "format": "date-time"},
        },
    },
}


def _error(status: int) -> dict[str, Any]:
    """Describe the refusals of one status: their codes, and fields where there are any."""
    codes = sorted(code for code, (own, _) in REFUSALS.items() if own == status)
    properties: dict[str, Any] = {
        "error": {"enum": codes},
        "message": {"type": "string"},
        "request_id": {"type": "string", "pattern": REQUEST_ID},
    }
    if "validation_failed" in codes:
        sentences = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        properties["fields"] = {"type": "object", "additionalProperties": sentences}
    schema = {
        "type": "object",
        "required": ["error", "message", "request_id"],
        "additionalProperties": False,
        "properties": properties,
    }
    return _answer(WORDS[status], schema, _headers_of(status))


def _headers_of(status: int) -> dict[str, Any]:
    if status in WAITING:
        return {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    if status == 401:  # noqa: PLR2004
        return {"WWW-Authenticate": {"$ref": "#/components/headers/Challenge"}}
    if status in {400, 422}:
        return REPLAYED
    return {}


REPLAYED = {"Idempotent-Replayed": {"$ref": "#/components/headers/Replayed"}}


def _answer(words: str, schema: dict[str, Any], headers: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": words, "content": {JSON_TYPE: {"schema": schema}}}
    return answer | {"headers": headers} if headers else answer


def _errors(*statuses: int) -> dict[str, Any]:
    return {str(status): _error(status) for status in statuses}


def _post() -> dict[str, Any]:
    lead = {"schema": {"$ref": "#/components/schemas/Lead"}}
    form = {"schema": {"$ref": "#/components/schemas/LeadForm"}}
    taken = {"$ref": "#/components/schemas/Taken"}
    return {
        "operationId": "postLead",
        "summary": "Post a lead",
        "parameters": [
            _header("Idempotency-Key", "Within 24 hours, the same key makes one lead."),
            _header("X-Partner-Id", "Refused unless it is the source's partner."),
        ],
        "requestBody": {"required": True, "content": {JSON_TYPE: lead, FORM_TYPE: form}},
        "responses": {
            "201": _answer("The lead is taken, or is a duplicate.", taken, REPLAYED),
            **_errors(400, 401, 403, 409, 413, 415, 422, 429, 500, 503),
        },
    }


def _get() -> dict[str, Any]:
    state = {"$ref": "#/components/schemas/State"}
    named = {"name": "lead_id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "getLead",
        "summary": "The state of a lead of this source",
        "parameters": [named],
        "responses": {
            "200": _answer("What became of it.", state, {}),
            **_errors(401, 403, 404, 429, 500, 503),
        },
    }


def _self() -> dict[str, Any]:
    return {
        "operationId": "getDescription",
        "summary": "This description",
        "security": [],
        "responses": {"200": _answer("OpenAPI 3.1.", {"type": "object"}, {})},
    }


def _header(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}
