"""Errors in one shape: `{"code", "message", "field"?}`. Every status an operation can answer with is declared."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from entrepot.core.batch import VERBS, SameUuidOtherBody
from entrepot.core.permissions import NotAllowed
from entrepot.core.submit import CountMoved
from entrepot.core.undo import CannotUndo


class Error(Schema):
    """Why a request was not done. `code` is stable; `message` is a sentence for people; `field` names the input."""

    code: str
    message: str
    field: str | None = None


class Problem(Exception):
    """Raised by an operation to answer with an error."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field


def not_found(what: str) -> Problem:
    return Problem(404, "not_found", f"There is no such {what} in your organization.")


def invalid(message: str, field: str, code: str = "invalid") -> Problem:
    return Problem(422, code, message, field)


def errors(*statuses: int) -> dict[int, Any]:
    """The error half of an operation's `response`: the given statuses, and those any operation may answer with."""
    return dict.fromkeys(sorted({400, 401, 403, 422, *statuses}), Error)


def answer(api: NinjaAPI, request: HttpRequest, problem: Problem) -> HttpResponse:
    body = {"code": problem.code, "message": problem.message}
    if problem.field is not None:
        body["field"] = problem.field
    response = api.create_response(request, body, status=problem.status)
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="entrepot"'
    return response


def install(api: NinjaAPI) -> None:
    """Teaches the API which exception is which answer. Anything else is a bug and stays a logged 500."""

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        return answer(api, request, problem_of(error))

    for kind in KNOWN:
        api.add_exception_handler(kind, handle)


KNOWN: tuple[type[Exception], ...] = (
    Problem,
    AuthenticationError,
    HttpError,
    ValidationError,
    NotAllowed,
    SameUuidOtherBody,
    CountMoved,
    CannotUndo,
    RequestDataTooBig,
    TooManyFilesSent,
    SuspiciousOperation,
    MultiPartParserError,
    UnreadablePostError,
)


def problem_of(error: Exception) -> Problem:  # one line per kind of error
    match error:
        case Problem():
            return error
        case AuthenticationError():
            return Problem(401, "unauthorized", "Send a valid token: Authorization: Bearer ent_…")
        case ValidationError():
            return problem_of_input(error.errors)
        case HttpError():
            return Problem(error.status_code, "bad_request", error.message)
        case NotAllowed():
            needed = error.permission.value
            return Problem(403, "not_allowed", f"Neither more than your role nor than this token allows: {needed}.")
        case SameUuidOtherBody():
            return Problem(409, "uuid_taken", str(error), "uuid")
        case CountMoved():
            return Problem(409, "count_moved", str(error), "all_of.expected")
        case CannotUndo():
            return Problem(409, "cannot_undo", str(error))
        case RequestDataTooBig() | TooManyFilesSent():
            return Problem(413, "too_large", "The request is too large.")
        case _:
            return Problem(400, "bad_request", "The request cannot be read.")


def problem_of_input(found: list[dict[str, Any]]) -> Problem:
    """The first thing wrong with the input."""
    first = found[0]
    source, *rest = first["loc"]
    if rest and rest[0] in {"body", "query", "form"}:  # the parameter of ours that holds the fields
        rest = rest[1:]
    if rest and rest[0] in VERBS:  # which of the bodies it was taken for
        rest = rest[1:]
    if first["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return invalid(first["msg"], ".".join([*map(str, rest), "verb"]), "unknown_verb")
    field = ".".join(str(part) for part in rest) or str(source)
    return invalid(first["msg"].removeprefix("Value error, "), field)
