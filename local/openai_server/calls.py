"""One authenticated request as the handlers see it, and the reading of its JSON and query parameters."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import Response

from local.openai_server.errors import ApiError, invalid, missing, shown
from local.openai_server.store.pages import PageRequest

T = TypeVar("T")

JSON_TYPES = ("application/json", "text/json")


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a handler gets: who calls, with which path parameters, query, headers and body."""

    owner: str
    request_id: str
    path: Mapping[str, str]
    query: QueryParams = field(default_factory=QueryParams)
    headers: Headers = field(default_factory=lambda: Headers({}))
    body: bytes = b""

    def json(self, type_: type[T]) -> T:
        """The body as `type_`; raises ApiError 400 that names the parameter at fault, 415 for another media type."""
        media_type = self.headers.get("content-type", JSON_TYPES[0]).partition(";")[0].strip().lower()
        if media_type not in JSON_TYPES and not media_type.endswith("+json"):
            message = (
                f"Unsupported content type: '{shown(media_type)}'. This endpoint reads 'application/json'."
            )
            raise ApiError(415, message, code="unsupported_content_type")
        return decode(self.body, type_)

    def page(
        self, *, default_limit: int = 20, max_limit: int = 1000, newest_first: bool = True
    ) -> PageRequest:
        """`after`, `limit` and `order` of a list; raises ApiError 400 for values no page can have."""
        order = self.query.get("order") or ("desc" if newest_first else "asc")
        if order not in ("asc", "desc"):
            raise invalid(
                "Invalid value for 'order': expected 'asc' or 'desc'.", param="order", code="invalid_value"
            )
        limit = self._limit(default_limit, max_limit)
        return PageRequest(after=self.query.get("after") or None, limit=limit, newest_first=order == "desc")

    def _limit(self, default: int, maximum: int) -> int:
        text = self.query.get("limit")
        if not text:
            return default
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not 1 <= int(text) <= maximum:
            message = f"Invalid value for 'limit': expected an integer from 1 to {maximum}, but got '{shown(text, 40)}'."
            raise invalid(message, param="limit", code="invalid_value")
        return int(text)


def decode(body: bytes | str, type_: type[T]) -> T:
    """JSON as `type_`, with msgspec's findings turned into OpenAI's error bodies (ApiError 400)."""
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"We could not parse the JSON body of your request: {shown(str(error))}."
        raise invalid(message, code="invalid_json") from error
    except RecursionError as error:
        raise invalid("The JSON body of your request is nested too deeply.", code="invalid_json") from error


def _explained(finding: str) -> ApiError:
    what, _, where = finding.partition(" - at `$")
    path = where.rstrip("`").removeprefix(".")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", what)
    if unknown:
        param = _joined(path, unknown[1])
        return invalid(f"Unknown parameter: '{shown(param)}'.", param=param, code="unknown_parameter")
    absent = re.fullmatch(r"Object missing required field `(.*)`", what)
    if absent:
        return missing(_joined(path, absent[1]))
    reason = re.sub(r"`([^`]*)`", r"\1", what)
    if not path:
        return invalid(f"Invalid request body: {reason[:1].lower() + reason[1:]}.", code="invalid_type")
    message = f"Invalid value for '{shown(path)}': {reason[:1].lower() + reason[1:]}."
    return invalid(message, param=path, code="invalid_type")


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(value), status, headers=headers, media_type="application/json")


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body; raises ApiError 413 as soon as it is known to be larger than the limit."""
    too_large = ApiError(
        413, f"The request body is larger than {limit_bytes} bytes.", code="request_too_large"
    )
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit_bytes:
        raise too_large
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def check_metadata(metadata: Mapping[str, str] | None) -> dict[str, str]:
    """OpenAI's bounds on metadata (16 pairs, keys of 64 characters, values of 512); raises ApiError 400."""
    pairs = dict(metadata or {})
    if len(pairs) > 16:
        raise invalid(
            "Invalid 'metadata': at most 16 pairs are kept.", param="metadata", code="too_many_properties"
        )
    for key, value in pairs.items():
        if len(key) > 64 or len(value) > 512:
            message = f"Invalid 'metadata': key '{shown(key, 64)}': keys have up to 64 characters, values up to 512."
            raise invalid(message, param="metadata", code="string_above_max_length")
    return pairs
