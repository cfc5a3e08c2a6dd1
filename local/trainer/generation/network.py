"""A causal language model under torch: its base loaded, what is tuned of it, losses of padded examples, gradient steps.

LoRA tunes low-rank additions to every linear layer (Hu et al. 2021, https://arxiv.org/abs/2106.09685) and leaves the
base as it is; `full` tunes every weight. The one place of the trainer that imports torch, transformers and peft.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from peft.helpers import disable_input_dtype_casting
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from local.trainer.arrays import Tensors
from local.trainer.generation.tokens import Encoded

Tuning = Literal["lora", "full"]
RANK, ALPHA = 16, 32
RATES = {"lora": 2e-4, "full": 2e-5}
BETAS, EPSILON, DECAY = (0.9, 0.999), 1e-8, 0.0
MAX_GRADIENT = 1.0
PREFIX = "base_model.model."


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Sums over the learnt tokens of some examples: nats, right guesses, tokens. `nats` carries the gradient."""

    nats: Any
    right: int
    tokens: int


class Network:
    """One model in training; deterministic for a seed and a number of threads on one kind of processor."""

    def __init__(
        self, folder: Path, *, tuning: Tuning, seed: int, threads: int, start: Tensors | None = None
    ) -> None:
        """`folder` holds a Hugging Face model; `start` are a parent's tuned weights, by their saved names."""
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.manual_seed(seed)
        transformers_logging.disable_progress_bar()
        self.tuning = tuning
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.halves = self.device.type == "cuda" or has_fast_halves()
        kept = torch.bfloat16 if self.halves and tuning == "lora" else torch.float32
        base = load_base(folder, dtype=kept)
        self._model = with_lora(base) if tuning == "lora" else base
        self._model.to(self.device)
        self._model.train()
        self._head_input_contiguous()
        self._tuned = {name: value for name, value in self._model.named_parameters() if value.requires_grad}
        if start is not None:
            self._take(start)
        self._optimizer = torch.optim.AdamW(
            list(self._tuned.values()), lr=RATES[tuning], betas=BETAS, eps=EPSILON, weight_decay=DECAY
        )

    def _head_input_contiguous(self) -> None:
        """A slice of the hidden states makes torch copy the whole output layer for every example; a copy of the
        slice is a thousandth of that (halves the time of a step)."""
        head = self._model.get_output_embeddings()
        head.register_forward_pre_hook(lambda module, inputs: (inputs[0].contiguous(), *inputs[1:]))

    def save_memory(self) -> None:
        """Keep only each layer's input on the way forward and compute the rest again on the way back."""
        self._model.config.use_cache = False
        self._model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self._model.enable_input_require_grads()

    def score(self, examples: Sequence[Encoded], *, learning: bool) -> Scored:
        """Losses of the examples' learnt tokens, padded on the left to one length."""
        ids, mask, learnt, tail = _padded(examples)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        with torch.set_grad_enabled(learning), self._precision():
            output = self._model(
                input_ids=ids.to(self.device),
                attention_mask=mask.to(self.device),
                position_ids=positions.to(self.device),
                use_cache=False,
                logits_to_keep=tail,
            )
        wanted = learnt[:, -tail:][:, 1:].to(self.device)
        logits = output.logits[:, -tail:][:, :-1][wanted].float()
        targets = ids[:, -tail:][:, 1:].to(self.device)[wanted]
        nats = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
        right = int((logits.argmax(-1) == targets).sum())
        return Scored(nats=nats, right=right, tokens=int(wanted.sum()))

    def _precision(self) -> Any:
        from contextlib import ExitStack

        stack = ExitStack()
        if self.halves:
            stack.enter_context(torch.autocast(self.device.type, torch.bfloat16))
            if self.tuning == "lora":
                stack.enter_context(disable_input_dtype_casting(self._model))
        return stack

    def learn(self, scored: Scored, tokens: int) -> None:
        """Add the gradient of nats / `tokens`, the learnt tokens of the whole step."""
        (scored.nats / tokens).backward()

    def step(self, rate: float) -> None:
        """One AdamW step with the gradients gathered since the last; `rate` is a share of the base's own rate."""
        torch.nn.utils.clip_grad_norm_(list(self._tuned.values()), MAX_GRADIENT)
        for group in self._optimizer.param_groups:
            group["lr"] = RATES[self.tuning] * rate
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)

    def weights(self) -> Tensors:
        """What was tuned, under the names that peft (LoRA) or transformers (full) reads."""
        return {_saved_name(name, self.tuning): _array(value) for name, value in self._tuned.items()}

    def _take(self, weights: Tensors) -> None:
        for name, value in self._tuned.items():
            found = torch.from_numpy(np.array(weights[_saved_name(name, self.tuning)]))
            value.data.copy_(found.to(value.dtype))

    def state(self) -> Tensors:
        """Weights, moments, and the gradients gathered for the next step."""
        tensors = {f"weight/{name}": _array(value) for name, value in self._tuned.items()}
        for name, value in self._tuned.items():
            if value.grad is not None:
                tensors[f"grad/{name}"] = _array(value.grad)
            for key, moment in self._optimizer.state.get(value, {}).items():
                tensors[f"{key}/{name}"] = _array(moment)
        return tensors

    def restore(self, tensors: Tensors) -> None:
        """Take over a saved state."""
        for name, value in self._tuned.items():
            value.data.copy_(torch.from_numpy(np.array(tensors[f"weight/{name}"])))
            if f"grad/{name}" in tensors:
                value.grad = torch.from_numpy(np.array(tensors[f"grad/{name}"])).to(self.device)
            if f"step/{name}" in tensors:
                self._optimizer.state[value] = {
                    "step": torch.from_numpy(np.array(tensors[f"step/{name}"])),
                    **{
                        key: torch.from_numpy(np.array(tensors[f"{key}/{name}"])).to(self.device)
                        for key in ("exp_avg", "exp_avg_sq")
                    },
                }


def load_base(folder: Path, *, dtype: Any) -> Any:
    """The causal model in a folder: safetensors only, none of the folder's own code, nothing from a network."""
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=dtype, local_files_only=True, use_safetensors=True, trust_remote_code=False
    )


def with_lora(base: Any) -> Any:
    """The base with untrained LoRA weights beside every linear layer; only those are tuned."""
    settings = LoraConfig(
        r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside peft and transformers
        return get_peft_model(base, settings)


def has_fast_halves() -> bool:
    """Whether this processor multiplies bfloat16 itself; without, float32 is faster."""
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(asked())


def rate_at(step: int, total: int) -> float:
    """The share of the rate at a step counted from 0: rises over the first 3 %, then falls to 0."""
    warm = max(1, math.ceil(total * 0.03))
    return min(1.0, (step + 1) / warm) * (1 - step / total)


def _padded(examples: Sequence[Encoded]) -> tuple[Any, Any, Any, int]:
    width = max(len(one.ids) for one in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    learnt = torch.zeros((len(examples), width), dtype=torch.bool)
    for row, one in enumerate(examples):
        start = width - len(one.ids)
        ids[row, start:] = torch.tensor(one.ids)
        mask[row, start:] = 1
        learnt[row, start:] = torch.tensor(one.learnt)
    tail = 1 + max(len(one.ids) - max(1, one.first_learnt) for one in examples)
    return ids, mask, learnt, tail


def _saved_name(name: str, tuning: Tuning) -> str:
    return name.replace(".default.", ".") if tuning == "lora" else name


def _array(value: Any) -> Any:
    return value.detach().to("cpu").float().numpy().copy()
