"""Base models of the team's own: Hugging Face folders under the model folders that the server was given.

Only safetensors are read and never a folder's own code, and nothing outside the given folders is reached, whatever
a name says or a link points to.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

PREFIX = "local:"
Kind = Literal["generator", "classifier"]
ENCODERS = (
    "BertModel", "BertForMaskedLM", "RobertaModel", "RobertaForMaskedLM", "XLMRobertaModel", "XLMRobertaForMaskedLM",
    "DistilBertModel", "DistilBertForMaskedLM", "MPNetModel", "MPNetForMaskedLM", "ModernBertModel",
    "ModernBertForMaskedLM", "ElectraModel", "DebertaV2Model", "DebertaV2ForMaskedLM", "NomicBertModel",
)  # fmt: skip
CODE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".h5", ".msgpack")


@dataclass(frozen=True, kw_only=True)
class LocalFolder:
    """One folder that may be a base; `problem` says why it can't be used, in a sentence without a full stop."""

    id: str
    path: Path
    kind: Kind
    architecture: str
    size_bytes: int
    license: str
    problem: str | None


def scan(roots: Sequence[Path]) -> list[LocalFolder]:
    """Every folder with a config.json directly under the roots, by name; of two with one name the first counts."""
    found: dict[str, LocalFolder] = {}
    for root in roots:
        for config in sorted(root.glob("*/config.json")):
            folder = _read(config.parent, roots)
            if folder is not None:
                found.setdefault(folder.id, folder)
    return list(found.values())


def find(roots: Sequence[Path], base_id: str) -> LocalFolder | None:
    """The folder behind `local:NAME` or `local:/a/path`; None where none of the roots holds it."""
    name = base_id.removeprefix(PREFIX)
    if name == base_id or not name or "\0" in name:
        return None
    for root in roots:
        place = root / name
        if (place / "config.json").is_file():
            folder = _read(place, roots)
            if folder is not None:
                return folder
    return None


def _read(place: Path, roots: Sequence[Path]) -> LocalFolder | None:
    resolved = place.resolve()
    home = next((root for root in roots if resolved.is_relative_to(root.resolve())), None)
    if home is None or resolved == home.resolve():
        return None
    config = _config(resolved)
    architecture = next(iter(config.get("architectures") or []), "")
    weights = list(resolved.glob("*.safetensors"))
    return LocalFolder(
        id=f"{PREFIX}{resolved.relative_to(home.resolve())}",
        path=resolved,
        kind="classifier" if _is_encoder(architecture) else "generator",
        architecture=architecture,
        size_bytes=sum(path.stat().st_size for path in weights),
        license=_license(resolved),
        problem=_problem(resolved, config, architecture, weights),
    )


def _is_encoder(architecture: str) -> bool:
    return architecture in ENCODERS or architecture.endswith("ForSequenceClassification")


def _problem(place: Path, config: dict[str, Any], architecture: str, weights: list[Path]) -> str | None:
    if config.get("auto_map"):
        return "not usable here: its config.json names code of its own (auto_map), which is never run"
    if not weights:
        other = [path.name for path in place.iterdir() if path.suffix in CODE_SUFFIXES]
        held = f" ({other[0]} can carry code and is not read)" if other else ""
        return f"not usable here: it has no .safetensors file{held}; save it with safetensors"
    if not (place / "tokenizer.json").is_file():
        return "not usable here: it has no tokenizer.json; save its tokenizer as a fast one"
    if not (_is_encoder(architecture) or architecture.endswith(("ForCausalLM", "LMHeadModel"))):
        named = architecture or "nothing"
        return (
            f"not usable here: its config.json names {named}, neither a causal language model nor an encoder"
        )
    if any(path.is_symlink() and not path.resolve().is_relative_to(place) for path in place.iterdir()):
        return "not usable here: a link in it points outside the folder; copy the file in"
    return None


def _config(place: Path) -> dict[str, Any]:
    try:
        value = json.loads((place / "config.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _license(place: Path) -> str:
    """The licence that the folder's card names, "unknown" where it names none."""
    try:
        lines = (place / "README.md").read_text(encoding="utf-8", errors="replace").splitlines()[:60]
    except OSError:
        return "unknown"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("license:"))
    return next(named, "unknown") or "unknown"
