"""Steps for Workflow Builder: "Classify text" and "Start fine-tuning" (the manifest's functions)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.complete.async_complete import AsyncComplete
from slack_bolt.context.fail.async_fail import AsyncFail

from bot.domain import Actor
from bot.errors import ServiceError, UserError
from bot.views import workflow as views
from handlers.plans import plan
from handlers.requests import Body, actor_of
from handlers.services import Services

logger = logging.getLogger(__name__)

Outputs = dict[str, Any]
Inputs = Mapping[str, Any]


def register(app: AsyncApp, services: Services) -> None:
    """The functions; Bolt acks their event before they run."""
    app.function("classify_text")(partial(on_classify_text, services=services))
    app.function("start_fine_tuning")(partial(on_start_fine_tuning, services=services))


async def on_classify_text(
    body: Body, inputs: Inputs, complete: AsyncComplete, fail: AsyncFail, services: Services
) -> None:
    """Label and probability of a text, from the model that was named or the channel's own."""
    actor = _actor(body, inputs)

    async def work() -> Outputs:
        said = await services.asks.classify(actor, str(inputs["text"]), model=str(inputs.get("model") or ""))
        sure = {} if said.probability is None else {"probability": said.probability}
        return {"label": said.label, **sure, "unsure": said.is_unsure}

    await _ended(work, complete, fail)


async def on_start_fine_tuning(
    body: Body, inputs: Inputs, complete: AsyncComplete, fail: AsyncFail, services: Services
) -> None:
    """Start a training for the person that the workflow names; its card is in the dataset's thread."""
    actor = _actor(body, inputs)
    execution = str(body["event"]["function_execution_id"])

    async def work() -> Outputs:
        dataset = await services.datasets.find(actor.team, actor.channel, str(inputs.get("dataset") or ""))
        wanted = plan(dataset.id, {"model": str(inputs.get("model") or "")})
        job = await services.jobs.start(actor, wanted, delivery=f"function:{actor.team}:{execution}")
        return {"job": job.op_id} if job else {}

    await _ended(work, complete, fail)


def _actor(body: Body, inputs: Inputs) -> Actor:
    """Whom and which channel the workflow names: its event has neither."""
    user, channel = str(inputs.get("user") or ""), str(inputs.get("channel") or "")
    return Actor(team=actor_of(body).team, user=user, channel=channel)


async def _ended(work: Callable[[], Awaitable[Outputs]], complete: AsyncComplete, fail: AsyncFail) -> None:
    """Tell the workflow how its step ended; a step that was taken before has been told already."""
    try:
        outputs = await work()
    except (UserError, ServiceError) as error:
        logger.info("workflow step failed error=%s", error)
        await fail(views.failed(error))
        return
    if outputs:
        await complete(outputs)
