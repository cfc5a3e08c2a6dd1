"""Keep the model of each epoch: the last three as usable folders, and the best one until the job is done."""

import shutil
from pathlib import Path

from local.trainer.arrays import Tensors
from local.trainer.manifest import Manifest
from local.trainer.modelfolder import write_model

FOLDER = "checkpoints"
KEPT = 3


class CheckpointFolders:
    """The checkpoints folder of one job."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(exist_ok=True)

    def place(self, step: int) -> Path:
        """Where the checkpoint of a step lies."""
        return self._folder / f"step-{step}"

    def write(self, step: int, manifest: Manifest, tensors: Tensors) -> str:
        """Write one; its folder relative to the job's."""
        write_model(self.place(step), manifest, tensors)
        return f"{FOLDER}/step-{step}"

    def prune(self, *, best_step: int | None) -> None:
        """Drop all but the last three and the best one."""
        steps = sorted(int(path.name.removeprefix("step-")) for path in self._folder.glob("step-*"))
        for step in steps[:-KEPT]:
            if step != best_step:
                shutil.rmtree(self.place(step))
