"""Write and read folders of models that write: model.json, the tuned weights, README.md, whole or not at all.

LoRA weights lie there as peft saves them (adapter_config.json, adapter_model.safetensors) beside the base's tokenizer
and, for the base that llama.cpp serves, once more as adapter.gguf. Fully tuned weights make the folder a Hugging Face
model of its own.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from local.trainer.arrays import Tensors
from local.trainer.durable import replace_folder, write_file
from local.trainer.errors import ModelFolderError
from local.trainer.generation.card import model_card
from local.trainer.generation.manifest import GeneratorManifest, from_json, to_json

MANIFEST, CARD = "model.json", "README.md"
ADAPTER, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
FULL = "model.safetensors"
GGUF_ADAPTER = "adapter.gguf"
BASE_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
)


def write_generator(
    place: Path, manifest: GeneratorManifest, tensors: Tensors, *, base: Path, rank: int, alpha: int
) -> None:
    """Write a model folder beside its place and move it there once it is all on disk."""
    draft = place.with_name(f".{place.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    content = save({name: np.ascontiguousarray(array) for name, array in tensors.items()}, {"format": "pt"})
    files = {CARD: model_card(manifest).encode("utf-8", "replace")}
    files |= {name: (base / name).read_bytes() for name in BASE_FILES if (base / name).exists()}
    if manifest.tuning == "lora":
        files |= {ADAPTER: content, ADAPTER_CONFIG: _adapter_config(manifest, rank, alpha)}
    else:
        files[FULL] = content
    for name, part in files.items():
        write_file(draft / name, part)
    if manifest.runtime == "llamacpp":
        from local.trainer.generation.ggufadapter import write_adapter

        write_adapter(draft / GGUF_ADAPTER, tensors, config=base / "config.json", alpha=alpha)
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in draft.iterdir()}
    write_file(draft / MANIFEST, to_json(manifest, files=sums))
    replace_folder(draft, place)


def _adapter_config(manifest: GeneratorManifest, rank: int, alpha: int) -> bytes:
    fields = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": manifest.base_folder or manifest.base,
        "r": rank,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "target_modules": "all-linear",
        "bias": "none",
        "inference_mode": True,
    }
    return json.dumps(fields, indent=1).encode()


def read_manifest(folder: Path) -> GeneratorManifest:
    """The folder's manifest. Raises ModelFolderError."""
    return _manifest_and_sums(folder)[0]


def _manifest_and_sums(folder: Path) -> tuple[GeneratorManifest, dict[str, str]]:
    try:
        return from_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise ModelFolderError(f"{folder.name} is not a complete model folder") from error


def check_files(folder: Path) -> GeneratorManifest:
    """The manifest, once every file has the sha256 that it was written with. Raises ModelFolderError."""
    manifest, sums = _manifest_and_sums(folder)
    for name, expected in sums.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelFolderError(f"{name} of {manifest.output_model} is missing") from error
        if found != expected:
            raise ModelFolderError(f"{name} of {manifest.output_model} is damaged: its sha256 does not match")
    return manifest


def read_tensors(folder: Path, manifest: GeneratorManifest) -> Tensors:
    """The tuned weights. Raises ModelFolderError."""
    name = ADAPTER if manifest.tuning == "lora" else FULL
    try:
        return load((folder / name).read_bytes())
    except (OSError, SafetensorError) as error:
        raise ModelFolderError(f"the weights of {manifest.output_model} cannot be read") from error
