"""Runs one function in a child process of its own, under memory, CPU and time limits.

What strangers drop in a channel is read there: a bomb ends the child with a sentence, never the bot. The child gets
no secrets in its environment, and only JSON comes back out of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from bot import errors
from bot.errors import SandboxError, UserError
from bot.lifeline import end_with
from bot.texts import language, speak, t

MEMORY_BYTES = 1_500_000_000
ADDRESS_SPACE = 6
"""Address space allowed, as a multiple of the memory."""
CPU_S = 120
WALL_S = 180
_KEEP_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR", "SYSTEMROOT")


class ProcessSandbox:
    """Runs functions in child processes, at most `workers` at a time. Paths travel as text."""

    def __init__(
        self,
        *,
        workers: int = 2,
        memory_bytes: int = MEMORY_BYTES,
        cpu_s: int = CPU_S,
        wall_s: float = WALL_S,
    ) -> None:
        self._slots = asyncio.Semaphore(workers)
        self._memory_bytes = memory_bytes
        self._cpu_s = cpu_s
        self._wall_s = wall_s

    async def run(self, function: str, arguments: dict[str, object], kind: type[Any]) -> Any:
        """Call "module:function" with keyword arguments (values that msgspec can carry); the value as `kind`."""
        call = msgspec.json.encode(
            {"function": function, "arguments": arguments, "language": language()}, enc_hook=str
        )
        async with self._slots:
            output, code = await self._call(call)
        if not output:
            raise SandboxError(_why_it_ended(code, self._memory_bytes, self._cpu_s))
        answer = json.loads(output)
        if "error" in answer:
            raise _error(answer["error"])
        return msgspec.convert(answer["value"], kind, strict=False)

    async def _call(self, call: bytes) -> tuple[bytes, int]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.sandbox",
            str(self._memory_bytes),
            str(self._cpu_s),
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _KEEP_ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(call), self._wall_s)
        except TimeoutError:
            raise SandboxError(
                t("Reading took longer than {wall_s:.0f} seconds, so it was stopped.", wall_s=self._wall_s)
            ) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return output, process.returncode or 0


def _why_it_ended(code: int, memory_bytes: int, cpu_s: int) -> str:
    if code == -signal.SIGXCPU:
        return t("Reading took more than {cpu_s} seconds of computing, so it was stopped.", cpu_s=cpu_s)
    if code == -signal.SIGKILL:
        return t("Reading was stopped by the system (out of memory, or killed).")
    return t(
        "Reading ended without an answer (code {code}); the limit is {memory_bytes:,.0f} MB of memory.",
        code=code,
        memory_bytes=memory_bytes / 1e6,
    )


def _error(row: dict[str, str]) -> UserError | SandboxError:
    kind = getattr(errors, row["kind"], None)
    if isinstance(kind, type) and issubclass(kind, errors.InputError):
        return kind(row["message"], field=row["where"], next_step=row["next_step"])
    if isinstance(kind, type) and issubclass(kind, UserError):
        return kind(row["message"], next_step=row["next_step"], where=row["where"])
    return SandboxError(row["message"])


def main() -> None:
    """The child: limits first, then one call from stdin, then one JSON object to stdout."""
    memory_bytes, cpu_s, parent_pid = (int(word) for word in sys.argv[1:4])
    # A killed bot starts again and reads the file anew: nobody else may then write into that dataset's folder.
    end_with(parent_pid, grace_s=0)
    # RLIMIT_DATA counts what is really allocated; the address space also holds what allocators only reserve
    # (Arrow's reserves gigabytes), so its own limit is wider.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE * memory_bytes, ADDRESS_SPACE * memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    call = json.loads(sys.stdin.buffer.read())
    speak(call["language"])
    with contextlib.redirect_stdout(sys.stderr):
        answer = _answer(call["function"], call["arguments"])
    sys.stdout.buffer.write(answer)


def _answer(function: str, arguments: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode({"value": _call_function(function, arguments)})
    except UserError as error:
        row = {
            "kind": type(error).__name__,
            "message": error.message,
            "next_step": error.next_step,
            "where": error.where,
        }
    except MemoryError:
        row = {"kind": "", "message": t("The file needs more memory to read than I may use.")}
    except (
        Exception
    ) as error:  # the child's only handler: whatever went wrong in there must not look like silence
        traceback.print_exc()
        row = {"kind": "", "message": t("The file could not be read ({name}).", name=type(error).__name__)}
    return msgspec.json.encode({"error": row})


def _call_function(function: str, arguments: dict[str, Any]) -> Any:
    module, name = function.split(":")
    if not module.startswith(("bot.", "tests.")):
        raise ValueError(f"{function} is not ours to run")
    found = getattr(importlib.import_module(module), name)
    return found(**_typed(found, arguments))


def _typed(function: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the function's annotations want them (paths and dataclasses out of JSON)."""
    hints = get_type_hints(function)
    return {
        name: Path(value)
        if hints.get(name) is Path
        else msgspec.convert(value, hints.get(name, Any), strict=False)
        for name, value in arguments.items()
    }


if __name__ == "__main__":
    main()
