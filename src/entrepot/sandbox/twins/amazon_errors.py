"""How the Selling Partner API refuses: `{"errors": [{code, message, details}]}` with a status of its own."""

from typing import Any


class SpError(Exception):
    """The API refuses a call with this status, code and message."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message, self.details = status, code, message, details

    def body(self) -> dict[str, Any]:
        return {"errors": [{"code": self.code, "message": self.message, "details": self.details}]}


def invalid_input(details: str) -> SpError:
    return SpError(400, "InvalidInput", "Invalid Input", details)


def not_found(what: str) -> SpError:
    return SpError(404, "NotFound", "The resource you requested was not found.", what)


def expired() -> SpError:
    """Answered with 403, as a missing right is: only `details` tells them apart."""
    details = "The access token you provided has expired."
    return SpError(403, "Unauthorized", "Access to requested resource is denied.", details)


def denied(details: str = "") -> SpError:
    return SpError(403, "Unauthorized", "Access to requested resource is denied.", details)


def quota_exceeded() -> SpError:
    return SpError(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def internal() -> SpError:
    return SpError(500, "InternalFailure", "We encountered an internal error. Please try again.")


def unavailable() -> SpError:
    return SpError(503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.")
