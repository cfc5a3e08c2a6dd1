"""Continue from a fine-tuned model: take over its labels, text rule, vocabulary and weights, and make room for more."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.trainer.arrays import Floats, Tensors
from local.trainer.errors import TrainerError
from local.trainer.modelfolder import REPLAY, ModelContent, read_model
from local.trainer.parts import NGRAMS
from local.trainer.replay import Replay, from_json_lines
from local.trainer.vocabulary import Vocabulary


def read_parent(folder: Path, *, base: str) -> ModelContent:
    """The parent's content. Raises TrainerError where it cannot be continued on this base."""
    content = read_model(folder)
    if content.manifest.base != base:
        raise TrainerError(
            f"{content.manifest.output_model} was trained from {content.manifest.base}; it cannot be continued as {base}",
            code="invalid_parent_model",
            param="model",
        )
    return content


def read_replay(folder: Path) -> Replay:
    """The examples that the parent kept; none where it kept none."""
    path = folder / REPLAY
    return from_json_lines(path.read_bytes()) if path.exists() else Replay()


def vocabulary_of(tensors: Tensors) -> Vocabulary:
    """A model's vocabulary, from its tensors."""
    return Vocabulary(hashes=tensors[f"{NGRAMS}.hashes"], idf=tensors[f"{NGRAMS}.idf"])


def merged_vocabulary(old: Vocabulary, new: Vocabulary, *, max_features: int) -> Vocabulary:
    """The old hashes with their weights, and as many of the new ones as there is room for, the commonest first."""
    added = ~np.isin(new.hashes, old.hashes)
    hashes, idf = new.hashes[added], new.idf[added]
    room = max(0, max_features - len(old))
    chosen = np.argsort(idf, kind="stable")[:room]
    together = np.concatenate([old.hashes, hashes[chosen]])
    order = np.argsort(together, kind="stable")
    return Vocabulary(hashes=together[order], idf=np.concatenate([old.idf, idf[chosen]])[order])


def part_tensors(tensors: Tensors, part: str) -> Tensors:
    """One part's tensors, by their names within the part."""
    return {
        name.removeprefix(f"{part}."): array for name, array in tensors.items() if name.startswith(f"{part}.")
    }


def warm_state(
    state: Tensors, parent: Tensors, *, prefix: str = "", rows: NDArray[np.int64] | None = None
) -> Tensors:
    """A new head's state with the parent's weights in it, and room for new labels.

    `prefix` names the softmax within a head that has other weights too, which are taken over as they are; `rows`
    places the parent's weight rows in the new ones. New labels begin at the mean of the old columns: as likely as
    an average label, rather than at 0, which would outrank most trained scores.
    """
    known = {name: array for name, array in parent.items() if name in state}
    old_weight, old_bias = parent[f"{prefix}weight"], parent[f"{prefix}bias"]
    labels = len(old_bias)
    weight: Floats = np.array(state[f"{prefix}weight"])
    where = np.arange(len(old_weight)) if rows is None else rows
    weight[where, :labels] = old_weight
    weight[where, labels:] = old_weight.mean(axis=1, keepdims=True)
    bias: Floats = np.array(state[f"{prefix}bias"])
    bias[:labels] = old_bias
    bias[labels:] = old_bias.mean()
    return {**state, **known, f"{prefix}weight": weight, f"{prefix}bias": bias}
