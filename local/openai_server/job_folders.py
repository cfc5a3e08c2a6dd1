"""The folder of a job: its own links to the files it reads, and job.json, which tells the trainer everything."""

import os
import shutil
from pathlib import Path

import msgspec

from local.openai_server.filestore import FileStore, sync_folder
from local.openai_server.settings import ServerSettings
from local.openai_server.store.jobs import Job

TRAINING_NAME = "training.jsonl"
VALIDATION_NAME = "validation.jsonl"
PARENT_NAME = "parent"
CACHE_NAME = "cache"


class JobFolders:
    """HOME/jobs. A job holds links of its own, so that deleting a file or a parent model never stops it."""

    def __init__(self, folder: Path, settings: ServerSettings) -> None:
        self._folder = folder
        self._settings = settings
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, job_id: str) -> Path:
        """The folder of one job."""
        return self._folder / job_id

    def prepare(self, job: Job, files: FileStore, parent: Path | None) -> None:
        """Make a job's folder with links to what it reads and its instructions; before its row exists, so that a row
        never lacks it. A job that goes on later keeps the threads and limits it began with."""
        folder, spec = self.path(job.id), job.spec
        folder.mkdir()
        link(files.path(spec.training_file), folder / TRAINING_NAME)
        if spec.validation_file is not None:
            link(files.path(spec.validation_file), folder / VALIDATION_NAME)
        if parent is not None:
            shutil.copytree(parent, folder / PARENT_NAME, copy_function=link)
        self._write_instructions(job)
        sync_folder(folder)

    def remove(self, job_id: str) -> None:
        """Drop the folder of a job that was never admitted."""
        shutil.rmtree(self.path(job_id))

    def _write_instructions(self, job: Job) -> None:
        target = self.path(job.id) / "job.json"
        instructions = {
            "job_id": job.id,
            "base_model": job.spec.base_model,
            "base_kind": job.spec.base_kind,
            "base_dir": job.spec.base_folder,
            "tuning": job.spec.tuning,
            "tuner": self._settings.tuner,
            "parent_model_dir": PARENT_NAME if job.spec.parent_model else None,
            "training_file": TRAINING_NAME,
            "validation_file": VALIDATION_NAME if job.spec.validation_file else None,
            "hyperparameters": job.spec.hyperparameters,
            "seed": job.spec.seed,
            "suffix": job.spec.suffix,
            "classification": job.spec.classification,
            "exact_match": job.spec.exact_match,
            "output_model": job.spec.output_model,
            "threads": self._settings.job_threads,
            "memory_mb": self._settings.job_memory_mb,
            "cache_dir": f"../../{CACHE_NAME}",
            "checkpoint_seconds": self._settings.checkpoint_seconds,
        }
        partial = target.with_suffix(".partial")
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(instructions)))
        partial.rename(target)


def link(source: str | Path, target: str | Path) -> str:
    """A second name for the same bytes, or a copy where the disk has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return str(target)
