"""The reactions methods."""

import re
from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.errors import ApiError
from local.slack_server.messages import Message
from local.slack_server.people import BOT_USER_ID, Channel
from local.slack_server.posting import set_reaction
from local.slack_server.rendering import api_message

Json = dict[str, Any]
_NAME = re.compile(r"[a-z0-9_'+\-]+(::skin-tone-[2-6])?")
MOST_REACTIONS = 23


async def add(call: Call) -> Json:
    """reactions.add."""
    message, name = _target(call)
    if name not in dict(message.reactions) and len(message.reactions) >= MOST_REACTIONS:
        raise ApiError("too_many_emoji")
    if not set_reaction(call.workspace, message, BOT_USER_ID, name, present=True):
        raise ApiError("already_reacted")
    return {}


async def remove(call: Call) -> Json:
    """reactions.remove."""
    message, name = _target(call)
    if not set_reaction(call.workspace, message, BOT_USER_ID, name, present=False):
        raise ApiError("no_reaction")
    return {}


async def get(call: Call) -> Json:
    """reactions.get."""
    channel, message = _message(call)
    return {"type": "message", "channel": channel.id, "message": api_message(call.workspace, message)}


def _target(call: Call) -> tuple[Message, str]:
    name = call.args.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise ApiError("invalid_name")
    channel, message = _message(call)
    if channel.is_archived:
        raise ApiError("is_archived")
    return message, name


def _message(call: Call) -> tuple[Channel, Message]:
    if not call.args.text("channel") or not call.args.text("timestamp"):
        raise ApiError("no_item_specified")
    channel = call.visible_channel()
    if not channel.bot_is_member:
        raise ApiError("not_in_channel")
    message = call.workspace.messages.get(channel.id, call.args.text("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    return channel, message
