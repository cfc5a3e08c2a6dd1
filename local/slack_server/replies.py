"""What the app says back outside the Web API: in a command's ack, and to a response_url."""

from dataclasses import replace
from typing import Any

from local.slack_server.api.arguments import Arguments
from local.slack_server.api.content import attachments_of, blocks_of, text_of
from local.slack_server.api.errors import ApiError
from local.slack_server.grants import ResponseUrl
from local.slack_server.messages import Message
from local.slack_server.posting import (
    Draft,
    delete,
    delete_ephemeral,
    edit,
    edit_ephemeral,
    post_as_bot,
    post_ephemeral,
)
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


def reply(workspace: Workspace, url: ResponseUrl, body: Json) -> None:
    """Carry out one answer: post, replace or delete. ApiError for what Slack wouldn't take."""
    args = Arguments(body)
    if args.flag("delete_original"):
        _delete_original(workspace, url)
        return
    draft = _draft(workspace, args)
    original = original_of(workspace, url)
    if args.flag("replace_original") and original is not None:
        _replace(workspace, original, draft)
        return
    is_public = args.text("response_type") == "in_channel"
    channel = workspace.channels[url.channel]
    if is_public:
        message = post_as_bot(workspace, channel, draft)
        url.ts, url.ephemeral_id = message.ts, None
    else:
        message = post_ephemeral(workspace, channel, url.user, draft)
        url.ts, url.ephemeral_id = None, message.ephemeral_id


def original_of(workspace: Workspace, url: ResponseUrl) -> Message | None:
    """The message the URL speaks for: the one clicked, or the last one posted through it."""
    if url.ephemeral_id:
        return workspace.messages.ephemeral(url.ephemeral_id)
    return workspace.messages.get(url.channel, url.ts) if url.ts else None


def _draft(workspace: Workspace, args: Arguments) -> Draft:
    text = text_of(args)
    blocks = blocks_of(workspace, args) or ()
    attachments = attachments_of(workspace, args) or ()
    if not text and not blocks and not attachments:
        raise ApiError("no_text")
    thread_ts = args.text("thread_ts") or None
    return Draft(text=text, blocks=blocks, attachments=attachments, thread_ts=thread_ts)


def _replace(workspace: Workspace, original: Message, draft: Draft) -> None:
    after = replace(original, text=draft.text, blocks=draft.blocks, attachments=draft.attachments)
    if original.ephemeral_for:
        edit_ephemeral(workspace, after)
    else:
        edit(workspace, original, after, edited_by=None)


def _delete_original(workspace: Workspace, url: ResponseUrl) -> None:
    original = original_of(workspace, url)
    if original is None:
        raise ApiError("message_not_found")
    if original.ephemeral_for:
        delete_ephemeral(workspace, original)
    else:
        delete(workspace, original)
