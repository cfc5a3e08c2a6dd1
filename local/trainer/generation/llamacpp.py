"""Answers of the SmolLM2 base through llama.cpp: the packaged GGUF file with a model's LoRA weights on top."""

import secrets
from pathlib import Path
from typing import Any

import xllamacpp

from local.trainer.errors import ModelFolderError
from local.trainer.generation.modelfolder import GGUF_ADAPTER
from local.trainer.generation.runtime import CONTEXT_TOKENS, Asked, Emit, Ending, Piece, Token

SLOTS = 4
QUIET = -1


class LlamaCpp:
    """The model in one llama.cpp instance of this process; its slots answer several callers in one pass."""

    def __init__(self, gguf: Path, model_folder: Path, *, threads: int, end_ids: frozenset[int]) -> None:
        self._end_ids = end_ids
        settings = xllamacpp.CommonParams()
        settings.model.path = str(gguf)
        settings.n_ctx = CONTEXT_TOKENS * SLOTS
        settings.n_parallel = SLOTS
        settings.cpuparams.n_threads = threads
        settings.cpuparams_batch.n_threads = threads
        settings.warmup = False
        settings.verbosity = QUIET
        # The library opens a port of its own on loopback, which nobody here uses: nobody knows its key either.
        settings.api_keys = [secrets.token_urlsafe(32)]
        added = xllamacpp.CommonAdapterLoraInfo()
        added.path, added.scale = str(model_folder / GGUF_ADAPTER), 1.0
        settings.lora_adapters = [added]
        try:
            self._server = xllamacpp.Server(settings)
        except RuntimeError as error:
            raise ModelFolderError(f"llama.cpp cannot load {model_folder.name}: {error}") from error

    def answer(self, asked: Asked, emit: Emit) -> Ending:
        """See `Runtime.answer`. Raises ModelFolderError where llama.cpp refuses."""
        told: dict[str, Any] = {"reason": "length", "tokens": 0, "listed": 0, "error": None}

        def take(chunk: Any) -> bool:
            return not _take(chunk, told, emit, self._end_ids)

        self._server.handle_completions(_request(asked), take)
        if told["error"] is not None:
            raise ModelFolderError(f"llama.cpp could not answer: {told['error']}")
        return Ending(reason=str(told["reason"]), tokens=int(told["listed"] or told["tokens"]))


def _request(asked: Asked) -> dict[str, Any]:
    request: dict[str, Any] = {
        "prompt": list(asked.prompt),
        "max_tokens": asked.max_tokens,
        "temperature": asked.temperature,
        "top_p": asked.top_p,
        "samplers": ["temperature", "top_p"],
        "seed": asked.seed,
        "stop": list(asked.stop),
        "stream": True,
        "cache_prompt": True,
    }
    if asked.alternatives is not None:
        request["logprobs"] = max(1, asked.alternatives)
    elif asked.stop:
        request["logprobs"] = (
            1  # the chunks then name their tokens: with stop sequences only they can be counted
        )
    return request


def _take(chunk: Any, told: dict[str, Any], emit: Emit, end_ids: frozenset[int]) -> bool:
    """One chunk of the stream into a piece; False where nobody waits for more."""
    if "error" in chunk:
        told["error"] = chunk["error"].get("message", "no reason given")
        return False
    for choice in chunk.get("choices", []):
        listed = (choice.get("logprobs") or {}).get("content") or []
        tokens = tuple(_token(one) for one in listed if one["id"] not in end_ids)
        told["listed"] += len(tokens)
        if choice.get("finish_reason"):
            told["reason"] = choice["finish_reason"]
        if (choice.get("text") or tokens) and not emit(Piece(text=choice.get("text") or "", tokens=tokens)):
            return False
    if "usage" in chunk:
        # llama.cpp counts the end token, which no answer shows.
        ended = 1 if told["reason"] == "stop" else 0
        told["tokens"] = max(0, int(chunk["usage"]["completion_tokens"]) - ended)
    return True


def _token(listed: dict[str, Any]) -> Token:
    others = tuple((int(one["id"]), float(one["logprob"])) for one in listed.get("top_logprobs", []))
    return Token(id=int(listed["id"]), logprob=float(listed["logprob"]), alternatives=others)
