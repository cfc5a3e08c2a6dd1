"""Train one job from its folder to its model folder: read, build, train, tell, write."""

import time
from collections.abc import Callable, Mapping

from local.trainer.arrays import Tensors
from local.trainer.checkpoints import CheckpointFolders
from local.trainer.encodedtexts import open_cache
from local.trainer.errors import Stopped, TrainerError
from local.trainer.estimate import expected_seconds, remember_speed
from local.trainer.folderencoder.team import team_of_job
from local.trainer.job import Job
from local.trainer.loop import Loop
from local.trainer.material import Material, read_material
from local.trainer.memory import features_that_fit, needed_mb, require_memory
from local.trainer.modelfolder import read_model
from local.trainer.ngrams import NgramConfig
from local.trainer.notes import length_notes
from local.trainer.outcome import MODEL_FOLDER, Outcome, best_step
from local.trainer.parts import FIRST_LAYER, TUNED
from local.trainer.progress import Progress
from local.trainer.resultfile import write_result_file
from local.trainer.state import Saved, StateStore
from local.trainer.team import Team
from local.trainer.tuner import Tuner, TunerChoice, choose_tuner

STARTED_OVER = "The saved state does not fit this base and these examples any more; training starts over."


class JobRun:
    """One job in this process."""

    def __init__(
        self, job: Job, *, should_stop: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._begun_at = clock()
        self._job = job
        self._should_stop = should_stop
        self._store = StateStore(job.folder)
        self._checkpoints = CheckpointFolders(job.folder)
        self._cache = open_cache(job.cache_folder)
        self._ngrams = NgramConfig()

    def run(self) -> None:
        """Train to the end, or raise Stopped with the state saved; a failure is told in the progress file."""
        saved = self._store.load()
        progress = Progress(self._job.folder, seq=saved.facts["seq"] if saved else 0)
        try:
            material = read_material(self._job)
            require_memory(material, limit_mb=self._job.memory_mb)
            choice = self._choice(material, saved)
            tuner = choice.tuner
            outcome = Outcome(self._job, material, ngrams=self._ngrams, libraries=tuner.libraries)
            team = self._team(material, tuner)
            loop = self._loop(material, team, outcome, progress, tuner)
            goes_on = saved is not None and not choice.lost and saved.facts.get("layout") == loop.layout
            if saved is not None and goes_on:
                loop.restore(saved)
            else:
                if saved is not None:
                    progress.message(choice.lost or STARTED_OVER, level="warn")
                _tell_start(material, choice, progress)
            loop.run()
            if not goes_on:
                self._remember_speed(material, team, loop)
            self._finish(outcome, loop, progress)
        except TrainerError as error:
            line = {} if error.line is None else {"line": error.line}
            progress.tell("failed", code=error.code, message=error.message, param=error.param, **line)
        finally:
            progress.close()

    def _remember_speed(self, material: Material, team: Team, loop: Loop) -> None:
        if self._job.cache_folder is None:
            return
        encodes = any(part in FIRST_LAYER for part in material.base.parts)
        if encodes and team.encoded.encoded < len(material.texts) / 2:
            return  # Mostly cached: faster than a new file would be.
        expected = expected_seconds(
            material.base,
            examples=len(material.plan.trained),
            tokens=material.tokens_per_epoch,
            labels=len(material.labels),
            n_epochs=loop.standing.epoch,
        )
        took = self._clock() - self._begun_at
        remember_speed(
            material.base.id, expected_s=expected, took_s=took, cache_folder=self._job.cache_folder
        )

    def _stop_between(self) -> None:
        if self._should_stop():
            raise Stopped

    def _choice(self, material: Material, saved: Saved | None) -> TunerChoice:
        """What tunes the encoder, where one is tuned."""
        if TUNED not in material.base.parts:
            return TunerChoice(tuner=Tuner())
        return choose_tuner(
            self._job.tuner,
            threads=self._job.threads,
            room_mb=self._job.memory_mb - needed_mb(material),
            saved=saved.facts if saved else None,
        )

    def _team(self, material: Material, tuner: Tuner) -> Team:
        limit_mb = self._job.memory_mb - tuner.memory_mb
        return team_of_job(
            self._job,
            material,
            ngrams=self._ngrams,
            max_features=features_that_fit(material, limit_mb=limit_mb),
            cache=self._cache,
            between=self._stop_between,
            tuner=tuner,
        )

    def _loop(
        self, material: Material, team: Team, outcome: Outcome, progress: Progress, tuner: Tuner
    ) -> Loop:
        loop: Loop

        def keep(
            step: int,
            metrics: Mapping[str, float],
            scales: tuple[float, ...],
            threshold: float,
            weights: Tensors,
        ) -> str:
            manifest = outcome.manifest(
                metrics,
                name=f"{self._job.output_model}:ckpt-step-{step}",
                scales=scales,
                tokens=loop.standing.elapsed_tokens,
                threshold=threshold,
            )
            place = self._checkpoints.write(step, manifest, weights | team.vocabulary_tensors())
            self._checkpoints.prune(best_step=best_step(loop))
            return place

        loop = Loop(
            material.plan,
            inputs=team.inputs,
            trainees=team.trainees,
            progress=progress,
            store=self._store,
            keep=keep,
            should_stop=self._should_stop,
            checkpoint_s=self._job.checkpoint_s,
            threads=self._job.threads,
            facts=tuner.facts(),
        )
        return loop

    def _finish(self, outcome: Outcome, loop: Loop, progress: Progress) -> None:
        metrics, classification = outcome.metrics(loop), outcome.classification(loop)
        outcome.write(loop, metrics, read_model(self._checkpoints.place(best_step(loop))).tensors)
        if self._cache:
            self._cache.trim()
        _tell_ending(loop, progress)
        name = write_result_file(self._job.folder, classification)
        progress.tell(
            "finished",
            trained_tokens=loop.standing.elapsed_tokens,
            steps=loop.step,
            best_step=best_step(loop),
            model_dir=MODEL_FOLDER,
            metrics=metrics,
            classification=classification,
            result_csv=name,
        )


def _tell_start(material: Material, choice: TunerChoice, progress: Progress) -> None:
    plan = material.plan
    tuned = [choice.note] if choice.note else []
    if material.notice:
        progress.message(material.notice, level="warn")
    progress.tell(
        "started",
        hyperparameters=plan.hyperparameters.as_fields(),
        total_steps=plan.total_steps,
        n_epochs=plan.hyperparameters.n_epochs,
        examples=material.examples,
        validation_examples=len(plan.validation_rows),
        tokens_per_epoch=material.tokens_per_epoch,
        labels=len(material.labels),
        notes=[*material.notes, *tuned, *length_notes(material.base, material.texts)],
    )


def _tell_ending(loop: Loop, progress: Progress) -> None:
    standing, epochs = loop.standing, loop.plan.hyperparameters.n_epochs
    if standing.epoch < epochs:
        progress.message(
            f"Stopped early after epoch {standing.epoch} of {epochs}: the validation loss has not fallen since "
            f"epoch {standing.best_epoch + 1}."
        )
    loss = standing.history[standing.best_epoch]["full_valid_loss"]
    progress.message(
        f"The model is that of epoch {standing.best_epoch + 1}, with the lowest full validation loss ({loss:.4f})."
    )
