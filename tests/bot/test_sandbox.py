from pathlib import Path

import pytest

from bot.domain import Choices
from bot.errors import DatasetError, SandboxError
from bot.sandbox import ProcessSandbox

VICTIMS = "tests.bot.sandbox_victims"


async def call(name: str, kind: type = type(None), sandbox: ProcessSandbox | None = None, **arguments):
    return await (sandbox or ProcessSandbox()).run(f"{VICTIMS}:{name}", arguments, kind)


async def test_a_value_comes_back():
    assert await call("add", int, left=2, right=3) == 5


async def test_paths_and_values_arrive_typed_and_noise_is_kept_out():
    answer = await call("describe", dict, path=Path("/x/file.csv"), choices=Choices(seed=7))

    assert answer == {"path": "PosixPathfile.csv", "seed": "7"}


async def test_an_error_for_the_person_comes_back_whole():
    with pytest.raises(DatasetError, match="the file is empty") as caught:
        await call("refuse")

    assert (caught.value.next_step, caught.value.where) == ("Fill it.", "line 1")


async def test_a_bug_inside_becomes_a_sentence_without_details(capfd):
    with pytest.raises(SandboxError, match="could not be read") as caught:
        await call("crash")

    assert "secret" not in str(caught.value)
    assert "secret detail" in capfd.readouterr().err


async def test_too_much_memory_becomes_a_sentence():
    with pytest.raises(SandboxError, match="memory"):
        await call("eat_memory", int, ProcessSandbox(memory_bytes=500_000_000))


async def test_too_much_computing_becomes_a_sentence():
    with pytest.raises(SandboxError, match="more than 1 seconds"):
        await call("spin", sandbox=ProcessSandbox(cpu_s=1))


async def test_too_much_time_becomes_a_sentence():
    with pytest.raises(SandboxError, match="took longer"):
        await call("spin", sandbox=ProcessSandbox(wall_s=0.5))


async def test_a_killed_child_becomes_a_sentence():
    with pytest.raises(SandboxError, match="stopped by the system"):
        await call("die")


async def test_the_child_sees_no_secrets(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")

    names = await call("environment", list[str])

    assert "SLACK_BOT_TOKEN" not in names


async def test_only_our_own_functions_are_called():
    with pytest.raises(SandboxError):
        await ProcessSandbox().run("os:getcwd", {}, str)
