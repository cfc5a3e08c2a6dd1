"""What a model folder says about itself: model.json, read and written here only."""

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from local.trainer.errors import ModelFolderError
from local.trainer.ngrams import NgramConfig

FORMAT = 1
LIBRARIES = ("numpy", "onnxruntime", "tokenizers", "safetensors", "toktok-rs")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A trained model's facts. `scales` belong to `parts` in order; token counts are o200k_base."""

    output_model: str
    base: str
    base_sha256: str | None
    parts: tuple[str, ...]
    scales: tuple[float, ...]
    labels: tuple[str, ...]
    system: str | None
    ngrams: NgramConfig
    hyperparameters: dict[str, float]
    seed: int
    data: dict[str, Any]
    metrics: dict[str, Any]
    trained_tokens: int
    parent: str | None
    created_at: str
    libraries: dict[str, str]
    other_threshold: float
    exact_match: bool

    @property
    def temperature(self) -> float:
        """1 / sum of the scales: what the blended log-probabilities are divided by."""
        return 1 / max(sum(self.scales), 1e-9)

    @property
    def blend_weights(self) -> dict[str, float]:
        """Each part's share of the blend, summing to 1."""
        total = max(sum(self.scales), 1e-9)
        return {part: scale / total for part, scale in zip(self.parts, self.scales, strict=True)}


def now_text() -> str:
    """This moment, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def library_versions() -> dict[str, str]:
    """Versions of what trains and predicts."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def to_json(manifest: Manifest, *, files: dict[str, str]) -> bytes:
    """model.json's bytes; `files` are the sha256 sums of the folder's other files."""
    fields = asdict(manifest)
    derived = {"temperature": manifest.temperature, "blend_weights": manifest.blend_weights}
    text = json.dumps({"format": FORMAT, **fields, **derived, "files": files}, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace")


def from_json(content: bytes) -> tuple[Manifest, dict[str, str]]:
    """The manifest and the folder's sha256 sums. Raises ModelFolderError."""
    try:
        values = json.loads(content)
        if values["format"] != FORMAT:
            raise ModelFolderError(f"model.json has format {values['format']!r}; this version reads {FORMAT}")
        fields = {name: values[name] for name in Manifest.__dataclass_fields__}
        fields["ngrams"] = _ngram_config(fields["ngrams"])
        for name in ("parts", "scales", "labels"):
            fields[name] = tuple(fields[name])
        return Manifest(**fields), dict(values["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFolderError(f"model.json cannot be read: {error!r}") from error


def _ngram_config(values: dict[str, Any]) -> NgramConfig:
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return NgramConfig(**known)
