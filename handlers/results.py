"""`/finetune results`, the Results button, and the buttons for its files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.domain import FineTuningJob
from bot.ports import Message
from bot.services.results import Results
from bot.views import results as views
from handlers.commands import Commands, Typed
from handlers.errors import explained
from handlers.requests import Body, actor_of, thread_of
from handlers.services import Services

Share = Callable[[Results, FineTuningJob], Awaitable[None]]

SHARES: dict[str, Share] = {
    "results_show": Results.show,
    "results_file": Results.share_result_file,
    "results_predictions": Results.share_predictions,
    "results_classes": Results.share_scores,
    "results_jsonl": Results.share_jsonl,
}
"""Each button, and what it puts into the job's thread."""


def register(app: AsyncApp, services: Services) -> None:
    """The buttons."""
    for action_id, share in SHARES.items():
        app.action(action_id)(partial(on_share, services=services, share=share))


async def on_share(body: Body, ack: AsyncAck, services: Services, share: Share) -> None:
    """Put what the button says into the job's thread."""
    await ack()
    actor, name = actor_of(body), body["actions"][0]["value"]

    async def work() -> None:
        await share(services.results, await services.results.find(actor, name))

    told = partial(explained, actor, work, notifier=services.notifier, thread_ts=thread_of(body))
    services.background.submit(f"{body['actions'][0]['action_id']}-{name}", told)


async def _results(typed: Typed) -> Message:
    job = await typed.services.results.find(typed.actor, typed.rest)
    work = partial(typed.services.results.show, job)
    told = partial(explained, typed.actor, work, notifier=typed.services.notifier)
    typed.services.background.submit(f"results-{job.op_id}", told)
    return views.coming(job)


COMMANDS: Commands = {"results": _results}
