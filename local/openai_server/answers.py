"""How a classifier answers: which label, with which probabilities, under temperature, top_p, seed, n and stop."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from local.openai_server.classifiers import LoadedModel, Prediction

UNLIKELY = -9999.0
"""OpenAI's logprob for what is very unlikely."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How labels are drawn; `temperature` 0 takes the most likely one."""

    n: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One choice: the label as text (cut at a stop sequence), its log-probability and its exact tokens."""

    text: str
    label: str
    logprob: float
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Answered:
    """All choices for one text; `probabilities` holds every label, the likeliest first."""

    answers: tuple[Answer, ...]
    probabilities: dict[str, float]
    prompt_tokens: int
    recalled: bool | None = None
    other_threshold: float | None = None

    @property
    def completion_tokens(self) -> int:
        """Tokens of all choices together."""
        return sum(answer.tokens for answer in self.answers)

    def extensions(self) -> dict[str, object]:
        """What our choices carry beside OpenAI's fields."""
        fields = {
            "class_probabilities": self.probabilities,
            "other_threshold": self.other_threshold,
            "exact_match": self.recalled,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def top_logprobs(self, count: int) -> list[tuple[str, float]]:
        """The likeliest labels with their log-probabilities."""
        return [(label, log(probability)) for label, probability in list(self.probabilities.items())[:count]]


def answer(model: LoadedModel, prediction: Prediction, sampling: Sampling) -> Answered:
    """The choices for one prediction. A label is never cut by a token limit: it is one token of the classifier's."""
    row = [float(value) for value in prediction.probabilities]
    order = sorted(range(len(row)), key=lambda position: -row[position])
    chosen = _choose(row, order, sampling)
    answers = tuple(
        Answer(
            text=_until_stop(model.labels[position], sampling.stop),
            label=model.labels[position],
            logprob=log(row[position]),
            tokens=model.label_tokens[position],
        )
        for position in chosen
    )
    probabilities = {model.labels[position]: round(row[position], 8) for position in order}
    return Answered(
        answers=answers,
        probabilities=probabilities,
        prompt_tokens=prediction.prompt_tokens,
        recalled=prediction.recalled,
        other_threshold=model.classifier.other_threshold,
    )


def log(probability: float) -> float:
    """The natural logarithm, with OpenAI's stand-in for what has next to no probability."""
    return math.log(probability) if probability > 1e-30 else UNLIKELY


def _choose(row: Sequence[float], order: Sequence[int], sampling: Sampling) -> list[int]:
    if sampling.temperature == 0:
        return [order[0]] * sampling.n
    weights = [
        (max(row[position], 1e-30) / max(row[order[0]], 1e-30)) ** (1 / sampling.temperature)
        for position in order
    ]
    total, kept, mass = sum(weights), 0, 0.0
    while kept < len(order) and (kept == 0 or mass < sampling.top_p * total):
        mass += weights[kept]
        kept += 1
    generator = random.Random(sampling.seed)
    return generator.choices(order[:kept], weights[:kept], k=sampling.n)


def _until_stop(text: str, stop: Sequence[str]) -> str:
    ends = [text.find(sequence) for sequence in stop]
    return text[: min((end for end in ends if end >= 0), default=len(text))]
