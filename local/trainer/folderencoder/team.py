"""The team of a job on an encoder folder: the n-grams' as ever, and the folder's encoder beside them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.trainer.arrays import Rows
from local.trainer.cache import EncodedCache
from local.trainer.folderencoder.bases import FOLDER
from local.trainer.folderencoder.head import FolderHead, FolderTokens
from local.trainer.inputs import Inputs
from local.trainer.job import Job
from local.trainer.loop import Trainee
from local.trainer.material import Material
from local.trainer.ngrams import NgramConfig
from local.trainer.parent import part_tensors, warm_state
from local.trainer.parts import NGRAMS
from local.trainer.team import Team, build_team
from local.trainer.tuned import CLASSIFIER
from local.trainer.tuner import Tuner


class FolderInputs:
    """Token ids of every text, by the folder's own tokenizer."""

    def __init__(self, texts: tuple[str, ...], tokens: FolderTokens) -> None:
        self._ids = tokens.ids(texts)

    def prepare(self, rows: Rows) -> None:
        """Nothing to do: tokenizing all texts is cheap."""

    def take(self, rows: Rows) -> Any:
        """The ids of each row."""
        return [self._ids[row] for row in rows]


def team_of_job(
    job: Job,
    material: Material,
    *,
    ngrams: NgramConfig,
    max_features: int,
    cache: EncodedCache | None,
    between: Callable[[], None],
    tuner: Tuner,
) -> Team:
    """Inputs and untrained (or, continued, the parent's) heads; nothing is embedded yet. `tuner` is for the packaged
    encoder: a folder's is torch's always."""
    own = job.base_folder
    team = build_team(
        job,
        material if own is None else replace(material, base=replace(material.base, parts=(NGRAMS,))),
        ngrams=ngrams,
        max_features=max_features,
        cache=cache,
        between=between,
        tuner=tuner,
    )
    if own is None:
        return team
    inputs: Mapping[str, Inputs] = {
        FOLDER: FolderInputs(material.texts, FolderTokens.of_folder(own)),
        **team.inputs,
    }
    head = _head(job, own, material)
    first = team.trainees[0]
    trainee = Trainee(heads={FOLDER: head, **first.heads}, leaves_out=first.leaves_out)
    return replace(team, inputs=inputs, trainees=[trainee])


def _head(job: Job, folder: Path, material: Material) -> FolderHead:
    head = FolderHead(folder, labels=len(material.labels), seed=job.seed, threads=job.threads)
    if material.warm and material.parent is not None:
        old = part_tensors(material.parent.tensors, FOLDER)
        head.restore(warm_state(head.state(), old, prefix=CLASSIFIER))
    return head
