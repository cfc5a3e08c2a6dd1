"""The Events API's side: which events the app gets, by subscription, scope and membership, and their bodies."""

import secrets
from typing import Any

from local.slack_server.messages import Message
from local.slack_server.people import APP_ID, BOT_USER_ID, TEAM_ID, Channel, ChannelKind
from local.slack_server.rendering import event_message
from local.slack_server.texts import mentions
from local.slack_server.workspace import Workspace

Json = dict[str, Any]

# Slack's event reference (docs.slack.dev/reference/events, read 2026-11): the scope each event needs.
SCOPE_OF_EVENT = {
    "app_mention": "app_mentions:read",
    "app_home_opened": None,
    "function_executed": None,
    "file_shared": "files:read",
    "file_deleted": "files:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_left": "channels:read",
    "group_left": "groups:read",
}

MESSAGE_EVENTS = {
    ChannelKind.CHANNEL: "message.channels",
    ChannelKind.PRIVATE: "message.groups",
    ChannelKind.IM: "message.im",
}


def is_subscribed(workspace: Workspace, name: str, scope: str | None) -> bool:
    """Does the app ask for this event, and may it have it?"""
    return name in workspace.subscriptions and (scope is None or scope in workspace.scopes)


def send_event(
    workspace: Workspace, event: Json, *, name: str | None = None, scope: str | None = None
) -> bool:
    """Send the event if the app subscribed to `name` and holds its scope; tells whether it went out."""
    name = name or event["type"]
    if not is_subscribed(workspace, name, scope or SCOPE_OF_EVENT.get(name)):
        return False
    workspace.deliveries.event(event_body(workspace, event))
    return True


def event_body(workspace: Workspace, event: Json) -> Json:
    """The event_callback around an event."""
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": workspace.tokens.verification_token,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0" + secrets.token_hex(5).upper(),
        "event_time": int(workspace.clock()),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(12)}",
    }


def message_event_name(channel: Channel) -> str:
    """The subscription under which a channel's messages travel."""
    return MESSAGE_EVENTS[channel.kind]


def send_message_event(workspace: Workspace, channel: Channel, event: Json) -> bool:
    """Send a `message` event of any subtype, where the bot is in the channel."""
    if not channel.bot_is_member:
        return False
    document = {"type": "message", **event, "channel": channel.id, "channel_type": channel.kind.event_type}
    return send_event(workspace, document, name=message_event_name(channel))


def send_new_message(workspace: Workspace, channel: Channel, message: Message) -> None:
    """Tell the app of a new message: as a message event and, where a person mentions the bot, as app_mention."""
    facts = event_message(workspace, message)
    send_message_event(workspace, channel, {**facts, "event_ts": message.ts})
    if message.bot_id is None and mentions(message.text, BOT_USER_ID) and channel.kind is not ChannelKind.IM:
        if not channel.bot_is_member:
            _say_not_here(workspace, channel, message.user)
            return
        mention = {key: value for key, value in facts.items() if key != "subtype"}
        send_event(
            workspace, {**mention, "type": "app_mention", "channel": channel.id, "event_ts": message.ts}
        )


def send_file_shared(workspace: Workspace, channel: Channel, file_id: str, user: str) -> None:
    """Tell the app that a file now stands in a channel it is in."""
    if not channel.bot_is_member:
        return
    event = {
        "type": "file_shared",
        "channel_id": channel.id,
        "file_id": file_id,
        "user_id": user,
        "file": {"id": file_id},
        "event_ts": workspace.next_ts(),
    }
    send_event(workspace, event)


def _say_not_here(workspace: Workspace, channel: Channel, user: str) -> None:
    bot = workspace.users[BOT_USER_ID].name
    workspace.notice(
        user, channel.id, f"You mentioned @{bot}, but they're not in this channel. Type /invite @{bot}"
    )
