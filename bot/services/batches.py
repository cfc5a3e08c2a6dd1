"""Files to classify: every row labelled by a model, in the background, with a card that shows how far it is.

Each step is stored before the next begins, so that a killed bot goes on where it was. Servers that carry batches of
their own (ours does) label the file in bulk; others are asked row by row, a few at a time.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bot.datasets.templates import parse_template
from bot.domain import (
    Actor,
    Batch,
    BatchState,
    Dataset,
    DatasetStatus,
    FineTunedModel,
    Task,
    Thread,
)
from bot.errors import DatasetError, InputError, NotFoundError, ProviderError, SlackError, UserError
from bot.ports import Message, Notifier, Provider, Sandbox
from bot.services import batch_files
from bot.services.asking_rows import ask_rows
from bot.services.batch_files import Labelled, Written
from bot.services.datasets import Datasets
from bot.texts import t
from bot.views import batches as views
from storage import Store

logger = logging.getLogger(__name__)

MOST_ROWS = 200_000
LOOK_S = 1.0
GONE = ("channel_not_found", "not_in_channel", "is_archived", "thread_not_found", "account_inactive")
"""Slack's answers after which nothing can be told where the file is."""
CARD_S = 3.0
"""A card is edited this often at most (reference: Slack's chat.update, about 50 a minute)."""


class Batches:
    """The story of files to classify."""

    def __init__(
        self,
        *,
        store: Store,
        provider: Provider,
        notifier: Notifier,
        sandbox: Sandbox,
        datasets: Datasets,
        home: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._provider = provider
        self._notifier = notifier
        self._sandbox = sandbox
        self._datasets = datasets
        self._home = home
        self._clock = clock
        self._shown: dict[str, tuple[datetime, Message]] = {}

    async def start(
        self, actor: Actor, dataset_id: str, *, delivery: str, model: str = "", text: str = ""
    ) -> Batch | None:
        """Take a file, durably; None when this delivery was already taken.

        `model` is a name or title, "" for the channel's own; `text` a column or template, "" for the model's own.
        Raises NotFoundError, InputError naming the field.
        """
        dataset = await self._datasets.get(dataset_id)
        chosen = await self._model(actor, dataset.channel, model)
        if chosen.task is not Task.CLASSIFICATION:
            raise InputError(
                t("{model} writes texts; it gives no labels.", model=chosen.title or chosen.name),
                field="model",
                next_step=t("Choose a model that classifies."),
            )
        _check_file(dataset, text)
        batch = Batch(
            id=f"batch-{uuid4().hex[:12]}",
            team=actor.team,
            channel=dataset.channel,
            user=actor.user,
            thread_ts=dataset.thread_ts or dataset.report_ts,
            dataset_id=dataset.id,
            name=dataset.name,
            model=chosen.name,
            state=BatchState.WAITING,
            created_at=self._clock(),
            text=text,
        )
        if not await self._store.batches.accept(batch, delivery=delivery):
            return None
        logger.info("file to classify batch=%s dataset=%s model=%s", batch.id, dataset.id, chosen.name)
        return batch

    async def _model(self, actor: Actor, channel: str, name: str) -> FineTunedModel:
        models = self._store.models
        found = await (models.find(actor.team, name) if name else models.of_channel(actor.team, channel))
        if found is None:
            raise NotFoundError(
                t("There is no model {name} here.", name=name)
                if name
                else t("This channel has no model yet."),
                next_step=t("`/finetune models` lists those there are."),
            )
        return found

    async def models_for(self, actor: Actor) -> tuple[list[FineTunedModel], FineTunedModel | None]:
        """The team's classifying models, newest first, and the channel's own when it is one."""
        every = await self._store.models.of_team(actor.team)
        own = await self._store.models.of_channel(actor.team, actor.channel)
        fitting = [model for model in every if model.task is Task.CLASSIFICATION]
        return fitting, own if own in fitting else None

    async def open(self) -> list[Batch]:
        """Files that are not through yet."""
        return await self._store.batches.open()

    async def cancel(self, actor: Actor, batch_id: str) -> None:
        """Stop a file. Raises NotFoundError, InputError when it has ended."""
        batch = await self._store.batches.get(batch_id)
        if batch is None or batch.team != actor.team:
            raise NotFoundError(t("I don't know that file any more."))
        if not await self._store.batches.request_cancel(batch, user=actor.user, now=self._clock()):
            raise InputError(t("{name} is done already.", name=batch.name))

    async def advance(self, batch: Batch) -> None:
        """Bring a file to its end. Raises BotError for what a later try may mend."""
        try:
            await self._advance(batch)
        except (UserError, ProviderError) as error:
            said = f"{error} {error.next_step}".strip() if isinstance(error, UserError) else str(error)
            batch = await self._store.batches.get(batch.id) or batch
            await self._end(replace(batch, state=BatchState.FAILED, problem=said))
        except SlackError as error:
            if error.code not in GONE:
                raise
            logger.warning("file given up batch=%s error=%s", batch.id, error)
            batch = await self._store.batches.get(batch.id) or batch
            await self._store.batches.save(
                replace(batch, state=BatchState.FAILED, problem=str(error), told=True)
            )

    async def _advance(self, batch: Batch) -> None:
        dataset = await self._datasets.get(batch.dataset_id)
        if dataset.status is DatasetStatus.READING:
            return  # a file from the form is still being read; the next tick looks again
        if dataset.status is DatasetStatus.UNUSABLE:
            raise DatasetError(dataset.problem)
        model = await self._store.models.get(batch.team, batch.model)
        if model is None:
            raise NotFoundError(t("The model {name} was deleted.", name=batch.model))
        place = dataset.thread_ts or dataset.report_ts
        batch = replace(batch, thread_ts=batch.thread_ts or place, name=dataset.name)
        if batch.state is BatchState.WAITING:
            batch = await self._begin(batch, dataset, model)
        if batch.state is BatchState.RUNNING:
            batch = await (self._watch(batch) if batch.remote_ids else self._ask(batch, model))
        if batch.state is BatchState.WRITING:
            batch = await self._write(batch, model)
        await self._end(batch)

    def folder(self, batch: Batch) -> Path:
        """Where a file's requests and answers lie until its result is in the thread."""
        return self._home / "batches" / batch.id

    async def _begin(self, batch: Batch, dataset: Dataset, model: FineTunedModel) -> Batch:
        batch = await self._show(batch)
        in_bulk = bool(await self._provider.base_models())
        arguments: dict[str, object] = {
            "folder": str(self._datasets.folder(dataset.id)),
            "target": str(self.folder(batch)),
            "wanted": [batch.text] if batch.text else await self._templates(model, dataset),
        }
        name = "write_requests" if in_bulk else "write_texts"
        if in_bulk:
            arguments["model"] = model
        written: Written = await self._sandbox.run(f"bot.services.batch_files:{name}", arguments, Written)
        if not written.asked:
            raise DatasetError(t("No row of {name} has a text to classify.", name=batch.name))
        batch = replace(batch, rows=written.asked, text=written.text, started_at=self._clock())
        for number in range(written.files):
            made = await self._provider.create_batch(
                self.folder(batch) / f"requests-{number}.jsonl",
                endpoint=batch_files.endpoint_of(model),
                key=f"{batch.id}-{number}",
            )
            batch = replace(batch, remote_ids=(*batch.remote_ids, made.id))
        return await self._keep(replace(batch, state=BatchState.RUNNING))

    async def _templates(self, model: FineTunedModel, dataset: Dataset) -> list[str]:
        """The texts as the model was taught them, else as the file's own report has them."""
        taught = await self._store.datasets.get(model.dataset_id)
        found = [taught.report.text] if taught and taught.report else []
        if dataset.report and not dataset.report.label:
            found.append(dataset.report.text)
        return found

    async def _watch(self, batch: Batch) -> Batch:
        """Look at the server's batches until they have ended; then fetch what they gave."""
        while True:
            looks = [await self._provider.batch(remote_id) for remote_id in batch.remote_ids]
            failed = next((look for look in looks if look.error and not look.completed), None)
            if failed:
                raise ProviderError(failed.error, status=400)
            done = sum(look.completed for look in looks)
            batch = replace(batch, done=done, failed=sum(look.failed for look in looks))
            if await self._is_cancelled(batch):
                for remote_id in batch.remote_ids:
                    await self._provider.cancel_batch(remote_id)
                return replace(batch, state=BatchState.CANCELLED)
            if all(look.is_finished for look in looks):
                break
            batch = await self._show(batch)
            await asyncio.sleep(LOOK_S)
        for number, look in enumerate(looks):
            if look.output_file:
                await self._provider.save_content(
                    look.output_file, self.folder(batch) / f"output-{number}.jsonl"
                )
        return await self._keep(replace(batch, state=BatchState.WRITING))

    async def _ask(self, batch: Batch, model: FineTunedModel) -> Batch:
        """Ask row by row; what is answered stays answered whatever happens."""
        async for done in ask_rows(self._provider, model, self.folder(batch)):
            batch = replace(batch, done=done)
            if await self._is_cancelled(batch):
                return replace(batch, state=BatchState.CANCELLED)
            batch = await self._show(batch)
        return await self._keep(replace(batch, state=BatchState.WRITING))

    async def _is_cancelled(self, batch: Batch) -> bool:
        now_known = await self._store.batches.get(batch.id)
        return bool(now_known and now_known.cancel_by)

    async def _write(self, batch: Batch, model: FineTunedModel) -> Batch:
        """Make the result and put it into the thread."""
        settings = await self._store.channels.get(batch.team, batch.channel)
        arguments: dict[str, object] = {
            "folder": str(self._datasets.folder(batch.dataset_id)),
            "target": str(self.folder(batch)),
            "model": model,
            "threshold": settings.threshold,
        }
        made: Labelled = await self._sandbox.run("bot.services.batch_files:write_result", arguments, Labelled)
        batch = replace(
            batch,
            done=made.labelled,
            failed=max(0, batch.rows - made.labelled),
            mix=made.mix,
            unsure=made.unsure,
            finished_at=self._clock(),
        )
        name = f"{batch.name.rsplit('.', 1)[0]}.labelled.csv"
        await self._notifier.upload(
            Thread(channel=batch.channel, ts=batch.thread_ts),
            self.folder(batch) / "result.csv",
            name=name,
            title=name,
        )
        return await self._keep(replace(batch, state=BatchState.DONE))

    async def _end(self, batch: Batch) -> None:
        """Tell the end once, bring the card up to date, forget the files."""
        await self._store.batches.save(batch)
        place = Thread(channel=batch.channel, ts=batch.thread_ts)
        model = await self._store.models.remembered(batch.team, batch.model)
        mark = f"{batch.id}:end"
        if not await self._notifier.find(place, outbox_id=mark, since=batch.created_at):
            await self._notifier.post(place, views.ended(batch, model), outbox_id=mark)
        await self._show(batch, at_once=True)
        await self._store.batches.save(replace(batch, told=True))
        self._shown.pop(batch.id, None)
        await asyncio.to_thread(shutil.rmtree, self.folder(batch), ignore_errors=True)
        logger.info("file classified batch=%s state=%s rows=%s", batch.id, batch.state, batch.done)

    async def _keep(self, batch: Batch) -> Batch:
        await self._store.batches.save(batch)
        return batch

    async def _show(self, batch: Batch, *, at_once: bool = False) -> Batch:
        """Post the card, or edit it when it is time to; a card that somebody deleted is not missed."""
        now = self._clock()
        shown_at, shown = self._shown.get(batch.id) or (None, None)
        message = views.card(batch, now)
        if message == shown or (not at_once and shown_at and (now - shown_at).total_seconds() < CARD_S):
            return batch
        self._shown[batch.id] = (now, message)
        if batch.card_ts:
            try:
                await self._notifier.edit(Thread(channel=batch.channel, ts=batch.card_ts), message)
            except SlackError as error:
                logger.warning("card not edited batch=%s error=%s", batch.id, error)
            return batch
        place = Thread(channel=batch.channel, ts=batch.thread_ts)
        found = await self._notifier.find(place, outbox_id=batch.id, since=batch.created_at)
        posted = found or await self._notifier.post(place, message, outbox_id=batch.id)
        return await self._keep(replace(batch, card_ts=posted))


def _check_file(dataset: Dataset, text: str) -> None:
    """Raises InputError when a file that has been read can't be classified like that."""
    report = dataset.report
    if report is None:
        if dataset.status is DatasetStatus.UNUSABLE:
            raise InputError(dataset.problem, field="text")
        return
    if report.reading.rows_read > MOST_ROWS:
        raise InputError(
            t(
                "{name} has {rows} rows; I classify files of up to {most}.",
                name=dataset.name,
                rows=f"{report.reading.rows_read:,}",
                most=f"{MOST_ROWS:,}",
            ),
            next_step=t("Split the file."),
        )
    if text:
        try:
            parse_template(text, report.reading.columns)
        except DatasetError as error:
            raise InputError(error.message, field="text", next_step=error.next_step) from error
