"""The refusals of the Web API, in Slack's own words."""

from typing import Any


class ApiError(Exception):
    """A call that is answered with `ok: false`; `facts` are added to the answer."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def invalid(code: str, problems: list[str]) -> ApiError:
    """An error that tells which parts are wrong, as Slack does for blocks and views."""
    messages = [f"[ERROR] {problem}" for problem in problems]
    return ApiError(code, errors=problems, response_metadata={"messages": messages})


def missing_argument(name: str) -> ApiError:
    """The refusal of a call without a required argument."""
    return invalid("invalid_arguments", [f"missing required field: {name}"])
