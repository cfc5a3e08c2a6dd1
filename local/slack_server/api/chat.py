"""The chat methods: posting, updating, deleting, ephemerals and permalinks."""

from dataclasses import replace
from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.content import attachments_of, blocks_of, fallback_text, metadata_of, text_of
from local.slack_server.api.errors import ApiError
from local.slack_server.people import BOT_ID
from local.slack_server.posting import Draft, delete, edit, post_as_bot, post_ephemeral
from local.slack_server.rendering import api_message

Json = dict[str, Any]


async def post_message(call: Call) -> Json:
    """chat.postMessage."""
    channel = call.joined_channel()
    draft = _draft(call, thread_ts=call.thread_ts(channel))
    message = post_as_bot(call.workspace, channel, draft)
    answer = {
        "channel": channel.id,
        "ts": message.ts,
        "message": api_message(call.workspace, message, with_metadata=True),
    }
    if len(call.args.text("text")) > len(draft.text):
        answer["warning"] = "message_truncated"
    return answer


async def post_ephemeral_message(call: Call) -> Json:
    """chat.postEphemeral: `user_not_in_channel` where the person couldn't see it."""
    channel = call.joined_channel()
    user = call.args.needed("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = post_ephemeral(call.workspace, channel, user, _draft(call, thread_ts=call.thread_ts(channel)))
    return {"message_ts": message.ts}


async def update(call: Call) -> Json:
    """chat.update: text without blocks removes the old blocks; blocks alone leave no "edited" mark."""
    channel = call.visible_channel()
    before = call.message(channel)
    if before.bot_id != BOT_ID:
        raise ApiError("cant_update_message")
    text = text_of(call.args, is_update=True)
    blocks = blocks_of(call.workspace, call.args)
    attachments = attachments_of(call.workspace, call.args)
    metadata = metadata_of(call.args)
    if not text and blocks is None and attachments is None and metadata is None:
        raise ApiError("no_text")
    if blocks is None:
        blocks = () if text else before.blocks
    after = replace(
        before,
        text=fallback_text(text, call.args, blocks) or before.text,
        blocks=blocks,
        attachments=before.attachments if attachments is None else attachments,
        metadata=before.metadata if metadata is None else (metadata or None),
        reply_broadcast=before.reply_broadcast or call.args.flag("reply_broadcast"),
    )
    if not (after.text or after.blocks or after.attachments or after.files):
        raise ApiError("no_text")
    after = edit(call.workspace, before, after, edited_by=before.user if text and not blocks else None)
    return {
        "channel": channel.id,
        "ts": after.ts,
        "text": after.text,
        "message": api_message(call.workspace, after, with_metadata=True),
    }


async def delete_message(call: Call) -> Json:
    """chat.delete: only the bot's own."""
    channel = call.visible_channel()
    message = call.message(channel)
    if message.bot_id != BOT_ID:
        raise ApiError("cant_delete_message")
    delete(call.workspace, message)
    return {"channel": channel.id, "ts": message.ts}


async def get_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    channel = call.visible_channel()
    message = call.message(channel, "message_ts")
    link = call.workspace.url(f"archives/{channel.id}/p{message.ts.replace('.', '')}")
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _draft(call: Call, *, thread_ts: str | None) -> Draft:
    if any(call.args.text(name) for name in ("username", "icon_emoji", "icon_url")):
        call.require_scope("chat:write.customize")
    text = text_of(call.args)
    blocks = blocks_of(call.workspace, call.args)
    attachments = attachments_of(call.workspace, call.args)
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    return Draft(
        text=fallback_text(text, call.args, blocks),
        blocks=blocks or (),
        attachments=attachments or (),
        thread_ts=thread_ts,
        reply_broadcast=bool(thread_ts) and call.args.flag("reply_broadcast"),
        metadata=metadata_of(call.args) or None,
        username=call.args.text("username") or None,
    )
