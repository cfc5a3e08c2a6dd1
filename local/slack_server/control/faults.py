"""POST /control/settings: timings, the order of events, and faults for tests."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from local.slack_server.answers import control_answer
from local.slack_server.control.request import Act, ControlError
from local.slack_server.settings import Fault, FileEventsOrder, FileGuise, Settings

_MODES = ("external", "tombstone", "hidden_by_limit", "file_access")
_REASONS = ("refresh_requested", "warning", "link_disabled", "too_many_websockets")


async def change_settings(act: Act) -> Response:
    """Set what the body names; an unknown name or a wrong value refuses the whole request before anything is set."""
    unknown = [name for name in act.body if name not in _SETTERS and name != "disconnect_sockets"]
    if unknown:
        raise ControlError("unknown_setting", f"There is no setting {unknown[0]}.")
    reason = act.body.get("disconnect_sockets")
    if reason is not None and reason not in _REASONS:
        raise ControlError("invalid_setting", f"disconnect_sockets must be one of {', '.join(_REASONS)}.")
    trial = Settings()
    for target in (trial, act.workspace.settings):
        for name, value in act.body.items():
            if name in _SETTERS:
                _set(target, name, value)
    if reason is not None:
        await act.workspace.sockets.disconnect_all(reason)
    return control_answer()


def _set(settings: Settings, name: str, value: Any) -> None:
    try:
        _SETTERS[name](settings, value)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise ControlError("invalid_setting", f"{value!r} is no value for {name}.") from fault


def _order(settings: Settings, value: Any) -> None:
    settings.file_events_order = FileEventsOrder(value)


def _schedule(settings: Settings, value: Any) -> None:
    waits = value if isinstance(value, list) else [value] * 3
    settings.retry_after_s = tuple(_not_negative(wait) for wait in waits)


def _fault(settings: Settings, value: Any) -> None:
    error, status = value.get("error"), value.get("status")
    if error is None and status is None:
        raise ValueError("a fault needs an error or a status")
    fault = Fault(
        method=str(value["method"]),
        error=None if error is None else str(error),
        status=None if status is None else int(status),
        times=int(value.get("times", 1)),
    )
    settings.faults.append(fault)


def _guise(settings: Settings, value: Any) -> None:
    if value["mode"] not in _MODES:
        raise ValueError(value["mode"])
    settings.file_guises.append(FileGuise(mode=value["mode"], times=int(value.get("times", 1))))


def _number(name: str) -> Callable[[Settings, Any], None]:
    def set_number(settings: Settings, value: Any) -> None:
        setattr(settings, name, _not_negative(value))

    return set_number


def _count(name: str) -> Callable[[Settings, Any], None]:
    def set_count(settings: Settings, value: Any) -> None:
        setattr(settings, name, int(_not_negative(value)))

    return set_count


def _flag(name: str) -> Callable[[Settings, Any], None]:
    def set_flag(settings: Settings, value: Any) -> None:
        if not isinstance(value, bool):
            raise TypeError("a boolean is needed")
        setattr(settings, name, value)

    return set_flag


def _not_negative(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError("a number that isn't negative is needed")
    return float(value)


_SETTERS: dict[str, Callable[[Settings, Any], None]] = {
    "file_events_order": _order,
    "rate_limits": _flag("rate_limits"),
    "redeliver_after_s": _schedule,
    "redeliver_next": _count("redeliver_next"),
    "fail_next": _fault,
    "next_file_info": _guise,
    "empty_shares_next": _count("empty_shares_next"),
    "ack_timeout_s": _number("ack_timeout_s"),
    "file_processing_s": _number("file_processing_s"),
    "command_entities": _flag("command_entities"),
}
