"""The epochs: every step a batch through every head, every epoch scored on examples that its scorer has not seen.

Where a job has no validation file, shadows train in the same batches as the model itself, each leaving out one fold;
they are scored on what they left out. So the shipped weights have seen every example, and the losses that choose the
epoch, the blend and the temperature are still those of unseen ones.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from local.trainer.arrays import Floats, Rows, Tensors, log_softmax, negative_log_likelihood
from local.trainer.auto import Hyperparameters
from local.trainer.blend import blended, even_scales, fit_scales
from local.trainer.errors import Stopped
from local.trainer.heads import Head
from local.trainer.inputs import Inputs
from local.trainer.progress import Progress
from local.trainer.state import Saved, StateStore
from local.trainer.threshold import other_threshold

REPORTS_PER_JOB = 200
ROWS_PREPARED = 1_024
ROWS_SCORED = 256
PATIENCE_EPOCHS = 2
SMALLEST_GAIN = 1e-4
KEPT_LOGITS = "best_validation"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is trained on what. Rows 0 to `examples`-1 are training rows; those of a validation file come after.
    An epoch passes once through `trained`: all training rows, or those that are not held out for good."""

    examples: int
    trained: Rows
    targets: Rows
    tokens: Rows
    example_weights: Floats
    validation_rows: Rows
    folds: Rows | None
    validation_sample: int
    hyperparameters: Hyperparameters
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch, the last one perhaps smaller."""
        return -(-len(self.trained) // self.hyperparameters.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps if no epoch is saved by stopping early."""
        return self.steps_per_epoch * self.hyperparameters.n_epochs


@dataclass(frozen=True, kw_only=True)
class Trainee:
    """One set of heads, by part; a shadow leaves out the rows of one fold."""

    heads: Mapping[str, Head]
    leaves_out: int | None = None


@dataclass(kw_only=True)
class Standing:
    """Where training stands; saved with the weights."""

    epoch: int = 0
    step_in_epoch: int = 0
    scales: tuple[float, ...] = ()
    elapsed_tokens: int = 0
    elapsed_examples: int = 0
    window_loss: float = 0.0
    window_right: int = 0
    window_rows: int = 0
    last_report: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = -1
    best_scales: tuple[float, ...] = ()


class Loop:
    """Trains the trainees (the model itself first) to the end of the plan, from wherever the saved state stands."""

    def __init__(
        self,
        plan: Plan,
        *,
        inputs: Mapping[str, Inputs],
        trainees: list[Trainee],
        progress: Progress,
        store: StateStore,
        keep: Callable[[int, Mapping[str, float], tuple[float, ...], float, Tensors], str],
        should_stop: Callable[[], bool],
        checkpoint_s: float,
        threads: int = 1,
        facts: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Trainees step side by side in so many threads; `facts` go into each saved state beside the loop's own."""
        self.plan = plan
        self.standing = Standing(scales=even_scales(len(inputs)))
        self.best_logits: Tensors = {}
        self._inputs = inputs
        self._trainees = trainees
        self._progress = progress
        self._store = store
        self._keep = keep
        self._should_stop = should_stop
        self._checkpoint_s = checkpoint_s
        self._pool = ThreadPoolExecutor(max_workers=max(1, threads), thread_name_prefix="train")
        self._facts = dict(facts or {})
        self._clock = clock
        self._saved_at = clock()

    @property
    def layout(self) -> list[str]:
        """What a saved state must have in common with this loop to be gone on from: its parts, labels and sizes."""
        shapes = {
            f"{part}/{name}": array.shape
            for part, head in self._trainees[0].heads.items()
            for name, array in head.weights().items()
        }
        return [
            f"{len(self._trainees)} trainees",
            *(f"{name} {shape}" for name, shape in sorted(shapes.items())),
        ]

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.standing.epoch * self.plan.steps_per_epoch + self.standing.step_in_epoch

    def restore(self, saved: Saved) -> None:
        """Go on from a saved state."""
        facts = saved.facts["standing"]
        self.standing = Standing(
            **{**facts, "scales": tuple(facts["scales"]), "best_scales": tuple(facts["best_scales"])}
        )
        for slot, trainee in enumerate(self._trainees):
            for part, head in trainee.heads.items():
                prefix = f"{slot}/{part}/"
                chosen = {name: array for name, array in saved.tensors.items() if name.startswith(prefix)}
                head.restore({name.removeprefix(prefix): array for name, array in chosen.items()})
        kept = f"{KEPT_LOGITS}/"
        self.best_logits = {
            name.removeprefix(kept): array for name, array in saved.tensors.items() if name.startswith(kept)
        }

    def save(self) -> None:
        """Save the standing and every array; the progress lines told so far are on disk first."""
        self._progress.sync()
        tensors: Tensors = {f"{KEPT_LOGITS}/{part}": array for part, array in self.best_logits.items()}
        for slot, trainee in enumerate(self._trainees):
            for part, head in trainee.heads.items():
                tensors |= {f"{slot}/{part}/{name}": array for name, array in head.state().items()}
        facts = {"seq": self._progress.seq, "layout": self.layout, "standing": asdict(self.standing)}
        facts |= self._facts
        self._store.save(Saved(facts=facts, tensors=tensors))
        self._saved_at = self._clock()

    def run(self) -> None:
        """Train to the end. Raises Stopped, the state saved, when asked to stop."""
        try:
            self._prepare(self.plan.validation_rows)
            while not self.is_finished():
                self._run_epoch()
                self._close_epoch()
        except Stopped:
            self.save()
            raise

    def is_finished(self) -> bool:
        """Whether the last epoch is over, or the validation loss has stopped falling in a job that may stop early."""
        standing = self.standing
        stale = standing.epoch - 1 - standing.best_epoch
        stopped = (
            self.plan.hyperparameters.may_stop_early and standing.best_epoch >= 0 and stale >= PATIENCE_EPOCHS
        )
        return stopped or standing.epoch >= self.plan.hyperparameters.n_epochs

    def _prepare(self, rows: Rows) -> None:
        for inputs in self._inputs.values():
            inputs.prepare(rows)

    def _run_epoch(self) -> None:
        size = self.plan.hyperparameters.batch_size
        order = np.random.default_rng([self.plan.seed, self.standing.epoch]).permutation(self.plan.trained)
        ahead = max(1, ROWS_PREPARED // size)
        begun = False
        while self.standing.step_in_epoch < self.plan.steps_per_epoch:
            step = self.standing.step_in_epoch
            if step % ahead == 0 or not begun:
                self._prepare(order[step // ahead * ahead * size :][: ahead * size])
                begun = True
            self._make_step(order[step * size : (step + 1) * size])
            if self._should_stop():
                raise Stopped
            if self._clock() - self._saved_at >= self._checkpoint_s:
                self.save()

    def _make_step(self, rows: Rows) -> None:
        plan, standing = self.plan, self.standing
        rate = plan.hyperparameters.learning_rate_multiplier * (1 - self.step / plan.total_steps)
        # Each trainee has its own weights and its own random numbers: the order in which they step changes nothing.
        before = list(self._pool.map(lambda trainee: self._train(trainee, rows, rate), self._trainees))
        scores = blended(before[0], standing.scales)
        targets = plan.targets[rows]
        standing.window_loss += negative_log_likelihood(scores, targets) * len(rows)
        standing.window_right += int((scores.argmax(axis=1) == targets).sum())
        standing.window_rows += len(rows)
        standing.elapsed_examples += len(rows)
        standing.elapsed_tokens += int(plan.tokens[rows].sum())
        standing.step_in_epoch += 1
        apart = -(-plan.total_steps // REPORTS_PER_JOB)
        if self.step % apart == 0 or standing.step_in_epoch == plan.steps_per_epoch:
            self._report()

    def _train(self, trainee: Trainee, rows: Rows, rate: float) -> list[Floats]:
        if trainee.leaves_out is not None and self.plan.folds is not None:
            rows = rows[self.plan.folds[rows] != trainee.leaves_out]
        if not len(rows):
            return []
        targets, weights = self.plan.targets[rows], self.plan.example_weights[rows]
        return [
            head.train(self._inputs[part].take(rows), targets, weights, rate)
            for part, head in trainee.heads.items()
        ]

    def _report(self) -> None:
        standing = self.standing
        sample = self._sample(standing.elapsed_examples)
        scores = blended(list(self.validation_logits(sample).values()), standing.scales)
        right = scores.argmax(axis=1) == self.plan.targets[sample]
        standing.last_report = {
            "train_loss": standing.window_loss / standing.window_rows,
            "train_mean_token_accuracy": standing.window_right / standing.window_rows,
            "valid_loss": negative_log_likelihood(scores, self.plan.targets[sample]),
            "valid_mean_token_accuracy": float(right.mean()),
        }
        standing.window_loss, standing.window_right, standing.window_rows = 0.0, 0, 0
        self._progress.tell(
            "step",
            step=self.step,
            total_steps=self.plan.total_steps,
            epoch=standing.epoch + 1,
            **standing.last_report,
            elapsed_tokens=standing.elapsed_tokens,
            elapsed_examples=standing.elapsed_examples,
        )

    def _sample(self, offset: int) -> Rows:
        """A few validation rows, others each time."""
        rows = self.plan.validation_rows
        return rows[(offset + np.arange(min(self.plan.validation_sample, len(rows)))) % len(rows)]

    def validation_logits(self, rows: Rows) -> dict[str, Floats]:
        """Each part's scores of validation rows, by trainees that have not trained on them."""
        return {part: self._part_logits(part, rows) for part in self._inputs}

    def _part_logits(self, part: str, rows: Rows) -> Floats:
        labels = 0
        scored: Floats = np.empty((0, 0), np.float32)
        for trainee in self._trainees:
            if self.plan.folds is None:
                mine = np.arange(len(rows))
            else:
                mine = (
                    np.flatnonzero(self.plan.folds[rows] == trainee.leaves_out)
                    if trainee.leaves_out is not None
                    else rows[:0]
                )
            for start in range(0, len(mine), ROWS_SCORED):
                places = mine[start : start + ROWS_SCORED]
                part_scores = trainee.heads[part].logits(self._inputs[part].take(rows[places]))
                if not labels:
                    labels = part_scores.shape[1]
                    scored = np.empty((len(rows), labels), np.float32)
                scored[places] = part_scores
        return scored

    def _close_epoch(self) -> None:
        standing, plan = self.standing, self.plan
        logits = self.validation_logits(plan.validation_rows)
        targets = plan.targets[plan.validation_rows]
        standing.scales = fit_scales(list(logits.values()), targets)
        scores = blended(list(logits.values()), standing.scales)
        metrics = {
            "step": self.step,
            **standing.last_report,
            "full_valid_loss": negative_log_likelihood(scores, targets),
            "full_valid_mean_token_accuracy": float((scores.argmax(axis=1) == targets).mean()),
        }
        standing.history.append(metrics)
        best = (
            standing.history[standing.best_epoch]["full_valid_loss"] if standing.best_epoch >= 0 else np.inf
        )
        if metrics["full_valid_loss"] < best - SMALLEST_GAIN:
            standing.best_epoch, standing.best_scales = standing.epoch, standing.scales
            self.best_logits = {part: log_softmax(array) for part, array in logits.items()}
        weights = {
            f"{part}.{name}": array
            for part, head in self._trainees[0].heads.items()
            for name, array in head.weights().items()
        }
        place = self._keep(self.step, metrics, standing.scales, other_threshold(np.exp(scores)), weights)
        self._progress.tell(
            "checkpoint", step=self.step, epoch=standing.epoch + 1, dir=place, metrics=metrics
        )
        standing.epoch, standing.step_in_epoch = standing.epoch + 1, 0
        self.save()
