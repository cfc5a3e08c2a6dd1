"""Modals and Home tabs: each person's stack of at most three views, and the Home tab the app published for them."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]
DEEPEST_STACK = 3


@dataclass(frozen=True, kw_only=True)
class View:
    """One view as it stands; `definition` is what the app sent, `values` what the person entered so far."""

    id: str
    user: str
    definition: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The view's blocks, block_ids filled in."""
        return list(self.definition["blocks"])

    @property
    def external_id(self) -> str:
        """The app's own name for the view; empty where it gave none."""
        return str(self.definition.get("external_id") or "")


def new_hash(now: float) -> str:
    """A view hash as Slack writes it: seconds, a dot, and letters that differ each time."""
    return f"{int(now)}.{secrets.token_hex(4)}"


class ViewDesk:
    """The open views of everybody."""

    def __init__(self) -> None:
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def stack(self, user: str) -> list[View]:
        """The person's open modals, the lowest first."""
        return list(self._stacks.get(user, ()))

    def home(self, user: str) -> View | None:
        """The Home tab published for the person, or None."""
        return self._homes.get(user)

    def find(self, view_id: str) -> View | None:
        """The open modal or Home tab of that id, or None where it was closed."""
        return next((view for view in self._all() if view.id == view_id), None)

    def find_external(self, external_id: str) -> View | None:
        """The open view that the app named so, or None."""
        return next((view for view in self._all() if external_id and view.external_id == external_id), None)

    def open(self, view: View) -> list[View]:
        """Show a modal alone; returns those it displaced."""
        displaced = self._stacks.get(view.user, [])
        self._stacks[view.user] = [view]
        return displaced

    def push(self, view: View) -> None:
        """Put a modal on top of the person's stack."""
        self._stacks[view.user].append(view)

    def put(self, view: View) -> None:
        """Set the new state of an open modal, or a person's Home tab."""
        stack = self._stacks.get(view.user, [])
        for place, open_view in enumerate(stack):
            if open_view.id == view.id:
                stack[place] = view
                return
        self._homes[view.user] = view

    def close(self, view: View) -> None:
        """Take one modal off its stack."""
        self._stacks[view.user] = [v for v in self._stacks.get(view.user, []) if v.id != view.id]

    def clear(self, user: str) -> list[View]:
        """Close all of a person's modals; returns them, top first."""
        return list(reversed(self._stacks.pop(user, [])))

    def set_values(self, view: View, values: Json) -> View:
        """Keep what the person entered; an update of the view leaves it where block_id and action_id stay."""
        changed = replace(view, values=values)
        self.put(changed)
        return changed

    def _all(self) -> list[View]:
        return [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())
