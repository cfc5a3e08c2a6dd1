"""The one table of Web API methods: what each needs, how often it may be called, and who answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from local.slack_server.api import chat, conversations, files, functions, people, reactions, usergroups, views
from local.slack_server.api.call import Call
from local.slack_server.ratelimits import Tier

Handler = Callable[[Call], Awaitable[dict[str, Any]]]


class TokenKind(StrEnum):
    """Which of the app's tokens a method takes."""

    BOT = "bot"
    APP = "app-level"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Method:
    """One row. `scopes`: any of them will do, checked before the handler; `kind_scope`: checked by the handler
    for the kind of conversation (channels:, groups:, im:)."""

    name: str
    handler: Handler
    tier: Tier
    scopes: tuple[str, ...] = ()
    kind_scope: str = ""
    token: TokenKind = TokenKind.BOT
    notes: str = ""

    @property
    def scope_words(self) -> str:
        """The scope column as a person reads it."""
        if self.kind_scope:
            return f"channels:{self.kind_scope}, groups:{self.kind_scope} or im:{self.kind_scope}, by conversation"
        return " or ".join(self.scopes) or "none"


def _rows() -> list[Method]:
    read, history = "read", "history"
    write, files_read, files_write = ("chat:write",), ("files:read",), ("files:write",)
    react, users, joins = ("reactions:write",), ("users:read",), ("channels:join",)
    opens = ("im:write", "mpim:write", "channels:manage", "groups:write")
    leaves = ("channels:manage", "groups:write")
    t1, t2, t3, t4, posting, special = Tier.T1, Tier.T2, Tier.T3, Tier.T4, Tier.POSTING, Tier.SPECIAL

    def row(name: str, handler: Handler, tier: Tier, scopes: tuple[str, ...] = (), **more: Any) -> Method:
        return Method(name=name, handler=handler, tier=tier, scopes=scopes, **more)

    c, v = conversations, views
    return [
        row("api.test", people.api_test, t4, token=TokenKind.NONE),
        row("apps.connections.open", people.connections_open, t1, ("connections:write",), token=TokenKind.APP,
            notes="the address works once, within a minute"),
        row("auth.test", people.auth_test, special),
        row("bots.info", people.bots_info, t3, users),
        row("chat.delete", chat.delete_message, t3, write, notes="a parent with replies leaves a tombstone"),
        row("chat.getPermalink", chat.get_permalink, special),
        row("chat.postEphemeral", chat.post_ephemeral_message, t4, write),
        row("chat.postMessage", chat.post_message, posting, write,
            notes="link unfurling and `parse` are not modelled"),
        row("chat.update", chat.update, t3, write),
        row("conversations.history", c.history, t3, kind_scope=history),
        row("conversations.info", c.info, t3, kind_scope=read),
        row("conversations.join", c.join, t3, joins),
        row("conversations.leave", c.leave, t3, leaves),
        row("conversations.list", c.list_conversations, t2, kind_scope=read),
        row("conversations.members", c.members, t4, kind_scope=read),
        row("conversations.open", c.open_conversation, t3, opens, notes="one person only"),
        row("conversations.replies", c.replies, t3, kind_scope=history),
        row("files.completeUploadExternal", files.complete_upload, t4, files_write,
            notes="type, shares and message follow after a moment, as in Slack"),
        row("files.delete", files.delete, t3, files_write),
        row("files.getUploadURLExternal", files.get_upload_url, t4, files_write),
        row("files.info", files.info, t4, files_read),
        row("files.list", files.list_files, t3, files_read),
        row("functions.completeError", functions.complete_error, t3),
        row("functions.completeSuccess", functions.complete_success, t3,
            notes="outputs are held to the manifest"),
        row("reactions.add", reactions.add, t3, react),
        row("reactions.get", reactions.get, t3, ("reactions:read",), notes="messages only"),
        row("reactions.remove", reactions.remove, t2, react),
        row("team.info", people.team_info, t3, ("team:read",)),
        row("usergroups.list", usergroups.usergroups_list, t2, ("usergroups:read",)),
        row("usergroups.users.list", usergroups.usergroups_users_list, t2, ("usergroups:read",)),
        row("users.conversations", c.users_conversations, t3, kind_scope=read),
        row("users.info", people.users_info, t4, users),
        row("users.list", people.users_list, t2, users),
        row("views.open", v.open_view, t4),
        row("views.publish", v.publish, t4),
        row("views.push", v.push_view, t4),
        row("views.update", v.update, t4),
    ]  # fmt: skip


METHODS: dict[str, Method] = {row.name: row for row in _rows()}

# Methods that Slack itself has retired, with what it answers.
RETIRED = {
    "files.upload": "method_deprecated",
    "channels.list": "method_deprecated",
    "im.open": "method_deprecated",
}
