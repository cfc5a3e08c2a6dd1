"""A bounded record of Web API calls and of what was delivered to the app, for tests and for the curious."""

import itertools
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

KEPT = 2000
LONGEST_ARGUMENT = 4000
_SECRET_ARGUMENTS = frozenset({"token", "client_secret", "signing_secret"})


class Records:
    """Two rings with one numbering, so that `after` works across both."""

    def __init__(self, clock: Callable[[], float] = time.time, *, kept: int = KEPT) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._calls: deque[dict[str, Any]] = deque(maxlen=kept)
        self._deliveries: deque[dict[str, Any]] = deque(maxlen=kept)

    def call(self, method: str, arguments: Mapping[str, Any], *, error: str | None, ms: float) -> None:
        """Note one Web API call; tokens are left out and long arguments are cut."""
        entry: dict[str, Any] = {"n": next(self._numbers), "at": round(self._clock(), 3), "method": method}
        entry["ok"] = error is None
        if error is not None:
            entry["error"] = error
        entry["ms"] = round(ms, 2)
        entry["args_without_tokens"] = {
            name: _cut(value) for name, value in arguments.items() if name not in _SECRET_ARGUMENTS
        }
        self._calls.append(entry)

    def delivery(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Note one delivery attempt; the caller fills in `ack_ms` when the ack comes."""
        entry = {
            "n": next(self._numbers),
            "at": round(self._clock(), 3),
            "kind": kind,
            "ack_ms": None,
            **facts,
        }
        self._deliveries.append(entry)
        return entry

    def after(self, number: int) -> dict[str, list[dict[str, Any]]]:
        """Calls and deliveries numbered above `number`, oldest first."""
        return {
            "calls": [entry for entry in self._calls if entry["n"] > number],
            "deliveries": [entry for entry in self._deliveries if entry["n"] > number],
        }


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_ARGUMENT:
        return value[:LONGEST_ARGUMENT] + "…"
    return value
