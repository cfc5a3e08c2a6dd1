"""The JSON answers of the control interface."""

from typing import Any

import orjson
from starlette.responses import Response


def control_answer(**facts: Any) -> Response:
    """`{"ok": true}` with these facts."""
    return _response({"ok": True, **facts}, 200)


def control_error(code: str, message: str, *, status: int = 400, **facts: Any) -> Response:
    """`{"ok": false}` with a code for programs and a sentence for people."""
    return _response({"ok": False, "error": code, "message": message, **facts}, status)


def _response(document: dict[str, Any], status: int) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")
