"""Who takes part in a comparison: fine-tuned models as they were trained, others with the labels and examples in the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from bot.call_prices import FREE, CallPrice, call_prices
from bot.datasets.examples import Example, read_examples
from bot.datasets.few_shot import example_text, instructions, pick_examples, read_label
from bot.datasets.tokens import TOKENS_PER_EXAMPLE, TOKENS_PER_MESSAGE, count_tokens, system_overhead
from bot.domain import (
    BaseModel,
    CallTokens,
    Comparison,
    Dataset,
    DatasetReport,
    ExampleFormat,
    FineTunedModel,
    Prediction,
    Task,
)

MEASURED_EXAMPLES = 200
"""How many training rows the mean length of an example is taken from."""


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A model as it is asked. `read` turns what it says into a label; `price` None where nobody knows it."""

    model: FineTunedModel
    prompted: bool
    price: CallPrice | None
    read: Callable[[str], str]
    training_usd: Decimal | None = None


def fine_tuned(
    model: FineTunedModel, *, bases: Sequence[BaseModel], training_usd: Decimal | None
) -> Contestant:
    """A model of the team's. On the team's own server asking is free."""
    own = {base.id for base in bases if base.kind}
    price = FREE if model.base_model in own else call_prices().fine_tuned.get(model.base_model)
    return Contestant(
        model=model,
        prompted=False,
        price=price,
        read=lambda said: model.label_of.get(said, said),
        training_usd=training_usd,
    )


def prompted(
    name: str, comparison: Comparison, report: DatasetReport, examples: Sequence[Example], now: datetime
) -> Contestant:
    """A model that was not fine-tuned, asked with a few-shot prompt."""
    labels = tuple(report.labels)
    label_of = {answer: label for label, answer in report.answers.items()}
    system = instructions(labels) + "".join(
        example_text(one, label_of.get(one.answer, one.answer)) for one in examples
    )
    model = FineTunedModel(
        name=name,
        team=comparison.team,
        channel=comparison.channel,
        user=comparison.user,
        op_id="",
        dataset_id=comparison.dataset_id,
        base_model=name,
        task=Task.CLASSIFICATION,
        format=ExampleFormat.CHAT,
        system=system,
        separator="",
        stop="",
        labels=labels,
        created_at=now,
    )
    return Contestant(
        model=model,
        prompted=True,
        price=call_prices().hosted.get(name),
        read=lambda said: read_label(said, labels),
    )


def few_shot_examples(dataset: Dataset, folder: Path, count: int) -> list[Example]:
    """Examples for the prompt, from the training part: never from the test part."""
    report = dataset.report
    part = report.part("train") if report else None
    if report is None or part is None:
        return []
    found = read_examples(
        folder / part.path,
        format=report.format,
        separator=report.separator,
        stop=report.stop,
        limit=max(20 * count, MEASURED_EXAMPLES),
    )
    return pick_examples(found, count)


def call_tokens(report: DatasetReport, test: Sequence[Example], training: Sequence[Example]) -> CallTokens:
    """Mean token counts of the parts of a call, from the rows themselves."""
    label_of = {answer: label for label, answer in report.answers.items()}
    shown = [example_text(one, label_of.get(one.answer, one.answer)) for one in training]
    asked = _mean(count_tokens([one.text for one in test]))
    return CallTokens(
        instructions=float(system_overhead(instructions(tuple(report.labels))) + TOKENS_PER_EXAMPLE),
        example=_mean(count_tokens(shown)),
        text=asked + 2 * TOKENS_PER_MESSAGE,
        answer=_mean(count_tokens([label_of.get(one.answer, one.answer) for one in test])),
    )


def usd_per_1000_calls(
    one: Contestant, test: Sequence[Example], predictions: Sequence[Prediction]
) -> Decimal | None:
    """What a thousand calls like these cost; None where the table has no price."""
    if one.price is None:
        return None
    overhead = TOKENS_PER_EXAMPLE + 2 * TOKENS_PER_MESSAGE + system_overhead(one.model.system)
    asked = _mean(count_tokens([example.text for example in test])) + overhead
    said = _mean(count_tokens([row.predicted for row in predictions]))
    return one.price.of_calls(1000, input_tokens=round(asked, 2), output_tokens=round(said, 2))


def read_by(one: Contestant, predictions: Sequence[Prediction]) -> list[Prediction]:
    """The predictions with the contestant's answers read as labels."""
    return [replace(row, predicted=one.read(row.predicted)) for row in predictions]


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts) if counts else 0.0
