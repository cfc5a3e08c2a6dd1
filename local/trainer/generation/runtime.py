"""What answering means, whichever runtime does it: a request in token ids, pieces of text with their tokens, an end."""

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

CONTEXT_TOKENS = 2_048
"""Prompt and answer together: what the models are trained with."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One answer to write. `alternatives` counts those wanted beside each token; None: no probabilities at all."""

    prompt: tuple[int, ...]
    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    alternatives: int | None = None


@dataclass(frozen=True, kw_only=True)
class Token:
    """One written token, its log-probability before temperature, and the likeliest alternatives, by id."""

    id: int
    logprob: float
    alternatives: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What an answer grows by; the text may lag behind the tokens where a character or a stop sequence may follow."""

    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an answer ended: `stop` or `length`, and how many tokens it has (the end token aside)."""

    reason: str
    tokens: int


Emit = Callable[[Piece], bool]
"""Takes each piece; False where nobody waits for more."""


class Runtime(Protocol):
    """A loaded model; `answer` may be called from several threads."""

    def answer(self, asked: Asked, emit: Emit) -> Ending:
        """Write one answer."""


class TextStream:
    """Bytes of tokens to text: whole characters only, cut at the first stop sequence, never half of one shown."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = tuple(stop)
        self._held = ""
        self.stopped = False

    def add(self, content: bytes, *, last: bool = False) -> str:
        """The text that can be shown now."""
        self._held += self._decoder.decode(content, last)
        ends = [end for end in (self._held.find(sequence) for sequence in self._stop) if end >= 0]
        if ends:
            self.stopped = True
            shown, self._held = self._held[: min(ends)], ""
            return shown
        keep = 0 if last else self._unfinished()
        cut = len(self._held) - keep
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def _unfinished(self) -> int:
        """How many characters at the end may be the beginning of a stop sequence."""
        longest = max((len(sequence) for sequence in self._stop), default=0)
        for length in range(min(longest - 1, len(self._held)), 0, -1):
            if any(sequence.startswith(self._held[-length:]) for sequence in self._stop):
                return length
        return 0
