"""Collects what is wrong with a block or view, each with the JSON pointer to its place, in Slack's manner."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Inner = Callable[[Any, "Check"], None]


def as_list(value: Any) -> list[Any]:
    """The value where it is a list, else an empty one: its wrong type is noted elsewhere."""
    return value if isinstance(value, list) else []


def objects(value: Any) -> list[Json]:
    """The objects of a list; whatever else it holds is noted elsewhere."""
    return [entry for entry in as_list(value) if isinstance(entry, dict)]


def kind_of(value: Any) -> str | None:
    """The `type` of an object, where it is a string."""
    kind = value.get("type") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else None


@dataclass(kw_only=True)
class Findings:
    """What one check of a message or view gathers from all its parts."""

    surface: str
    is_usable_file: Callable[[Json], bool]
    problems: list[str] = field(default_factory=list)
    block_ids: set[str] = field(default_factory=set)


class Check:
    """A place in the document, and the ways to demand something of it."""

    def __init__(self, findings: Findings, pointer: str, action_ids: set[str] | None = None) -> None:
        self.findings = findings
        self.pointer = pointer
        self._action_ids = set() if action_ids is None else action_ids

    @property
    def surface(self) -> str:
        """Where the blocks stand: message, modal or home."""
        return self.findings.surface

    def at(self, *parts: str | int) -> Check:
        """The place below this one; action_ids stay unique across it."""
        pointer = self.pointer + "".join(f"/{part}" for part in parts)
        return Check(self.findings, pointer, self._action_ids)

    def at_block(self, *parts: str | int) -> Check:
        """The place of a block below this one, with action_ids of its own."""
        return Check(self.findings, self.at(*parts).pointer)

    def refuse(self, sentence: str) -> None:
        """Note that this place is wrong."""
        self.findings.problems.append(f"{sentence} [json-pointer:{self.pointer}]")

    def keys(self, value: Any, allowed: Collection[str], required: Collection[str] = ()) -> bool:
        """Demand an object with the required keys and none but the allowed ones; False where it is no object."""
        if not isinstance(value, dict):
            self.refuse("must be an object")
            return False
        for key in required:
            if value.get(key) is None:
                self.refuse(f"missing required field: {key}")
        for key in value:
            if key not in allowed:
                self.refuse(f"invalid additional property: {key}")
        return True

    def string(self, owner: Json, key: str, most: int, *, least: int = 0) -> None:
        """Where `key` is there, demand a string of least..most characters."""
        value = owner.get(key)
        if value is None:
            return
        if not isinstance(value, str):
            self.at(key).refuse("must be a string")
        else:
            self.at(key).length(value, most, least=least)

    def length(self, value: str, most: int, *, least: int = 0) -> None:
        """Demand that a string has least..most characters."""
        if len(value) < least:
            self.refuse(f"must be more than {least - 1} characters")
        if len(value) > most:
            self.refuse(f"must be less than {most + 1} characters")

    def one_of(self, owner: Json, key: str, allowed: Collection[Any]) -> None:
        """Where `key` is there, demand one of the allowed values."""
        if owner.get(key) is not None and owner[key] not in allowed:
            self.at(key).refuse(f"must be one of: {', '.join(map(str, allowed))}")

    def flag(self, owner: Json, *keys: str) -> None:
        """Where one of `keys` is there, demand true or false."""
        for key in keys:
            if owner.get(key) is not None and not isinstance(owner[key], bool):
                self.at(key).refuse("must be a boolean")

    def number(self, owner: Json, key: str, least: int, most: int) -> None:
        """Where `key` is there, demand a whole number in least..most."""
        value = owner.get(key)
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            self.at(key).refuse("must be an integer")
        elif not least <= value <= most:
            self.at(key).refuse(f"must be between {least} and {most}")

    def items(self, owner: Json, key: str, inner: Inner, *, least: int = 1, most: int) -> None:
        """Where `key` is there, demand an array of least..most items, and `inner` of each."""
        value = owner.get(key)
        if value is None:
            return
        place = self.at(key)
        if not isinstance(value, list):
            place.refuse("must be an array")
            return
        if len(value) < least:
            place.refuse(f"no fewer than {least} items allowed")
        if len(value) > most:
            place.refuse(f"no more than {most} items allowed")
        for number, item in enumerate(value[:most]):
            inner(item, place.at(number))

    def part(self, owner: Json, key: str, inner: Inner) -> None:
        """Where `key` is there, demand `inner` of it."""
        if owner.get(key) is not None:
            inner(owner[key], self.at(key))

    def block_id(self, block: Json) -> None:
        """Demand a block_id that no other block of the message or view has."""
        self.string(block, "block_id", 255)
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id:
            if block_id in self.findings.block_ids:
                self.at("block_id").refuse(f"block_id `{block_id}` already exists")
            self.findings.block_ids.add(block_id)

    def action_id(self, element: Json) -> None:
        """Demand an action_id that no other element of the block has."""
        self.string(element, "action_id", 255, least=1)
        action_id = element.get("action_id")
        if isinstance(action_id, str):
            if action_id in self._action_ids:
                self.at("action_id").refuse(f"action_id `{action_id}` already exists")
            self._action_ids.add(action_id)
