"""What a message is to say: text, blocks, attachments and metadata, checked against Slack's limits."""

from typing import Any

from local.slack_server.api.arguments import Arguments
from local.slack_server.api.errors import ApiError, invalid
from local.slack_server.blockkit.limits import (
    ATTACHMENTS_PER_MESSAGE,
    MARKDOWN_CHARACTERS,
    MESSAGE_TEXT_CHARACTERS,
    UPDATE_TEXT_CHARACTERS,
)
from local.slack_server.blockkit.surfaces import BlockKitError, check_message_blocks, with_block_ids
from local.slack_server.pictures import is_usable_file
from local.slack_server.workspace import Workspace

Json = dict[str, Any]


def text_of(args: Arguments, *, is_update: bool = False) -> str:
    """The text: cut at 40,000 characters when posted, refused beyond 4,000 when updated."""
    text = args.text("text")
    if is_update and len(text) > UPDATE_TEXT_CHARACTERS:
        raise ApiError("msg_too_long")
    return text[:MESSAGE_TEXT_CHARACTERS]


def blocks_of(workspace: Workspace, args: Arguments) -> tuple[Json, ...] | None:
    """The checked blocks with their block_ids filled in; None where none were sent."""
    markdown = args.text("markdown_text")
    if markdown:
        if args.has("text") or args.has("blocks"):
            raise ApiError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_CHARACTERS:
            raise ApiError("msg_too_long")
        return with_block_ids([{"type": "markdown", "text": markdown}])
    blocks = args.objects("blocks", "invalid_blocks_format")
    return None if blocks is None else checked_blocks(workspace, blocks)


def checked_blocks(
    workspace: Workspace, blocks: list[Json], error: str = "invalid_blocks"
) -> tuple[Json, ...]:
    """Blocks that Slack would take in a message, block_ids filled in; ApiError for others."""
    try:
        check_message_blocks(blocks, is_usable_file=lambda ref: is_usable_file(workspace, ref))
    except BlockKitError as fault:
        code = error if fault.code == "invalid_blocks" else fault.code
        raise invalid(code, fault.problems) if fault.problems else ApiError(code) from fault
    return with_block_ids(blocks)


def attachments_of(workspace: Workspace, args: Arguments) -> tuple[Json, ...] | None:
    """The checked legacy attachments; None where none were sent."""
    attachments = args.objects("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if len(attachments) > ATTACHMENTS_PER_MESSAGE:
        raise ApiError("too_many_attachments")
    checked = []
    for attachment in attachments:
        blocks = attachment.get("blocks")
        if isinstance(blocks, list):
            attachment = {
                **attachment,
                "blocks": list(checked_blocks(workspace, blocks, "invalid_attachments")),
            }
        checked.append(attachment)
    return tuple(checked)


def metadata_of(args: Arguments) -> Json | None:
    """The message metadata; `invalid_metadata_format` or `invalid_metadata_schema`; an empty object removes it."""
    metadata = args.json("metadata", "invalid_metadata_format")
    if metadata is None or metadata == "":
        return None
    if not isinstance(metadata, dict):
        raise ApiError("invalid_metadata_format")
    if not metadata or "entities" in metadata:
        return metadata
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise ApiError("invalid_metadata_schema")
    return metadata


def fallback_text(text: str, args: Arguments, blocks: tuple[Json, ...] | None) -> str:
    """The text that notifications show: what was sent, else the markdown, else Slack's stand-in."""
    if text or not blocks:
        return text
    return args.text("markdown_text") or "This content can't be displayed."
