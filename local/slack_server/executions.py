"""Runs of workflow steps, as the workspace remembers them."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from local.slack_server.manifest import Function

Json = dict[str, Any]


@dataclass(kw_only=True)
class Execution:
    """One run of a function: `state` is running, completed or failed."""

    id: str
    function: Function
    inputs: Json
    token: str = field(default_factory=lambda: f"xwfp-local-{secrets.token_hex(12)}")
    state: str = "running"
    outputs: Json = field(default_factory=dict)
    error: str = ""
