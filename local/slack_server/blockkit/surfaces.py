"""Checks whole messages and views, and fills in the block_ids that Slack would make up."""

import secrets
from collections.abc import Callable
from typing import Any

import orjson

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.blocks import block
from local.slack_server.blockkit.check import Check, Findings, Json
from local.slack_server.blockkit.data_blocks import text_characters
from local.slack_server.blockkit.objects import PLAIN, text

IsUsableFile = Callable[[Json], bool]


class BlockKitError(Exception):
    """Slack would refuse it: `code` is the error, `problems` the places, each with its JSON pointer."""

    def __init__(self, code: str, problems: list[str]) -> None:
        super().__init__(f"{code}: {'; '.join(problems)}")
        self.code = code
        self.problems = problems


def check_message_blocks(blocks: list[Json], *, is_usable_file: IsUsableFile) -> None:
    """Raise BlockKitError (`invalid_blocks`, `msg_blocks_too_long`, `invalid_attachments`) for what Slack refuses."""
    findings = Findings(surface="message", is_usable_file=is_usable_file)
    _check_blocks(blocks, Check(findings, "/blocks"), limits.BLOCKS_PER_MESSAGE)
    if findings.problems:
        raise BlockKitError("invalid_blocks", findings.problems)
    kinds = [entry["type"] for entry in _with_children(blocks)]
    if kinds.count("data_visualization") > limits.CHARTS_PER_MESSAGE:
        findings.problems.append("no more than 2 data_visualization blocks allowed [json-pointer:/blocks]")
    if "plan" in kinds and "task_card" in kinds:
        findings.problems.append("a plan and a task_card can't share a message [json-pointer:/blocks]")
    if findings.problems:
        raise BlockKitError("invalid_blocks", findings.problems)
    if kinds.count("table") > 1:
        raise BlockKitError("invalid_attachments", ["only_one_table_allowed"])
    markdown = sum(len(entry["text"]) for entry in blocks if entry["type"] == "markdown")
    counted = [entry for entry in blocks if entry["type"] not in ("data_table", "data_visualization")]
    if (
        markdown > limits.MARKDOWN_CHARACTERS
        or text_characters(counted) > limits.BLOCK_CHARACTERS_PER_MESSAGE
    ):
        raise BlockKitError("msg_blocks_too_long", [])


def check_view(view: Json, kind: str, *, is_usable_file: IsUsableFile) -> None:
    """Raise BlockKitError (`invalid_arguments`, `view_too_large`) for a modal or Home tab that Slack refuses."""
    findings = Findings(surface=kind, is_usable_file=is_usable_file)
    check = Check(findings, "/view")
    if view.get("type") != kind:
        check.at("type").refuse(f"must be {kind}")
    common = ("type", "blocks", "private_metadata", "callback_id", "external_id")
    if kind == "modal":
        own = ("title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")
        check.keys(view, (*common, *own), ("title", "blocks"))
        for key in ("title", "submit", "close"):
            check.part(view, key, text(limits.VIEW_TITLE, PLAIN))
        check.flag(view, "clear_on_close", "notify_on_close")
    else:
        check.keys(view, common, ("blocks",))
    check.string(view, "private_metadata", limits.PRIVATE_METADATA)
    check.string(view, "callback_id", limits.IDENTIFIER)
    check.string(view, "external_id", limits.IDENTIFIER)
    blocks = view.get("blocks")
    if isinstance(blocks, list):
        _check_blocks(blocks, check.at("blocks"), limits.BLOCKS_PER_VIEW)
        _check_submit(view, blocks, check)
    elif blocks is not None:
        check.at("blocks").refuse("must be an array")
    if len(orjson.dumps(view)) > limits.VIEW_BYTES:
        raise BlockKitError("view_too_large", [])
    if findings.problems:
        raise BlockKitError("invalid_arguments", findings.problems)


def with_block_ids(blocks: list[Json]) -> tuple[Json, ...]:
    """The blocks, each with a block_id; those inside containers and carousels, and action_ids, as well."""
    return tuple(_with_ids(entry) for entry in blocks)


def _check_blocks(blocks: list[Any], check: Check, most: int) -> None:
    if len(blocks) > most:
        check.refuse(f"no more than {most} items allowed")
    for number, entry in enumerate(blocks[:most]):
        block(entry, check.at(number))


def _check_submit(view: Json, blocks: list[Any], check: Check) -> None:
    has_inputs = any(isinstance(entry, dict) and entry.get("type") == "input" for entry in blocks)
    if view.get("type") == "modal" and has_inputs and view.get("submit") is None:
        check.refuse("missing required field: submit")


def _with_children(blocks: list[Json]) -> list[Json]:
    """The blocks, which were checked, and those one level inside them."""
    return [*blocks, *(child for entry in blocks for child in entry.get("child_blocks") or ())]


def _with_ids(entry: Json) -> Json:
    changed = {**entry, "block_id": entry.get("block_id") or _new_id()}
    if entry["type"] in ("actions", "context_actions"):
        changed["elements"] = [_with_action_id(inner) for inner in entry["elements"]]
    for key in ("accessory", "element"):
        if isinstance(entry.get(key), dict) and entry[key].get("type") != "image":
            changed[key] = _with_action_id(entry[key])
    if entry["type"] == "carousel":
        changed["elements"] = [_with_ids(card) for card in entry["elements"]]
    if entry["type"] == "card" and entry.get("actions"):
        changed["actions"] = [_with_action_id(inner) for inner in entry["actions"]]
    if "child_blocks" in entry:
        changed["child_blocks"] = [_with_ids(child) for child in entry["child_blocks"]]
    return changed


def _with_action_id(element: Json) -> Json:
    return element if element.get("action_id") else {**element, "action_id": _new_id()}


def _new_id() -> str:
    return secrets.token_urlsafe(4)[:5]
