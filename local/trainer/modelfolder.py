"""Write and read model folders: model.json, weights.safetensors, README.md and replay.jsonl, whole or not at all."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from local.trainer.arrays import Tensors
from local.trainer.card import model_card
from local.trainer.durable import replace_folder, write_file
from local.trainer.errors import ModelFolderError
from local.trainer.manifest import Manifest, from_json, to_json

MANIFEST = "model.json"
WEIGHTS = "weights.safetensors"
CARD = "README.md"
REPLAY = "replay.jsonl"


@dataclass(frozen=True, kw_only=True)
class ModelContent:
    """A model folder's content."""

    manifest: Manifest
    tensors: Tensors


def write_model(place: Path, manifest: Manifest, tensors: Tensors, *, replay: bytes | None = None) -> None:
    """Write a model folder beside its place and move it there once it is all on disk.

    `replay` are the examples for a model that is continued from this one (checkpoints go without).
    """
    draft = place.with_name(f".{place.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    contents = {
        WEIGHTS: save({name: np.ascontiguousarray(array) for name, array in tensors.items()}),
        CARD: model_card(manifest).encode("utf-8", "replace"),
    }
    if replay is not None:
        contents[REPLAY] = replay
    for name, content in contents.items():
        write_file(draft / name, content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    write_file(draft / MANIFEST, to_json(manifest, files=sums))
    replace_folder(draft, place)


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest, without its weights. Raises ModelFolderError."""
    return _manifest_and_sums(folder)[0]


def _manifest_and_sums(folder: Path) -> tuple[Manifest, dict[str, str]]:
    try:
        return from_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ModelFolderError(f"{folder.name} is not a complete model folder") from error


def read_model(folder: Path) -> ModelContent:
    """The folder's manifest and weights, the weights checked against their sha256. Raises ModelFolderError."""
    manifest, sums = _manifest_and_sums(folder)
    try:
        content = (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(content).hexdigest() != sums.get(WEIGHTS):
            raise ModelFolderError(
                f"the weights of {manifest.output_model} are damaged: their sha256 does not match"
            )
        return ModelContent(manifest=manifest, tensors=load(content))
    except (OSError, SafetensorError) as error:
        raise ModelFolderError(f"the weights of {manifest.output_model} cannot be read") from error
