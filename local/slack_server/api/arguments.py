"""A call's arguments, however they were sent: query, form, multipart or JSON; strings become what a handler needs."""

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from local.slack_server.api.errors import ApiError, invalid, missing_argument
from local.slack_server.bodies import BodyTooLarge, read_capped

Json = dict[str, Any]
LARGEST_BODY_BYTES = 1_000_000
_FALSE = frozenset({"", "0", "false", "False", "no"})


class Arguments:
    """The arguments of one call by name."""

    def __init__(self, values: Json) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        """Was it sent, and not as null?"""
        return self.values.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A string; numbers count as strings, as they do in a form."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise invalid("invalid_arguments", [f"must be a string [json-pointer:/{name}]"])

    def needed(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if not value:
            raise missing_argument(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean: true, "true", 1 and "1" are the same."""
        value = self.values.get(name)
        if value is None:
            return default
        return value is True or (value is not False and str(value) not in _FALSE)

    def limit(self, *, default: int = 100, most: int = 999) -> int:
        """The page size; `invalid_limit` where it isn't a number from 1 to `most`."""
        value = self.values.get("limit")
        if value in (None, "", "0", 0):
            return default
        try:
            number = int(str(value))
        except ValueError as fault:
            raise ApiError("invalid_limit") from fault
        if not 1 <= number <= most:
            raise ApiError("invalid_limit")
        return number

    def json(self, name: str, error: str) -> Any:
        """A JSON value, sent as such or as a string; `error` where the string isn't JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as fault:
            raise ApiError(error) from fault

    def objects(self, name: str, error: str) -> list[Json] | None:
        """A JSON array of objects; None where it wasn't sent."""
        value = self.json(name, error)
        if value is None or value == "":
            return None
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise ApiError(error)
        return value


async def read_arguments(request: Request) -> tuple[Arguments, str | None]:
    """The arguments, and the token where it was sent as one of them (a JSON body can't carry it)."""
    values: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind == "application/json":
        values |= _json_object(await _body(request))
        values.pop("token", None)
        return Arguments(values), None
    if request.method == "POST" and kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            values |= {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    token = values.pop("token", None)
    return Arguments(values), token


async def _body(request: Request) -> bytes:
    try:
        return await read_capped(request, LARGEST_BODY_BYTES)
    except BodyTooLarge as fault:
        raise ApiError("request_too_large") from fault


def _json_object(body: bytes) -> Json:
    if not body:
        return {}
    try:
        document = json.loads(body)
    except ValueError as fault:
        raise ApiError("invalid_json") from fault
    if not isinstance(document, dict):
        raise ApiError("json_not_object")
    return document
