"""Loaded classifiers: shared by callers, batched under load, dropped by size."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest

from local.openai_server.classifiers import Classifiers
from local.openai_server.errors import ApiError
from local.trainer.errors import ModelFolderError


class FakeClassifier:
    """Answers after it is let go; remembers how many texts came at a time."""

    labels = ("a", "b")
    other_threshold = None

    def __init__(self, size_bytes: int = 10) -> None:
        self.size_bytes = size_bytes
        self.turns: list[list[str]] = []
        self.go = threading.Event()

    def text_of(self, messages) -> str:
        return messages[-1]["content"]

    def recalled(self, texts):
        return [None] * len(texts)

    def probabilities(self, texts):
        self.turns.append(list(texts))
        assert self.go.wait(10)
        return np.tile(np.array([0.25, 0.75], np.float32), (len(texts), 1))


async def test_callers_go_side_by_side_and_those_who_wait_together() -> None:
    fake = FakeClassifier()
    classifiers = Classifiers(Path(), 1000, load=lambda _: fake)
    model = await classifiers.get("m", "d")

    asked = [asyncio.create_task(model.predict("first", counted=["first"]))]
    asked += [asyncio.create_task(model.predict(f"caller {n}", counted=["one", "two"])) for n in range(40)]
    await asyncio.sleep(0)
    fake.go.set()
    answers = await asyncio.gather(*asked)

    sizes = [len(turn) for turn in fake.turns]
    assert sizes[:2] == [1, 1]
    assert (sum(sizes), max(sizes)) == (41, 10)
    assert answers[-1].prompt_tokens == 2
    classifiers.close()


async def test_while_few_wait_each_has_a_turn_alone() -> None:
    fake = FakeClassifier()
    classifiers = Classifiers(Path(), 1000, load=lambda _: fake)
    model = await classifiers.get("m", "d")

    asked = [asyncio.create_task(model.predict(f"caller {n}", counted=["one"])) for n in range(8)]
    await asyncio.sleep(0)
    fake.go.set()
    await asyncio.gather(*asked)

    assert [len(turn) for turn in fake.turns] == [1] * 8
    classifiers.close()


async def test_batches_give_way_and_go_in_large_turns() -> None:
    fake = FakeClassifier()
    classifiers = Classifiers(Path(), 1000, load=lambda _: fake)
    model = await classifiers.get("m", "d")

    asked = [asyncio.create_task(model.predict("first", counted=["x"]))]
    asked += [asyncio.create_task(model.predict(f"bulk {n}", counted=["x"], bulk=True)) for n in range(300)]
    asked += [asyncio.create_task(model.predict("second", counted=["x"]))]
    while len(fake.turns) < 2:
        await asyncio.sleep(0.001)
    before = list(fake.turns)
    fake.go.set()
    await asyncio.gather(*asked)

    assert sorted(before) == [["first"], ["second"]]
    assert [len(turn) for turn in fake.turns] == [1, 1, 256, 44]
    classifiers.close()


async def test_a_batch_at_work_keeps_no_caller_waiting() -> None:
    fake = FakeClassifier()
    classifiers = Classifiers(Path(), 1000, load=lambda _: fake)
    model = await classifiers.get("m", "d")

    bulk = asyncio.create_task(model.predict("bulk", counted=["x"], bulk=True))
    while not fake.turns:
        await asyncio.sleep(0.001)
    caller = asyncio.create_task(model.predict("caller", counted=["x"]))
    while len(fake.turns) < 2:
        await asyncio.sleep(0.001)
    fake.go.set()
    await asyncio.gather(bulk, caller)

    assert fake.turns == [["bulk"], ["caller"]]
    classifiers.close()


async def test_a_model_is_loaded_once_and_the_oldest_goes_first() -> None:
    loads: list[str] = []

    def load(folder: Path) -> FakeClassifier:
        loads.append(folder.name)
        return FakeClassifier(size_bytes=40)

    classifiers = Classifiers(Path(), 100, load=load)

    await asyncio.gather(*(classifiers.get("a", "a") for _ in range(5)))
    for name in ("b", "a", "c", "a", "b"):
        await classifiers.get(name, name)

    assert loads == ["a", "b", "c", "b"]
    assert (classifiers.count, classifiers.size_bytes) == (2, 80)
    classifiers.close()


async def test_damaged_files_are_said_and_not_remembered() -> None:
    def load(folder: Path) -> FakeClassifier:
        raise ModelFolderError("the weights are damaged")

    classifiers = Classifiers(Path(), 100, load=load)

    for _ in range(2):
        with pytest.raises(ApiError, match="damaged") as caught:
            await classifiers.get("a", "a")
        assert (caught.value.status, caught.value.headers) == (500, {"x-should-retry": "false"})
    classifiers.close()
