"""What a request may carry: a body that is whole, and parameters that a page of ours could send."""

from io import BytesIO

from flask import abort, request

#: Parameters that may come several times: rows of a selection, sources to assign, boxes of a form.
REPEATABLE = frozenset({"id", "source", "duplicate_fields"})
LONGEST_PARAMETER = 20_000
LARGEST_FORM = 1024 * 1024
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def read_body() -> None:
    """Make the body of this request what a form may be read from."""
    _read_chunks()
    _leave_out_body()


def _read_chunks() -> None:
    """Read a body that does not say its length: the framework would cut it at the limit."""
    environ = request.environ
    if "HTTP_TRANSFER_ENCODING" not in environ or not environ.get("wsgi.input_terminated"):
        return
    body = environ["wsgi.input"].read(LARGEST_FORM + 1)
    if len(body) > LARGEST_FORM:
        abort(413)
    environ["wsgi.input"] = BytesIO(body)


def _leave_out_body() -> None:
    """Read no form where something is only looked at: what it asks for would be done unasked.

    Such a body says nothing (RFC 9110, section 9.3.1), and no token of ours is checked there.
    """
    if request.method in READS:
        request.environ |= {"wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}


def check_parameters() -> None:
    """Answer 400 to what no page of ours sends in an address or a form."""
    _check_parameter("path", [request.path])
    for values in (request.args, request.form):
        for name, texts in values.lists():
            _check_parameter(name, texts)


def _check_parameter(name: str, texts: list[str]) -> None:
    if len(texts) > 1 and name not in REPEATABLE:
        abort(400, f"“{name[:40]}” was given more than once.")
    if any("\0" in text or len(text) > LONGEST_PARAMETER for text in [name, *texts]):
        abort(400, "The address or form holds something that no page sends.")
    if any(not _is_text(text) for text in texts):
        abort(400, "The address or form holds something that is not text.")


def _is_text(text: str) -> bool:
    """Lone surrogates are no text: PostgreSQL refuses them, SQLite stores them."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
