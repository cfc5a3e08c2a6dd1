"""Train one job of a model that writes, from its folder to its model folder."""

import shutil
import time
from collections.abc import Callable, Mapping

from local.trainer.arrays import Tensors
from local.trainer.checkpoints import FOLDER as CHECKPOINTS
from local.trainer.checkpoints import KEPT
from local.trainer.errors import TrainerError
from local.trainer.estimate import remember_speed
from local.trainer.generation import smollm2
from local.trainer.generation.estimate import expected_seconds
from local.trainer.generation.loop import Loop
from local.trainer.generation.manifest import GeneratorManifest, library_versions
from local.trainer.generation.material import Material, read_material
from local.trainer.generation.modelfolder import read_manifest, read_tensors, write_generator
from local.trainer.generation.network import ALPHA, RANK, Network, rate_at
from local.trainer.job import Job
from local.trainer.manifest import now_text
from local.trainer.progress import Progress
from local.trainer.resultfile import write_result_file
from local.trainer.run import STARTED_OVER
from local.trainer.state import StateStore

MODEL_FOLDER = "model"


class GenerationRun:
    """One job in this process."""

    def __init__(
        self, job: Job, *, should_stop: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._job = job
        self._should_stop = should_stop
        self._clock = clock
        self._begun_at = clock()
        self._store = StateStore(job.folder)
        (job.folder / CHECKPOINTS).mkdir(exist_ok=True)
        if job.cache_folder is not None:
            job.cache_folder.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Train to the end, or raise Stopped with the state saved; a failure is told in the progress file."""
        saved = self._store.load()
        progress = Progress(self._job.folder, seq=saved.facts["seq"] if saved else 0)
        try:
            material = read_material(self._job)
            network = self._network(material)
            loop = self._loop(material, network, progress)
            goes_on = saved is not None and saved.facts.get("layout") == loop.layout
            if saved is not None and goes_on:
                loop.restore(saved)
            else:
                if saved is not None:
                    progress.message(STARTED_OVER, level="warn")
                self._tell_start(material, network, progress)
            loop.run()
            if not goes_on:
                self._remember_speed(material, loop)
            self._finish(material, loop, progress)
        except TrainerError as error:
            line = {} if error.line is None else {"line": error.line}
            progress.tell("failed", code=error.code, message=error.message, param=error.param, **line)
        finally:
            progress.close()

    def _network(self, material: Material) -> Network:
        job = self._job
        network = Network(
            material.folder, tuning=job.tuning, seed=job.seed, threads=job.threads, start=material.start
        )
        if material.plan.saves_memory:
            network.save_memory()
        return network

    def _tell_start(self, material: Material, network: Network, progress: Progress) -> None:
        plan = material.plan
        how = "LoRA on every linear layer" if self._job.tuning == "lora" else "every weight is tuned"
        where = f"{how}; on {network.device.type}, in {'bfloat16' if network.halves else 'float32'}."
        learnt = f"The loss is on the {material.learnt_tokens:,} tokens of assistant messages in an epoch."
        progress.tell(
            "started",
            hyperparameters=plan.hyperparameters.as_fields(),
            total_steps=plan.total_steps,
            n_epochs=plan.hyperparameters.n_epochs,
            labels=0,
            tokens_per_epoch=plan.tokens_per_epoch,
            notes=[where, learnt, *material.notes],
        )

    def _loop(self, material: Material, network: Network, progress: Progress) -> Loop:
        loop: Loop

        def keep(step: int, metrics: Mapping[str, float], weights: Tensors) -> str:
            name = f"{self._job.output_model}:ckpt-step-{step}"
            place = self._job.folder / CHECKPOINTS / f"step-{step}"
            manifest = self._manifest(material, loop, name, metrics)
            write_generator(place, manifest, weights, base=material.folder, rank=RANK, alpha=ALPHA)
            self._prune(loop.best_step)
            return f"{CHECKPOINTS}/step-{step}"

        loop = Loop(
            material.plan,
            learner=network,
            rate_at=rate_at,
            progress=progress,
            store=self._store,
            keep=keep,
            should_stop=self._should_stop,
            checkpoint_s=self._job.checkpoint_s,
        )
        return loop

    def _prune(self, best_step: int) -> None:
        folder = self._job.folder / CHECKPOINTS
        steps = sorted(int(path.name.removeprefix("step-")) for path in folder.glob("step-*"))
        for step in steps[:-KEPT]:
            if step != best_step:
                shutil.rmtree(folder / f"step-{step}")

    def _manifest(
        self, material: Material, loop: Loop, name: str, metrics: Mapping[str, float]
    ) -> GeneratorManifest:
        job = self._job
        own = job.base_folder is not None
        return GeneratorManifest(
            output_model=name,
            base=job.base_model,
            base_sha256=None if own else smollm2.GGUF_SHA256,
            base_folder=str(job.base_folder) if own else None,
            tuning=job.tuning,
            runtime="torch" if own else "llamacpp",
            hyperparameters=material.plan.hyperparameters.as_fields(),
            seed=job.seed,
            data=material.data,
            metrics=dict(metrics),
            trained_tokens=loop.standing.trained_tokens,
            parent=material.parent.output_model if material.parent else None,
            created_at=now_text(),
            libraries=library_versions(),
        )

    def _remember_speed(self, material: Material, loop: Loop) -> None:
        if self._job.cache_folder is None:
            return
        tokens = material.plan.tokens_per_epoch
        expected = expected_seconds(tokens=tokens, n_epochs=loop.standing.epoch)
        took = self._clock() - self._begun_at
        remember_speed(
            self._job.base_model, expected_s=expected, took_s=took, cache_folder=self._job.cache_folder
        )

    def _finish(self, material: Material, loop: Loop, progress: Progress) -> None:
        """The model is the best epoch's checkpoint under the model's own name."""
        standing = loop.standing
        metrics = dict(standing.history[standing.best_epoch])
        source = self._job.folder / CHECKPOINTS / f"step-{loop.best_step}"
        tensors = read_tensors(source, read_manifest(source))
        manifest = self._manifest(material, loop, self._job.output_model, metrics)
        place = self._job.folder / MODEL_FOLDER
        write_generator(place, manifest, tensors, base=material.folder, rank=RANK, alpha=ALPHA)
        _tell_ending(loop, progress)
        progress.tell(
            "finished",
            trained_tokens=standing.trained_tokens,
            steps=loop.step,
            best_step=loop.best_step,
            model_dir=MODEL_FOLDER,
            metrics=metrics,
            result_csv=write_result_file(self._job.folder, {}),
            classification=None,
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
