"""Takes a Web API request to its handler: token, scope, rate limit, planned faults, and the record of the call."""

import secrets
import time
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from local.slack_server.api.arguments import Arguments, read_arguments
from local.slack_server.api.call import Call, require_scope
from local.slack_server.api.errors import ApiError
from local.slack_server.api.table import METHODS, RETIRED, Method, TokenKind
from local.slack_server.workflow import is_step_token
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


class _Failed(Exception):
    """The call ends with a bare HTTP status: a rate limit, or a planned fault."""

    def __init__(self, status: int, code: str, retry_after_s: int | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


async def answer(workspace: Workspace, request: Request) -> Response:
    """The response to one call of /api/METHOD."""
    started = time.perf_counter()
    name = request.path_params["method"]
    args, error, status, headers = Arguments({}), None, 200, {}
    document: Json
    try:
        args, sent_token = await read_arguments(request)
        document = {"ok": True, **await _run(workspace, name, args, _token(request) or sent_token)}
    except ApiError as fault:
        error = fault.code
        document = {"ok": False, "error": error, **fault.facts}
    except _Failed as fault:
        error, status = fault.code, fault.status
        document = {"ok": False, "error": error}
        if fault.retry_after_s is not None:
            headers["Retry-After"] = str(fault.retry_after_s)
    workspace.records.call(name, args.values, error=error, ms=(time.perf_counter() - started) * 1000)
    headers |= _scope_headers(workspace, name)
    return Response(orjson.dumps(document), status, headers, media_type="application/json")


async def _run(workspace: Workspace, name: str, args: Arguments, token: str | None) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise ApiError(RETIRED.get(name, "unknown_method"), req_method=name)
    _check_token(workspace, method, token)
    _meet_fault(workspace, name)
    if method.token is TokenKind.BOT:
        require_scope(workspace, *method.scopes)
    if workspace.settings.rate_limits:
        wait_s = workspace.rate_limits.take_call(name, method.tier, str(args.values.get("channel", "")))
        if wait_s is not None:
            raise _Failed(429, "ratelimited", wait_s)
    return await method.handler(Call(workspace=workspace, method=name, args=args))


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _check_token(workspace: Workspace, method: Method, token: str | None) -> None:
    if method.token is TokenKind.NONE:
        return
    if not token:
        raise ApiError("not_authed")
    is_bot = secrets.compare_digest(token.encode(), workspace.tokens.bot_token.encode())
    is_app = secrets.compare_digest(token.encode(), workspace.tokens.app_token.encode())
    is_step = is_step_token(workspace, token)
    if not is_bot and not is_app and not is_step:
        raise ApiError("invalid_auth")
    if is_app is not (method.token is TokenKind.APP) and method.name != "auth.test":
        raise ApiError("not_allowed_token_type")


def _meet_fault(workspace: Workspace, name: str) -> None:
    fault = workspace.settings.take_fault(name)
    if fault is None:
        return
    if fault.status is not None:
        retry_after_s = 1 if fault.status == 429 else None
        raise _Failed(
            fault.status, fault.error or ("ratelimited" if retry_after_s else "internal_error"), retry_after_s
        )
    raise ApiError(fault.error or "internal_error")


def _scope_headers(workspace: Workspace, name: str) -> dict[str, str]:
    method = METHODS.get(name)
    if method is None or method.token is not TokenKind.BOT:
        return {}
    return {"X-OAuth-Scopes": ",".join(workspace.scopes), "X-Accepted-OAuth-Scopes": ",".join(method.scopes)}
