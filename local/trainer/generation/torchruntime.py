"""Answers of `local:` models through torch: those who wait together are written together, a token each at a time."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import torch
from safetensors.torch import load_file

from local.trainer.generation.manifest import GeneratorManifest
from local.trainer.generation.modelfolder import ADAPTER
from local.trainer.generation.network import load_base, with_lora
from local.trainer.generation.runtime import Asked, Emit, Ending, Piece, TextStream, Token
from local.trainer.generation.tokens import ChatTokenizer

ROWS = 16
TINY = 1e-5


def load_tuned(folder: Path, manifest: GeneratorManifest, *, device: Any) -> Any:
    """The base with its tuned weights merged in, ready to answer."""
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    if manifest.tuning == "full":
        return load_base(folder, dtype=dtype).to(device).eval()
    model = with_lora(load_base(Path(str(manifest.base_folder)), dtype=dtype))
    tuned = load_file(folder / ADAPTER)
    for name, value in model.named_parameters():
        if value.requires_grad:
            value.data.copy_(tuned[name.replace(".default.", ".")])
    return model.merge_and_unload().to(device).eval()


class TorchRuntime:
    """One model and the thread that works for all who wait."""

    def __init__(
        self, folder: Path, manifest: GeneratorManifest, *, threads: int, tokenizer: ChatTokenizer
    ) -> None:
        torch.set_num_threads(threads)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = load_tuned(folder, manifest, device=self._device)
        self._tokenizer = tokenizer
        self._waiting: Queue[tuple[Asked, Emit, Future[Ending]]] = Queue()
        Thread(target=self._work, name="torch", daemon=True).start()

    def answer(self, asked: Asked, emit: Emit) -> Ending:
        """See `Runtime.answer`."""
        ending: Future[Ending] = Future()
        self._waiting.put((asked, emit, ending))
        return ending.result()

    def _work(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < ROWS and not self._waiting.empty():
                group.append(self._waiting.get())
            rows = [_Row(asked, emit, self._tokenizer) for asked, emit, _ in group]
            try:
                self._write(rows)
            except Exception as error:  # those who wait must hear of it, whatever it is
                for _, _, ending in group:
                    ending.set_exception(error)
                continue
            for row, (_, _, ending) in zip(rows, group, strict=True):
                ending.set_result(row.ending())

    def _write(self, rows: Sequence["_Row"]) -> None:
        ids, mask = _left_padded([row.asked.prompt for row in rows])
        ids, mask = ids.to(self._device), mask.to(self._device)
        past = None
        with torch.inference_mode():
            while any(not row.is_done for row in rows):
                positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
                output = self._model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=past,
                    use_cache=True,
                    logits_to_keep=1,
                )
                past = output.past_key_values
                chosen = [
                    row.next_token(logits)
                    for row, logits in zip(rows, output.logits[:, -1].float(), strict=True)
                ]
                ids = torch.tensor(chosen, device=self._device)[:, None]
                mask = torch.cat([mask, torch.ones_like(ids)], dim=1)


class _Row:
    """One answer being written."""

    def __init__(self, asked: Asked, emit: Emit, tokenizer: ChatTokenizer) -> None:
        self.asked = asked
        self.is_done = False
        self._emit = emit
        self._tokenizer = tokenizer
        self._chance = torch.Generator().manual_seed(asked.seed)
        self._stream = TextStream(asked.stop)
        self._count = 0
        self._reason = "length"

    def next_token(self, logits: Any) -> int:
        """Choose, show and keep one token; what a finished row is given does not matter."""
        if self.is_done:
            return 0
        logprobs = logits.log_softmax(-1).cpu()
        token = self._choose(logprobs)
        if token in self._tokenizer.end_ids:
            self._end("stop", self._stream.add(b"", last=True))
            return token
        self._count += 1
        told = () if self.asked.alternatives is None else (self._told(token, logprobs),)
        full = self._count >= self.asked.max_tokens
        text = self._stream.add(self._tokenizer.token_bytes(token), last=full)
        if self._stream.stopped:
            self._end("stop", text, told)
        elif full:
            self._end("length", text, told)
        elif not self._emit(Piece(text=text, tokens=told)):
            self.is_done = True
        return token

    def _end(self, reason: str, text: str, told: tuple[Token, ...] = ()) -> None:
        self.is_done, self._reason = True, reason
        if text or told:
            self._emit(Piece(text=text, tokens=told))

    def _choose(self, logprobs: Any) -> int:
        if self.asked.temperature < TINY:
            return int(logprobs.argmax())
        order = (logprobs / self.asked.temperature).softmax(-1).sort(descending=True)
        before = order.values.cumsum(-1) - order.values
        kept = torch.where(before < max(self.asked.top_p, TINY), order.values, torch.zeros(()))
        return int(order.indices[torch.multinomial(kept, 1, generator=self._chance)])

    def _told(self, token: int, logprobs: Any) -> Token:
        top = logprobs.topk(self.asked.alternatives or 0)
        pairs = zip(top.indices.tolist(), top.values.tolist(), strict=True)
        return Token(id=token, logprob=float(logprobs[token]), alternatives=tuple(pairs))

    def ending(self) -> Ending:
        """How it ended."""
        return Ending(reason=self._reason, tokens=self._count)


def _left_padded(prompts: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    width = max(len(prompt) for prompt in prompts)
    ids = torch.zeros((len(prompts), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids, mask
