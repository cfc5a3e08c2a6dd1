"""One control request: its JSON body, and the people, channels, messages and views it names."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request

from local.slack_server.bodies import BodyTooLarge, read_capped
from local.slack_server.messages import Message
from local.slack_server.people import Channel, User
from local.slack_server.views import View
from local.slack_server.workspace import Workspace, can_see

Json = dict[str, Any]
LARGEST_BODY_BYTES = 1_000_000


class ControlError(Exception):
    """The request can't be carried out; `code` for programs, the message for people."""

    def __init__(self, code: str, message: str, *, status: int = 400, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.facts = facts


@dataclass(frozen=True, kw_only=True)
class Act:
    """What somebody wants to do: the decoded body, and the workspace it is about."""

    workspace: Workspace
    body: Json

    def text(self, name: str, default: str | None = None) -> str:
        """A string of the body; ControlError where it is missing and has no default."""
        value = self.body.get(name, default)
        if not isinstance(value, str):
            raise ControlError("invalid_arguments", f"`{name}` must be a string.")
        return value

    @property
    def user(self) -> User:
        """The person who acts."""
        user = self.workspace.person(self.text("user"))
        if user is None:
            raise ControlError("user_not_found", f"There is no person {self.body['user']}.", status=404)
        return user

    @property
    def channel(self) -> Channel:
        """The channel named, which the person must be able to see."""
        channel = self.workspace.channels.get(self.text("channel"))
        if channel is None or not can_see(channel, self.user.id):
            raise ControlError("channel_not_found", "There is no such channel for this person.", status=404)
        return channel

    @property
    def message(self) -> Message:
        """The message named by channel and ts, or by ephemeral_id."""
        if self.body.get("ephemeral_id"):
            message = self.workspace.messages.ephemeral(self.text("ephemeral_id"))
            if message is None or message.ephemeral_for != self.user.id:
                raise ControlError("message_not_found", "There is no such ephemeral message.", status=404)
            return message
        found = self.workspace.messages.get(self.channel.id, self.text("ts"))
        if found is None:
            raise ControlError("message_not_found", "There is no such message.", status=404)
        return found

    @property
    def view(self) -> View:
        """The open modal or Home tab named."""
        view = self.workspace.views.find(self.text("view_id"))
        if view is None or view.user != self.user.id:
            raise ControlError("view_not_found", "This view isn't open for this person.", status=404)
        return view

    def thread_ts(self) -> str | None:
        """The thread to post in, which must exist."""
        thread_ts = self.body.get("thread_ts")
        if not thread_ts:
            return None
        parent = self.workspace.messages.get(self.channel.id, str(thread_ts))
        if parent is None or parent.is_reply:
            raise ControlError("thread_not_found", "There is no such thread.", status=404)
        return str(thread_ts)


async def read_act(workspace: Workspace, request: Request) -> Act:
    """The act in a request's JSON body; ControlError where it is none."""
    try:
        body = await read_capped(request, LARGEST_BODY_BYTES)
    except BodyTooLarge as fault:
        raise ControlError("too_large", "The body is too large.", status=413) from fault
    try:
        document = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as fault:
        raise ControlError("invalid_json", "The body must be JSON.") from fault
    if not isinstance(document, dict):
        raise ControlError("invalid_json", "The body must be a JSON object.")
    return Act(workspace=workspace, body=document)
