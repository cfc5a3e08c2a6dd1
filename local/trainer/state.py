"""Save where training stands and take it up again: one safetensors file a generation, the last two kept."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from local.trainer.arrays import Tensors
from local.trainer.durable import replace_file

FOLDER = "state"
GENERATIONS = 2


@dataclass(frozen=True, kw_only=True)
class Saved:
    """A saved state: plain facts (the cursor, the history) and arrays (weights, moments)."""

    facts: dict[str, Any]
    tensors: Tensors


class StateStore:
    """The state folder of one job."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(exist_ok=True)

    def _generations(self) -> list[Path]:
        """Saved files, newest first."""
        return sorted(self._folder.glob("state-*.safetensors"), reverse=True)

    def save(self, saved: Saved) -> None:
        """Add a generation in one step, then drop those older than the last two."""
        newest = self._generations()[:1]
        number = int(newest[0].stem.removeprefix("state-")) + 1 if newest else 1
        arrays = {name: np.ascontiguousarray(array) for name, array in saved.tensors.items()}
        content = save(arrays, metadata={"facts": json.dumps(saved.facts)})
        replace_file(self._folder / f"state-{number:08d}.safetensors", content)
        for path in self._generations()[GENERATIONS:]:
            path.unlink()

    def load(self) -> Saved | None:
        """The newest generation that can be read; None at the very start."""
        for path in self._generations():
            try:
                with safe_open(path, framework="numpy") as file:
                    facts = json.loads(file.metadata()["facts"])
                    return Saved(facts=facts, tensors={name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            except (SafetensorError, OSError, ValueError, KeyError):
                continue
        return None
