"""An encoder folder as a base of the trainer."""

from local.trainer.bases import BaseModel, usable_base
from local.trainer.job import Job
from local.trainer.parts import NGRAMS

FOLDER = "folder"
"""The part of a blend that is the folder's encoder."""


def folder_base(base_id: str) -> BaseModel:
    """The base behind `local:NAME`: every layer of its encoder tuned, blended with the n-grams."""
    return BaseModel(
        id=base_id,
        kind="classifier",
        description="An encoder folder of this machine, every layer tuned. It learns labels, not prose.",
        good_at="Whatever its makers say of it.",
        license="unknown",
        size_bytes=0,
        languages=(),
        is_default=False,
        parts=(FOLDER, NGRAMS),
        sha256=None,
        tunes_encoder=True,
    )


def base_of_job(job: Job) -> tuple[BaseModel, str | None]:
    """The base to train, and a notice where it is not the one that was asked for. Raises TrainerError."""
    return usable_base(job.base_model) if job.base_folder is None else (folder_base(job.base_model), None)
