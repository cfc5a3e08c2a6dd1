"""What the folder of a model that writes says about itself: model.json, read and written here only."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from local.trainer.errors import ModelFolderError

FORMAT = 1
KIND = "generator"
LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "safetensors", "gguf", "xllamacpp")


@dataclass(frozen=True, kw_only=True)
class GeneratorManifest:
    """A trained model's facts. `base_folder` is set for `local:` bases; token counts are the base's tokenizer's."""

    output_model: str
    base: str
    base_sha256: str | None
    base_folder: str | None
    tuning: str
    runtime: str
    hyperparameters: dict[str, float]
    seed: int
    data: dict[str, Any]
    metrics: dict[str, Any]
    trained_tokens: int
    parent: str | None
    created_at: str
    libraries: dict[str, str]


def library_versions(names: Sequence[str] = LIBRARIES) -> dict[str, str]:
    """Versions of what trains and answers, as far as it is installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def to_json(manifest: GeneratorManifest, *, files: dict[str, str]) -> bytes:
    """model.json's bytes; `files` are the sha256 sums of the folder's other files."""
    fields = {"format": FORMAT, "kind": KIND, **asdict(manifest), "files": files}
    return json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def from_json(content: bytes) -> tuple[GeneratorManifest, dict[str, str]]:
    """The manifest and the folder's sha256 sums. Raises ModelFolderError."""
    try:
        values = json.loads(content)
        if (values["format"], values["kind"]) != (FORMAT, KIND):
            raise ModelFolderError("model.json is not that of a model that writes, or of another version")
        fields = {name: values[name] for name in GeneratorManifest.__dataclass_fields__}
        return GeneratorManifest(**fields), dict(values["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFolderError(f"model.json cannot be read: {error!r}") from error
