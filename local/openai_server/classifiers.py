"""Loaded classifiers: kept by size, least recently used first out, each answering many callers at once.

A caller that is alone is answered at once. While a model works, further texts for it wait; many go together into its
next turns, so that load makes turns larger instead of queues longer. Texts of batches have turns of their own, large
ones, which begin only while nobody waits and keep nobody waiting.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from local.openai_server import trainer_bridge
from local.openai_server.errors import ApiError
from local.openai_server.trainer_bridge import Classifier, Probabilities, TrainerError

TURN_TEXTS = 32
TURNS_AT_ONCE = 2
"""Small turns side by side: who asks one short text does not wait for the long ones of others."""
FEW = 8
"""While so few wait, each has a turn alone: in one together, all would wait for the longest (`benchmarks.serve`, eight at
once: the slowest in a hundred goes from 1.65 times the median to 1.60). With more, large turns carry more texts a second."""
BULK_TEXTS = 256
"""The encoder is fastest with many texts of one length side by side."""
WORKERS = 3


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Probabilities of one text in the order of the model's labels, and the exact tokens of what was sent.

    `recalled` says whether the exact-match memory answered; None where the model has none.
    """

    probabilities: Probabilities
    prompt_tokens: int
    recalled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class _Asked:
    text: str
    counted: Sequence[str]
    answer: "asyncio.Future[Prediction]"


class _Lane:
    """The texts that wait for one kind of turn, and how many such turns are at work."""

    def __init__(self, turn_texts: int, *, turns: int = 1) -> None:
        self._working = 0
        self._waiting: deque[_Asked] = deque()
        self._turn_texts = turn_texts
        self._turns = turns

    @property
    def is_quiet(self) -> bool:
        """Whether nobody waits here."""
        return not (self._working or self._waiting)

    def add(self, asked: _Asked) -> None:
        """Wait for a turn."""
        self._waiting.append(asked)

    def begin_turn(self) -> list[_Asked]:
        """The texts of the next turn; none while enough are at work or nobody waits.

        Turns that go side by side share who waits, and the half is left for the ones after them.
        """
        if self._working == self._turns:
            return []
        turn = [self._waiting.popleft() for _ in range(min(self._turn_texts, self._share()))]
        self._working += bool(turn)
        return turn

    def _share(self) -> int:
        waiting = len(self._waiting)
        if self._turns == 1:
            return waiting
        return min(1, waiting) if waiting <= FEW else -(-waiting // (2 * self._turns))

    def end_turn(self) -> None:
        """A turn is done."""
        self._working -= 1


class LoadedModel:
    """One classifier and the texts that wait for it; used from the event loop only."""

    def __init__(self, classifier: Classifier, pool: ThreadPoolExecutor) -> None:
        self.classifier = classifier
        self.labels = tuple(classifier.labels)
        self.label_tokens = tuple(trainer_bridge.count_tokens(self.labels))
        self._pool = pool
        self._callers = _Lane(TURN_TEXTS, turns=TURNS_AT_ONCE)
        self._bulk = _Lane(BULK_TEXTS)

    async def predict(self, text: str, *, counted: Sequence[str], bulk: bool = False) -> Prediction:
        """The probabilities for `text` and the tokens of all `counted`; `bulk` gives way to others."""
        asked = _Asked(text=text, counted=counted, answer=asyncio.get_running_loop().create_future())
        lane = self._bulk if bulk else self._callers
        lane.add(asked)
        if bulk:
            # They come many at a time: the turn begins when this round of the event loop has brought them all.
            asyncio.get_running_loop().call_soon(self._next_turns)
        else:
            self._next_turns()
        return await asked.answer

    def _next_turns(self) -> None:
        self._work_on(self._callers)
        if self._callers.is_quiet:
            self._work_on(self._bulk)

    def _work_on(self, lane: _Lane) -> None:
        turn = lane.begin_turn()
        if turn:
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._work, turn)
            work.add_done_callback(lambda done: self._hand_out(lane, turn, done))

    def _work(self, turn: list[_Asked]) -> list[Prediction]:
        texts = [asked.text for asked in turn]
        rows, recalled = self.classifier.probabilities(texts), self.classifier.recalled(texts)
        counts = iter(trainer_bridge.count_tokens([text for asked in turn for text in asked.counted]))
        return [
            Prediction(
                probabilities=row, prompt_tokens=sum(islice(counts, len(asked.counted))), recalled=known
            )
            for asked, row, known in zip(turn, rows, recalled, strict=True)
        ]

    def _hand_out(self, lane: _Lane, turn: list[_Asked], done: "asyncio.Future[list[Prediction]]") -> None:
        lane.end_turn()
        failure = done.exception()
        for position, asked in enumerate(turn):
            if asked.answer.cancelled():
                continue
            if failure is not None:
                asked.answer.set_exception(failure)
            else:
                asked.answer.set_result(done.result()[position])
        self._next_turns()


class Classifiers:
    """The models in memory, up to a number of bytes; used from the event loop only."""

    def __init__(
        self, home: Path, capacity_bytes: int, load: Callable[[Path], Classifier] = trainer_bridge.load
    ) -> None:
        self._home = home
        self._capacity_bytes = capacity_bytes
        self._load = load
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="predict")
        self._loaded: OrderedDict[str, LoadedModel] = OrderedDict()
        self._loading: dict[str, asyncio.Task[LoadedModel]] = {}

    def warm_up(self) -> None:
        """Load the tokenizer in a worker (half a second), so that the first caller needn't wait for it."""
        self._pool.submit(trainer_bridge.count_tokens, ["warm"])

    @property
    def size_bytes(self) -> int:
        """Memory taken by the loaded models' own weights."""
        return sum(model.classifier.size_bytes for model in self._loaded.values())

    @property
    def count(self) -> int:
        """How many models are loaded."""
        return len(self._loaded)

    async def get(self, model_id: str, directory: str) -> LoadedModel:
        """The model, loaded once however many ask; raises ApiError 500 for damaged files."""
        loaded = self._loaded.get(model_id)
        if loaded is not None:
            self._loaded.move_to_end(model_id)
            return loaded
        task = self._loading.get(model_id)
        if task is None:
            task = asyncio.create_task(self._load_model(model_id, directory))
            self._loading[model_id] = task
            task.add_done_callback(lambda _: self._loading.pop(model_id, None))
        return await asyncio.shield(task)

    def forget(self, model_id: str) -> None:
        """Drop a deleted model; answers under way still come."""
        self._loaded.pop(model_id, None)

    def close(self) -> None:
        """End the worker threads once they are done."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _load_model(self, model_id: str, directory: str) -> LoadedModel:
        loop = asyncio.get_running_loop()
        try:
            classifier = await loop.run_in_executor(self._pool, self._load, self._home / directory)
        except TrainerError as error:
            headers = {"x-should-retry": "false"}
            message = f"The model `{model_id}` cannot be loaded: {error.message}"
            raise ApiError(
                500, message, type_="server_error", code="model_unavailable", headers=headers
            ) from error
        model = await loop.run_in_executor(self._pool, LoadedModel, classifier, self._pool)
        self._loaded[model_id] = model
        while self.size_bytes > self._capacity_bytes and len(self._loaded) > 1:
            self._loaded.popitem(last=False)
        return model
