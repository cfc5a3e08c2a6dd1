"""Workflow steps: the functions that the manifest offers, their executions, and how the app said each ended."""

import secrets
from typing import Any

from local.slack_server.events import send_event
from local.slack_server.executions import Execution
from local.slack_server.manifest import Function, Parameter
from local.slack_server.people import APP_ID
from local.slack_server.workspace import Workspace

Json = dict[str, Any]
_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


class StepRefused(Exception):
    """The step can't be run, or not be ended like that; `code` is what Slack calls it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def run_step(workspace: Workspace, callback_id: str, inputs: Json) -> Execution:
    """Run a function as a workflow would: the app is told, and has to end it. StepRefused for what can't be run."""
    function = workspace.manifest.function(callback_id)
    if function is None:
        raise StepRefused("function_not_found", f"The manifest offers no function {callback_id}.")
    problems = _problems(function.inputs, inputs)
    if problems:
        raise StepRefused("parameter_validation_failed", "; ".join(problems))
    execution = Execution(id=f"Fx{secrets.token_hex(5).upper()}", function=function, inputs=inputs)
    workspace.executions[execution.id] = execution
    event = {
        "type": "function_executed",
        "function": _document(function),
        "inputs": inputs,
        "function_execution_id": execution.id,
        "workflow_execution_id": f"Wx{secrets.token_hex(5).upper()}",
        "event_ts": workspace.next_ts(),
        "bot_access_token": execution.token,
    }
    if not send_event(workspace, event):
        raise StepRefused("not_subscribed", "The manifest does not list the event function_executed.")
    return execution


def complete_step(workspace: Workspace, execution_id: str, outputs: Json) -> None:
    """The app is done. StepRefused for an unknown or ended execution, and for outputs the manifest does not allow."""
    execution = _running(workspace, execution_id)
    problems = _problems(execution.function.outputs, outputs)
    if problems:
        raise StepRefused("parameter_validation_failed", "; ".join(problems))
    execution.state, execution.outputs = "completed", outputs


def fail_step(workspace: Workspace, execution_id: str, error: str) -> None:
    """The app gave up. StepRefused for an unknown or ended execution."""
    execution = _running(workspace, execution_id)
    execution.state, execution.error = "failed", error


def is_step_token(workspace: Workspace, token: str) -> bool:
    """Is it the token of a step that runs? It may do what the bot's may, while the step lasts."""
    return any(one.token == token and one.state == "running" for one in workspace.executions.values())


def _running(workspace: Workspace, execution_id: str) -> Execution:
    execution = workspace.executions.get(execution_id)
    if execution is None:
        raise StepRefused("function_execution_not_found", "There is no such execution.")
    if execution.state != "running":
        raise StepRefused("execution_not_in_running_state", "The execution has ended.")
    return execution


def _problems(parameters: tuple[Parameter, ...], given: Json) -> list[str]:
    """What the values lack or get wrong; types of Slack's own (users, channels) are ids."""
    known = {parameter.name: parameter for parameter in parameters}
    found = [f"{name}: not a parameter of the function" for name in given if name not in known]
    for parameter in parameters:
        value = given.get(parameter.name)
        if value is None:
            found += [f"{parameter.name}: required"] if parameter.is_required else []
        elif not _fits(value, _KINDS.get(parameter.type, str)):
            found.append(f"{parameter.name}: must be a {parameter.type}")
    return found


def _fits(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _document(function: Function) -> Json:
    return {
        "id": f"Fn{function.callback_id.upper()[:10]}",
        "callback_id": function.callback_id,
        "title": function.title,
        "description": function.description,
        "type": "app",
        "input_parameters": [vars(parameter) for parameter in function.inputs],
        "output_parameters": [vars(parameter) for parameter in function.outputs],
        "app_id": APP_ID,
        "date_created": 1694727597,
        "date_updated": 1698947481,
        "date_deleted": 0,
    }
