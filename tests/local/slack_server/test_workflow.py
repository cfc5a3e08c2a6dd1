"""Workflow steps: the app is told of a run, and says how it ended."""

import asyncio
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError

from local.slack_server.manifest import Function, Parameter


def parameter(name: str, kind: str = "string", *, is_required: bool = True) -> Parameter:
    return Parameter(name=name, type=kind, title=name, description="", is_required=is_required)


STEP = Function(
    callback_id="shout",
    title="Shout",
    description="",
    inputs=(parameter("text"), parameter("times", "integer", is_required=False)),
    outputs=(parameter("loud"), parameter("length", "number", is_required=False)),
)


@pytest.fixture
def manifest(manifest):
    return replace(manifest, functions=(STEP,), bot_events=(*manifest.bot_events, "function_executed"))


async def ended(person, execution: str) -> dict:
    async with asyncio.timeout(5):
        while True:
            runs = (await person.get("functions"))["executions"]
            run = next(run for run in runs if run["execution"] == execution)
            if run["state"] != "running":
                return run
            await asyncio.sleep(0.01)


async def test_a_step_is_completed_with_its_outputs(app, connect, person):
    @app.function("shout")
    async def on_shout(inputs, complete):
        await complete({"loud": inputs["text"].upper(), "length": len(inputs["text"])})

    await connect()
    started = await person.post("functions", callback_id="shout", inputs={"text": "hello"})

    run = await ended(person, started["execution"])
    assert (run["state"], run["outputs"]) == ("completed", {"loud": "HELLO", "length": 5})


async def test_a_step_may_fail_with_a_sentence(app, connect, person):
    @app.function("shout")
    async def on_shout(fail):
        await fail("There is no voice left.")

    await connect()
    started = await person.post("functions", callback_id="shout", inputs={"text": "hello"})

    run = await ended(person, started["execution"])
    assert (run["state"], run["error"]) == ("failed", "There is no voice left.")


@pytest.mark.parametrize(
    ("outputs", "error"),
    [
        ({}, "parameter_validation_failed"),
        ({"loud": 5}, "parameter_validation_failed"),
        ({"loud": "A", "length": True}, "parameter_validation_failed"),
        ({"loud": "A", "more": "x"}, "parameter_validation_failed"),
    ],
)
async def test_outputs_are_held_to_the_manifest(bot, connect, person, outputs, error):
    await connect()
    started = await person.post("functions", callback_id="shout", inputs={"text": "hello"})

    with pytest.raises(SlackApiError) as refused:
        await bot.functions_completeSuccess(function_execution_id=started["execution"], outputs=outputs)

    assert refused.value.response["error"] == error


async def test_an_ended_step_cannot_be_ended_again(bot, connect, person):
    await connect()
    started = (await person.post("functions", callback_id="shout", inputs={"text": "a"}))["execution"]
    await bot.functions_completeError(function_execution_id=started, error="no")

    with pytest.raises(SlackApiError) as refused:
        await bot.functions_completeSuccess(function_execution_id=started, outputs={"loud": "A"})

    assert refused.value.response["error"] == "execution_not_in_running_state"


@pytest.mark.parametrize(
    ("callback_id", "inputs", "error"),
    [
        ("whisper", {"text": "a"}, "function_not_found"),
        ("shout", {}, "parameter_validation_failed"),
        ("shout", {"text": 5}, "parameter_validation_failed"),
        ("shout", {"text": "a", "times": "two"}, "parameter_validation_failed"),
    ],
)
async def test_a_step_needs_its_inputs(connect, person, callback_id, inputs, error):
    await connect()

    answer = await person.post("functions", callback_id=callback_id, inputs=inputs)

    assert (answer["ok"], answer["error"]) == (False, error)
