"""What every request and every answer passes: headers, honest statuses."""

import logging
from urllib.parse import SplitResult, unquote, urlsplit
from wsgiref.headers import Headers

from flask import Flask, Response, abort, current_app, make_response, render_template, request
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.routing import RequestRedirect

import incoming
from models import db
from models.engine import expect_writes
from operations.refusal import Refusal, TooMany
from policy import PUBLIC
from visitor import enter_own_panel, settings, take_files, visitor

log = logging.getLogger("inflow")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Sent where people reach the panel over https.
STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def install(app: Flask) -> None:
    """Put the checks around every request of the application."""
    app.config["MAX_CONTENT_LENGTH"] = incoming.LARGEST_FORM
    app.before_request(_mend_slashes)
    app.before_request(_begin)
    app.after_request(_add_headers)
    app.teardown_request(_end)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(DBAPIError, _database_trouble)
    app.register_error_handler(HTTPException, _http_error)


def _mend_slashes() -> Response | None:
    """Add or merge a slash without naming the host, which whoever asks may have made up."""
    wanted = request.routing_exception
    if not isinstance(wanted, RequestRedirect):
        return None
    parts = urlsplit(wanted.new_url)
    where = SplitResult("", "", f"/{parts.path.lstrip('/')}", parts.query, "").geturl()
    return make_response("", wanted.code, {"Location": where})


def _begin() -> None:
    _stay_closed()
    incoming.read_body()
    expect_writes(writes=request.method not in incoming.READS)
    take_files()
    incoming.check_parameters()


def _end(_error: BaseException | None) -> None:
    """Leave nothing behind for what the thread does next, nor files that were sent."""
    request.close()
    expect_writes(writes=True)


def _stay_closed() -> None:
    """Answer 404 to what declares neither a need nor that it is public."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in PUBLIC:
        return
    if getattr(current_app.view_functions[endpoint], "needs", None) is None:
        abort(404)


def _add_headers(response: Response) -> Response:
    headers = response.headers
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if settings().is_https:
        headers.set(*STRICT_TRANSPORT)
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    return response


def add_static_headers(headers: Headers, _path: str, _url: str) -> None:
    """Give files, which never reach Flask, the same headers."""
    for name, value in HEADERS.items():
        headers[name] = value


def _refused(refusal: Refusal) -> Response:
    db.session.rollback()
    if visitor() is None:
        response = error_page(refusal.status, refusal.sentence)
    else:
        told = {"what": refusal.sentence, "url": came_from()}
        response = make_response(render_template("refused.html", refusal=told), refusal.status)
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def came_from(fallback: str = "/") -> str:
    """Name the page the person came from, if it is one of ours that can be opened again."""
    page = page_before()
    if not _can_be_opened(page.path):
        return fallback
    return local_path(f"{page.path}?{page.query}".rstrip("?"), fallback)


def _can_be_opened(path: str) -> bool:
    """Whether a path answers GET: a form that needs a correction stands where it was sent to."""
    routes = current_app.create_url_adapter(request)
    try:
        return routes is not None and bool(routes.match(unquote(path), "GET"))
    except HTTPException:  # a redirect too: “…/pause” is no partner, though “…/pause/” might be
        return False


def page_before() -> SplitResult:
    """Split the address of the page the person came from; empty where it is none of ours."""
    nowhere = urlsplit("")
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:  # any client may send what is no address at all
        return nowhere
    return page if page.netloc == request.host else nowhere


def local_path(text: str | None, fallback: str) -> str:
    """Accept only a path on this site as the place to go next, else the fallback."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")):
        return fallback
    # Checked first: urlsplit drops some controls, and then fails or reads another address.
    if any(ord(character) < 0x20 for character in text) or "\\" in text:  # noqa: PLR2004
        return fallback
    parts = urlsplit(text)
    return fallback if parts.scheme or parts.netloc else text


def _stale(_error: StaleDataError) -> Response:
    return _refused(
        Refusal("Somebody else saved this while you had it open. Nothing of yours was saved.")
    )


def _database_trouble(error: DBAPIError) -> Response:
    """Busy or down is 503; a constraint that an operation did not foresee is a lost race."""
    db.session.rollback()
    if isinstance(error, IntegrityError):
        log.warning("a constraint decided: %s", type(error.orig).__name__)
        return _refused(Refusal("Somebody else changed this at the same moment. Look again."))
    if not isinstance(error, OperationalError):
        raise error
    log.error("the database did not answer: %s", type(error.orig).__name__)
    response = error_page(503)
    response.headers["Retry-After"] = "5"
    return response


def _http_error(error: HTTPException) -> Response | HTTPException:
    db.session.rollback()
    if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects pass
        return error
    response = error_page(error.code, _own_words(error))
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after", "www-authenticate"}:
            response.headers[name] = value
    return response


def _own_words(error: HTTPException) -> str:
    """Show a description only where one of our pages wrote it, not the framework's."""
    default = type(error).description
    return error.description if error.description and error.description != default else ""


def error_page(status: int, detail: str = "") -> Response:
    """Answer with the page of this status: in the frame for the signed-in, a door for others."""
    frameless = {"frame": None} if status >= InternalServerError.code else {}  # who can say then?
    if not frameless and request.url_rule is None:
        enter_own_panel()
    page = render_template("errors/error.html", status=status, detail=detail, **frameless)
    return make_response(page, status)
