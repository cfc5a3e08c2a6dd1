"""The head that tunes an encoder folder's every layer under torch, with a softmax over its mean-pooled last layer."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from local.trainer.arrays import Floats, Rows, Tensors
from local.trainer.tuned import CLASSIFIER

ENCODER_RATE, CLASSIFIER_RATE = 5e-5, 1e-3
DECAY = 0.01
WARMUP_STEPS = 50
MAX_GRADIENT = 1.0
MAX_TOKENS = 256
"""Of a text; what is longer is cut, as for the other encoders."""
TEXTS_SCORED = 32
CONFIG, TOKENIZER = "config", "tokenizer"
"""The folder's config.json and tokenizer.json, kept as bytes beside the weights: a model needs its base no more."""

TokenIds = Sequence[Sequence[int]]


class FolderTokens:
    """Texts to ids, with the special tokens that the encoder was trained with."""

    def __init__(self, content: bytes) -> None:
        self._tokenizer = Tokenizer.from_buffer(content)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    @classmethod
    def of_folder(cls, folder: Path) -> "FolderTokens":
        """Those of a Hugging Face folder."""
        return cls((folder / "tokenizer.json").read_bytes())

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, at least one."""
        return [one.ids or [0] for one in self._tokenizer.encode_batch(list(texts))]


class FolderNetwork:
    """The encoder and its softmax layer."""

    def __init__(self, encoder: Any, labels: int) -> None:
        import torch

        self._torch = torch
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.encoder = encoder.to(self.device)
        self.softmax = torch.nn.Linear(encoder.config.hidden_size, labels).to(self.device)
        torch.nn.init.zeros_(self.softmax.weight)
        torch.nn.init.zeros_(self.softmax.bias)

    def named(self) -> dict[str, Any]:
        """All weights by name; the softmax's begin with `classifier.` and stand as [width, labels]."""
        own = {f"encoder.{name}": value for name, value in self.encoder.named_parameters()}
        return own | {f"{CLASSIFIER}weight": self.softmax.weight, f"{CLASSIFIER}bias": self.softmax.bias}

    def take(self, tensors: Tensors) -> None:
        """Take over weights by name."""
        for name, value in self.named().items():
            found = self._torch.from_numpy(np.array(tensors[name], dtype=np.float32))
            value.data.copy_(found.T if name == f"{CLASSIFIER}weight" else found)

    def scores(self, texts: TokenIds) -> Any:
        """Logits [texts, labels]."""
        torch = self._torch
        width = max(len(ids) for ids in texts)
        ids = torch.zeros((len(texts), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, own in enumerate(texts):
            ids[row, : len(own)] = torch.tensor(own)
            mask[row, : len(own)] = 1
        ids, mask = ids.to(self.device), mask.to(self.device)
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        share = mask[:, :, None].to(hidden.dtype)
        return self.softmax((hidden * share).sum(1) / share.sum(1))

    def logits(self, texts: TokenIds) -> Floats:
        """The same without dropout, as an array; texts of similar length run together."""
        self.encoder.eval()
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        scored: Floats = np.empty((len(texts), self.softmax.out_features), np.float32)
        with self._torch.no_grad():
            for start in range(0, len(order), TEXTS_SCORED):
                rows = order[start : start + TEXTS_SCORED]
                scored[rows] = self.scores([texts[row] for row in rows]).float().cpu().numpy()
        return scored


class FolderHead:
    """One trainee's encoder; deterministic for a seed and a number of threads on one kind of processor."""

    def __init__(self, folder: Path, *, labels: int, seed: int, threads: int) -> None:
        import torch

        self._torch, self._seed, self._steps = torch, seed, 0
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True, warn_only=True)
        self._files = {CONFIG: folder / "config.json", TOKENIZER: folder / "tokenizer.json"}
        self._network = FolderNetwork(_load_encoder(folder), labels)
        named = self._network.named()
        softmax = [value for name, value in named.items() if name.startswith(CLASSIFIER)]
        encoder = [value for name, value in named.items() if not name.startswith(CLASSIFIER)]
        self._optimizer = torch.optim.AdamW(
            [{"params": encoder, "rate": ENCODER_RATE}, {"params": softmax, "rate": CLASSIFIER_RATE}],
            weight_decay=DECAY,
        )

    def train(self, inputs: TokenIds, targets: Rows, example_weights: Floats, rate: float) -> Floats:
        """One AdamW step; the logits (with dropout) from before it."""
        torch = self._torch
        torch.manual_seed((self._seed * 1_000_003 + self._steps) % 2**31)
        self._network.encoder.train()
        scores = self._network.scores(inputs).float()
        nats = torch.nn.functional.cross_entropy(
            scores, torch.from_numpy(np.asarray(targets)).to(scores.device), reduction="none"
        )
        shares = torch.from_numpy(np.asarray(example_weights / example_weights.sum())).to(scores.device)
        self._optimizer.zero_grad(set_to_none=True)
        (nats * shares).sum().backward()
        torch.nn.utils.clip_grad_norm_(list(self._network.named().values()), MAX_GRADIENT)
        self._steps += 1
        for group in self._optimizer.param_groups:
            group["lr"] = group["rate"] * rate * min(1.0, self._steps / WARMUP_STEPS)
        self._optimizer.step()
        before: Floats = scores.detach().cpu().numpy()
        return before

    def logits(self, inputs: TokenIds) -> Floats:
        """Scores of texts."""
        return self._network.logits(inputs)

    def weights(self) -> Tensors:
        """The tuned weights, and the folder's config and tokenizer as bytes."""
        files = {name: np.frombuffer(path.read_bytes(), dtype=np.uint8) for name, path in self._files.items()}
        return {**{name: _array(name, value) for name, value in self._network.named().items()}, **files}

    def state(self) -> Tensors:
        """Weights, moments and the number of steps."""
        tensors = {**self.weights(), "steps": np.array([self._steps], dtype=np.int64)}
        for name, value in self._network.named().items():
            for key, moment in self._optimizer.state.get(value, {}).items():
                tensors[f"{key}/{name}"] = moment.detach().cpu().float().numpy().copy()
        return tensors

    def restore(self, state: Tensors) -> None:
        """Take over a saved state."""
        torch = self._torch
        self._steps = int(state["steps"][0])
        self._network.take(state)
        for name, value in self._network.named().items():
            if f"exp_avg/{name}" in state:
                self._optimizer.state[value] = {
                    "step": torch.from_numpy(np.array(state[f"step/{name}"])),
                    **{
                        key: torch.from_numpy(np.array(state[f"{key}/{name}"])).to(value.device)
                        for key in ("exp_avg", "exp_avg_sq")
                    },
                }


def network_of(tensors: Tensors, labels: int) -> tuple[FolderNetwork, FolderTokens]:
    """The network and the tokenizer that a model folder's tensors hold."""
    from transformers import AutoConfig, AutoModel

    config = json.loads(tensors[CONFIG].tobytes())
    kind = config.pop("model_type")
    network = FolderNetwork(AutoModel.from_config(AutoConfig.for_model(kind, **config)), labels)
    network.take(tensors)
    return network, FolderTokens(tensors[TOKENIZER].tobytes())


def _load_encoder(folder: Path) -> Any:
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside transformers
        return AutoModel.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )


def _array(name: str, value: Any) -> Floats:
    array: Floats = value.detach().cpu().float().numpy().copy()
    return np.ascontiguousarray(array.T) if name == f"{CLASSIFIER}weight" else array
