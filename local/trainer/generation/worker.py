"""`python -m local.trainer.generation.worker MODELDIR THREADS`: a process that answers for one model that writes.

It reads requests from standard input and writes what it has to say to standard output, a JSON object a line each:

    in   {"id", "turns": [[role, text], …], "max_tokens": int | null, "temperature", "top_p", "seed", "stop", "top"}
         {"cancel": id}
    out  {"ready": true}, once the model is loaded, or {"failed": reason}
         {"id", "prompt_tokens"}; {"id", "text", "tokens": […]}, any number; {"id", "done": reason, "tokens": count}
         {"id", "error": {"code", "message"}} in place of an end

It ends when its standard input does, and so with the server that started it.
"""

import json
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, TextIO

from local.trainer.errors import TrainerError, WeightsError
from local.trainer.generation.modelfolder import check_files
from local.trainer.generation.runtime import CONTEXT_TOKENS, Asked, Piece, Runtime, Token
from local.trainer.generation.tokens import ChatTokenizer
from local.trainer.jsonlines import Turn

AT_ONCE = 16
MOST_TOKENS = 1_024
"""Of an answer whose request names no limit."""


class Worker:
    """Answers requests side by side."""

    def __init__(self, runtime: Runtime, tokenizer: ChatTokenizer, output: TextIO) -> None:
        self._runtime = runtime
        self._tokenizer = tokenizer
        self._output = output
        self._lock = Lock()
        self._cancelled: set[str] = set()
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def run(self, lines: Iterable[str]) -> None:
        """Work until the requests end."""
        for line in lines:
            request = json.loads(line)
            if "cancel" in request:
                self._cancelled.add(request["cancel"])
            else:
                self._pool.submit(self._answer, request)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def say(self, **fields: Any) -> None:
        """Write one line."""
        with self._lock:
            self._output.write(json.dumps(fields) + "\n")
            self._output.flush()

    def _answer(self, request: dict[str, Any]) -> None:
        number = request["id"]
        try:
            asked = self._asked(request)
            self.say(id=number, prompt_tokens=len(asked.prompt))
            ending = self._runtime.answer(asked, lambda piece: self._tell(number, piece))
            self.say(id=number, done=ending.reason, tokens=ending.tokens)
        except TrainerError as error:
            self.say(id=number, error={"code": error.code, "message": error.message})
        except Exception as error:  # one answer's fault must not end the others
            print(f"answer failed: {error!r}", file=sys.stderr, flush=True)
            self.say(id=number, error={"code": "server_error", "message": "The model could not answer."})
        finally:
            self._cancelled.discard(number)

    def _asked(self, request: dict[str, Any]) -> Asked:
        turns = [Turn(role=role, content=text) for role, text in request["turns"]]
        try:
            prompt = tuple(self._tokenizer.prompt(turns))
        except WeightsError as error:
            raise TrainerError(error.message, code="invalid_messages") from error
        room = CONTEXT_TOKENS - len(prompt)
        if room < 1:
            raise TrainerError(
                f"This model's maximum context length is {CONTEXT_TOKENS} tokens. However, your messages resulted in "
                f"{len(prompt)} tokens. Please reduce the length of the messages.",
                code="context_length_exceeded",
            )
        return Asked(
            prompt=prompt,
            max_tokens=min(room, request["max_tokens"] or MOST_TOKENS),
            temperature=request["temperature"],
            top_p=request["top_p"],
            seed=request["seed"],
            stop=tuple(request["stop"]),
            alternatives=request["top"],
        )

    def _tell(self, number: str, piece: Piece) -> bool:
        if number in self._cancelled:
            return False
        self.say(id=number, text=piece.text, tokens=[self._shown(token) for token in piece.tokens])
        return True

    def _shown(self, token: Token) -> dict[str, Any]:
        others = [self._spelt(one, logprob) for one, logprob in token.alternatives]
        return {**self._spelt(token.id, token.logprob), "top_logprobs": others}

    def _spelt(self, token: int, logprob: float) -> dict[str, Any]:
        content = self._tokenizer.token_bytes(token)
        return {"token": content.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(content)}


def load_runtime(folder: Path, tokenizer: ChatTokenizer, *, threads: int) -> Runtime:
    """The runtime that the model's manifest names. Raises TrainerError."""
    manifest = check_files(folder)
    if manifest.runtime == "llamacpp":
        from local.trainer.generation.llamacpp import LlamaCpp
        from local.trainer.generation.smollm2 import gguf_file

        return LlamaCpp(gguf_file(), folder, threads=threads, end_ids=tokenizer.end_ids)
    from local.trainer.generation.torchruntime import TorchRuntime

    return TorchRuntime(folder, manifest, threads=threads, tokenizer=tokenizer)


def main(arguments: list[str]) -> int:
    """Serve the model in the folder that the arguments name."""
    # Libraries print to standard output; it is kept for our lines alone.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder, threads = Path(arguments[0]), int(arguments[1])
    try:
        tokenizer = ChatTokenizer(folder)
        worker = Worker(load_runtime(folder, tokenizer, threads=threads), tokenizer, output)
    except (TrainerError, ImportError, OSError) as error:
        output.write(json.dumps({"failed": getattr(error, "message", str(error))}) + "\n")
        output.flush()
        return 1
    worker.say(ready=True)
    worker.run(sys.stdin)
    output.flush()
    os._exit(0)  # a runtime's own threads may still be at work for nobody


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
