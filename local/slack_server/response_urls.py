"""Serves response URLs: the app's answers to where a person acted, at most five within thirty minutes."""

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from local.slack_server.api.errors import ApiError
from local.slack_server.bodies import BodyTooLarge, read_capped
from local.slack_server.grants import GrantError
from local.slack_server.replies import reply
from local.slack_server.workspace import Workspace

LARGEST_BODY_BYTES = 1_000_000


async def respond(workspace: Workspace, request: Request) -> Response:
    """POST to a response URL: "ok", or Slack's error as plain text with 400 or 404."""
    key = f"{request.path_params['number']}/{request.path_params['key']}"
    try:
        document = orjson.loads(await read_capped(request, LARGEST_BODY_BYTES))
    except (orjson.JSONDecodeError, BodyTooLarge):
        return PlainTextResponse("invalid_payload", 400)
    if not isinstance(document, dict):
        return PlainTextResponse("invalid_payload", 400)
    try:
        reply(workspace, workspace.grants.use_response_url(key), document)
    except GrantError as fault:
        return PlainTextResponse(fault.code, 404)
    except ApiError as fault:
        return PlainTextResponse(fault.code, 400)
    return PlainTextResponse("ok")
