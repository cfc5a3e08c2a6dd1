"""Errors in OpenAI's shape: one exception, its JSON body, and the few ways to make it.

Every answer with a status of 400 or more has the body `{"error": {"message", "type", "param", "code"}}`, which
the `openai` SDK turns into `APIStatusError` with those fields. Which status is retried by the SDK (408, 409, 429,
500 and above) matters: what can't succeed by repeating carries `x-should-retry: false`.
"""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response

INVALID_REQUEST = "invalid_request_error"


class ApiError(Exception):
    """A refusal that the caller gets to read, with the HTTP status it travels under."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type_: str = INVALID_REQUEST,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type_
        self.param = param
        self.code = code
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """OpenAI's error object, ready for JSON."""
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": error}

    def response(self) -> Response:
        """The HTTP answer for this error."""
        content = msgspec.json.encode(self.body())
        return Response(content, self.status, headers=self.headers, media_type="application/json")


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """A 400: the request itself is at fault."""
    return ApiError(400, message, param=param, code=code)


def missing(param: str) -> ApiError:
    """A 400 that names the parameter left out."""
    return invalid(f"Missing required parameter: '{param}'.", param=param, code="missing_required_parameter")


def unsupported(param: str, reason: str) -> ApiError:
    """A 400 for a parameter of OpenAI's that this server can't honour, with the reason."""
    return invalid(f"Unsupported parameter: '{param}'. {reason}", param=param, code="unsupported_parameter")


def not_found(what: str, id_: str, *, param: str = "id", code: str | None = None) -> ApiError:
    """A 404 for an object that isn't there, or that belongs to another key."""
    return ApiError(404, f"No such {what}: {shown(id_)}", param=param, code=code)


def model_not_found(model: str) -> ApiError:
    """A 404 for a model, in the words that OpenAI's clients look for."""
    message = f"The model `{shown(model)}` does not exist or you do not have access to it."
    return ApiError(404, message, param="model", code="model_not_found")


def conflict(message: str, *, param: str | None = None, code: str | None = None) -> ApiError:
    """A 409 that the SDK is told not to repeat."""
    return ApiError(409, message, param=param, code=code, headers={"x-should-retry": "false"})


def server_error() -> ApiError:
    """The 500 for our own faults; the log has the rest."""
    message = "The server had an error while processing your request. The server's log has the details."
    return ApiError(500, message, type_="server_error", code="internal_error")


def shown(text: str, limit: int = 120) -> str:
    """The caller's own words, cut so that an error body stays small."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
