"""The control interface's routes, and how its errors are answered."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from local.slack_server.answers import control_error
from local.slack_server.control import acting, reading
from local.slack_server.control.faults import change_settings
from local.slack_server.control.people import change_person
from local.slack_server.control.request import Act, ControlError, read_act
from local.slack_server.elements import BadEntry
from local.slack_server.interactions import InteractionFailed
from local.slack_server.workspace import Workspace

Reader = Callable[[Workspace, Request], Awaitable[Response]]
Actor = Callable[[Act], Awaitable[Response]]

READERS: dict[str, Reader] = {
    "workspace": reading.workspace_facts,
    "messages": reading.messages,
    "changes": reading.changes,
    "views": reading.views,
    "calls": reading.calls,
    "sample": reading.sample,
    "functions": reading.functions,
    "file/{file_id}": reading.file,
}
ACTORS: dict[str, Actor] = {
    "messages": acting.post_message,
    "commands": acting.run_command,
    "actions": acting.click,
    "view_submissions": acting.submit_view,
    "view_closed": acting.close_view,
    "shortcuts": acting.use_shortcut,
    "options": acting.load_options,
    "functions": acting.run_function,
    "home": acting.open_home,
    "invite": acting.invite,
    "archive": acting.archive,
    "reactions": acting.react,
    "message_edits": acting.edit_message,
    "message_deletions": acting.delete_message,
    "file_deletions": acting.delete_file,
    "people": change_person,
    "settings": change_settings,
}


def control_routes(workspace: Workspace) -> list[BaseRoute]:
    """Every route below /control/."""

    async def stream(socket: WebSocket) -> None:
        await reading.stream(workspace, socket)

    async def drop_file(request: Request) -> Response:
        return await _answered(acting.drop_file(workspace, request))

    routes: list[BaseRoute] = [WebSocketRoute("/control/stream", stream)]
    routes += [Route("/control/files", drop_file, methods=["POST"])]
    routes += [_act_route(workspace, path, actor) for path, actor in ACTORS.items()]
    routes += [_read_route(workspace, path, reader) for path, reader in READERS.items()]
    return routes


def _act_route(workspace: Workspace, path: str, actor: Actor) -> Route:
    async def act(request: Request) -> Response:
        async def run() -> Response:
            return await actor(await read_act(workspace, request))

        return await _answered(run())

    return Route(f"/control/{path}", act, methods=["POST"])


def _read_route(workspace: Workspace, path: str, reader: Reader) -> Route:
    async def read(request: Request) -> Response:
        return await _answered(reader(workspace, request))

    return Route(f"/control/{path}", read, methods=["GET"])


async def _answered(work: Awaitable[Response]) -> Response:
    try:
        return await work
    except ControlError as fault:
        return control_error(fault.code, str(fault), status=fault.status, **fault.facts)
    except BadEntry as fault:
        return control_error("invalid_entry", str(fault))
    except InteractionFailed as fault:
        return control_error(fault.code, str(fault), reason=fault.reason)
