"""The payloads of slash commands and interactions, as Slack writes them."""

from typing import Any

from local.slack_server.elements import elements_of
from local.slack_server.messages import Message
from local.slack_server.modals import view_document
from local.slack_server.people import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, ChannelKind, User
from local.slack_server.rendering import api_message
from local.slack_server.texts import escaped, escaped_command_text
from local.slack_server.views import View
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


def channel_name(channel: Channel) -> str:
    """The name that payloads carry: private conversations have none of their own there."""
    return {ChannelKind.PRIVATE: "privategroup", ChannelKind.IM: "directmessage"}.get(
        channel.kind, channel.name
    )


def command_payload(workspace: Workspace, user: User, channel: Channel, command: str, text: str) -> Json:
    """A slash command; the text is as typed, unless the manifest or the settings ask for escapes."""
    definition = workspace.manifest.command(command)
    if definition and definition.should_escape:
        text = escaped_command_text(text, workspace.users.values(), workspace.channels.values())
    elif workspace.settings.command_entities:
        text = escaped(text)
    return {
        "token": workspace.tokens.verification_token,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": workspace.url(workspace.grants.new_response_url(user.id, channel.id)),
        "trigger_id": workspace.grants.new_trigger(user.id),
    }


def message_action_payload(workspace: Workspace, user: User, message: Message, action: Json) -> Json:
    """block_actions on a message; an ephemeral one isn't sent along."""
    channel = workspace.channels[message.channel]
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_for is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = interaction(workspace, user, "block_actions") | {
        "container": container,
        "trigger_id": workspace.grants.new_trigger(user.id),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": message.state},
        "response_url": _message_url(workspace, user, message),
        "actions": [action],
    }
    if message.ephemeral_for is None:
        payload["message"] = api_message(workspace, message, with_metadata=True)
    return payload


def view_action_payload(workspace: Workspace, user: User, view: View, action: Json) -> Json:
    """block_actions in a modal or Home tab."""
    return interaction(workspace, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": workspace.grants.new_trigger(user.id, view.id),
        "view": view_document(view),
        "actions": [action],
    }


def submission_payload(workspace: Workspace, user: User, view: View) -> Json:
    """view_submission."""
    return interaction(workspace, user, "view_submission") | {
        "trigger_id": workspace.grants.new_trigger(user.id, view.id),
        "view": view_document(view),
        "response_urls": _response_urls(workspace, user, view),
    }


def closed_payload(workspace: Workspace, user: User, view: View, *, is_cleared: bool) -> Json:
    """view_closed."""
    return interaction(workspace, user, "view_closed") | {
        "view": view_document(view),
        "is_cleared": is_cleared,
    }


def shortcut_payload(workspace: Workspace, user: User, callback_id: str) -> Json:
    """A global shortcut."""
    return interaction(workspace, user, "shortcut") | {
        "callback_id": callback_id,
        "trigger_id": workspace.grants.new_trigger(user.id),
        "action_ts": workspace.next_ts(),
    }


def message_shortcut_payload(workspace: Workspace, user: User, callback_id: str, message: Message) -> Json:
    """A shortcut on a message."""
    channel = workspace.channels[message.channel]
    return interaction(workspace, user, "message_action") | {
        "callback_id": callback_id,
        "trigger_id": workspace.grants.new_trigger(user.id),
        "action_ts": workspace.next_ts(),
        "message_ts": message.ts,
        "message": api_message(workspace, message, with_metadata=True),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "response_url": _message_url(workspace, user, message),
    }


def suggestion_payload(
    workspace: Workspace, user: User, place: Message | View, block_id: str, action_id: str, value: str
) -> Json:
    """block_suggestion: the options of an external select for what was typed so far."""
    payload = interaction(workspace, user, "block_suggestion") | {
        "action_id": action_id,
        "block_id": block_id,
        "value": value,
    }
    if isinstance(place, View):
        return payload | {"container": {"type": "view", "view_id": place.id}, "view": view_document(place)}
    channel = workspace.channels[place.channel]
    return payload | {
        "container": {
            "type": "message",
            "message_ts": place.ts,
            "channel_id": channel.id,
            "is_ephemeral": False,
        },
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": api_message(workspace, place),
    }


def interaction(workspace: Workspace, user: User, kind: str) -> Json:
    """What every interaction carries."""
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": workspace.tokens.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _response_urls(workspace: Workspace, user: User, view: View) -> list[Json]:
    """A response URL for each conversation chosen in a menu that asks for one."""
    urls = []
    for block, element in elements_of(view.blocks):
        entry = view.values.get(block["block_id"], {}).get(element["action_id"], {})
        chosen = entry.get("selected_conversation") or entry.get("selected_channel")
        if element.get("response_url_enabled") and chosen in workspace.channels:
            url = workspace.url(workspace.grants.new_response_url(user.id, chosen))
            place = {"block_id": block["block_id"], "action_id": element["action_id"]}
            urls.append({**place, "channel_id": chosen, "response_url": url})
    return urls


def _message_url(workspace: Workspace, user: User, message: Message) -> str:
    path = workspace.grants.new_response_url(
        user.id,
        message.channel,
        ts=None if message.ephemeral_for else message.ts,
        ephemeral_id=message.ephemeral_id,
    )
    return workspace.url(path)
