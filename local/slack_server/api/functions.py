"""The functions methods: the app says how a workflow step ended."""

from typing import Any

from local.slack_server.api.call import Call
from local.slack_server.api.errors import ApiError, missing_argument
from local.slack_server.workflow import StepRefused, complete_step, fail_step

Json = dict[str, Any]


async def complete_success(call: Call) -> Json:
    """functions.completeSuccess."""
    outputs = call.args.json("outputs", "invalid_arguments")
    if not isinstance(outputs, dict):
        raise missing_argument("outputs")
    try:
        complete_step(call.workspace, call.args.needed("function_execution_id"), outputs)
    except StepRefused as fault:
        raise _refusal(fault) from fault
    return {}


async def complete_error(call: Call) -> Json:
    """functions.completeError."""
    try:
        fail_step(call.workspace, call.args.needed("function_execution_id"), call.args.needed("error"))
    except StepRefused as fault:
        raise _refusal(fault) from fault
    return {}


def _refusal(fault: StepRefused) -> ApiError:
    return ApiError(fault.code, response_metadata={"messages": [str(fault)]})
