"""The epochs of a model that writes: every step a batch, every epoch a checkpoint scored on held-out examples."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from local.trainer.arrays import Tensors
from local.trainer.errors import Stopped
from local.trainer.generation.plan import SAMPLE, Plan
from local.trainer.generation.tokens import Encoded
from local.trainer.progress import Progress
from local.trainer.state import Saved, StateStore

REPORTS_PER_JOB = 100
PATIENCE_EPOCHS = 2
SMALLEST_GAIN = 1e-4


class Learner(Protocol):
    """What the loop trains."""

    def score(self, examples: Sequence[Encoded], *, learning: bool) -> Any:
        """Sums over the learnt tokens: `nats`, `right`, `tokens`."""

    def learn(self, scored: Any, tokens: int) -> None:
        """Add the gradient of the scored examples, as a share of a step of so many tokens."""

    def step(self, rate: float) -> None:
        """Move the weights by what was learnt since the last step."""

    def weights(self) -> Tensors:
        """What was tuned."""

    def state(self) -> Tensors:
        """Everything that going on needs."""

    def restore(self, tensors: Tensors) -> None:
        """Take over what `state` gave."""


@dataclass(kw_only=True)
class Standing:
    """Where training stands; `piece` counts the parts of a step whose gradients are gathered already."""

    epoch: int = 0
    step_in_epoch: int = 0
    piece: int = 0
    trained_tokens: int = 0
    elapsed_examples: int = 0
    window_nats: float = 0.0
    window_right: int = 0
    window_tokens: int = 0
    last_report: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = -1


class Loop:
    """Trains to the end of the plan, from wherever the saved state stands."""

    def __init__(
        self,
        plan: Plan,
        *,
        learner: Learner,
        rate_at: Callable[[int, int], float],
        progress: Progress,
        store: StateStore,
        keep: Callable[[int, Mapping[str, float], Tensors], str],
        should_stop: Callable[[], bool],
        checkpoint_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan = plan
        self.standing = Standing()
        self._learner = learner
        self._rate_at = rate_at
        self._progress = progress
        self._store = store
        self._keep = keep
        self._should_stop = should_stop
        self._checkpoint_s = checkpoint_s
        self._clock = clock
        self._saved_at = clock()

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.standing.epoch * self.plan.steps_per_epoch + self.standing.step_in_epoch

    @property
    def best_step(self) -> int:
        """The step that the best epoch ended with."""
        return (self.standing.best_epoch + 1) * self.plan.steps_per_epoch

    def restore(self, saved: Saved) -> None:
        """Go on from a saved state."""
        self.standing = Standing(**saved.facts["standing"])
        self._learner.restore(saved.tensors)

    def save(self) -> None:
        """Save the standing and every array; the progress lines told so far are on disk first."""
        self._progress.sync()
        facts = {"seq": self._progress.seq, "layout": self.layout, "standing": asdict(self.standing)}
        self._store.save(Saved(facts=facts, tensors=self._learner.state()))
        self._saved_at = self._clock()

    @property
    def layout(self) -> list[int]:
        """What a saved state must have in common with this loop to be gone on from."""
        return [self.plan.trained, len(self.plan.examples), self.plan.total_steps, self.plan.tokens_at_once]

    def run(self) -> None:
        """Train to the end. Raises Stopped, the state saved, when asked to stop."""
        try:
            while not self.is_finished():
                while self.standing.step_in_epoch < self.plan.steps_per_epoch:
                    self._make_step()
                self._close_epoch()
        except Stopped:
            self.save()
            raise

    def is_finished(self) -> bool:
        """Whether the last epoch is over, or the validation loss has stopped falling in a job that may stop early."""
        standing, asked = self.standing, self.plan.hyperparameters
        stale = standing.epoch - 1 - standing.best_epoch
        stopped = asked.may_stop_early and standing.best_epoch >= 0 and stale >= PATIENCE_EPOCHS
        return stopped or standing.epoch >= asked.n_epochs

    def _make_step(self) -> None:
        plan, standing = self.plan, self.standing
        rows = plan.batch(standing.epoch, standing.step_in_epoch).tolist()
        pieces = list(plan.pieces([plan.examples[row] for row in rows]))
        learnt = sum(sum(one.learnt) for piece in pieces for one in piece)
        for piece in pieces[standing.piece :]:
            scored = self._learner.score(piece, learning=True)
            self._learner.learn(scored, learnt)
            standing.window_nats += float(scored.nats.detach())
            standing.window_right += scored.right
            standing.window_tokens += scored.tokens
            standing.piece += 1
            self._between()
        self._learner.step(
            plan.hyperparameters.learning_rate_multiplier * self._rate_at(self.step, plan.total_steps)
        )
        standing.piece = 0
        standing.step_in_epoch += 1
        standing.elapsed_examples += len(rows)
        standing.trained_tokens += sum(len(plan.examples[row].ids) for row in rows)
        apart = -(-plan.total_steps // REPORTS_PER_JOB)
        if self.step % apart == 0 or standing.step_in_epoch == plan.steps_per_epoch:
            self._report()

    def _between(self) -> None:
        """Stop if asked to; save if it is time."""
        if self._should_stop():
            raise Stopped
        if self._clock() - self._saved_at >= self._checkpoint_s:
            self.save()

    def _report(self) -> None:
        standing = self.standing
        held = self.plan.examples[self.plan.trained :]
        start = standing.elapsed_examples
        sample = [held[(start + offset) % len(held)] for offset in range(min(SAMPLE, len(held)))]
        loss, accuracy = self._validated(sample, may_stop=False)
        standing.last_report = {
            "train_loss": standing.window_nats / max(1, standing.window_tokens),
            "train_mean_token_accuracy": standing.window_right / max(1, standing.window_tokens),
            "valid_loss": loss,
            "valid_mean_token_accuracy": accuracy,
        }
        standing.window_nats, standing.window_right, standing.window_tokens = 0.0, 0, 0
        self._progress.tell(
            "step",
            step=self.step,
            total_steps=self.plan.total_steps,
            epoch=standing.epoch + 1,
            **standing.last_report,
            elapsed_tokens=standing.trained_tokens,
            elapsed_examples=standing.elapsed_examples,
        )

    def _validated(self, examples: Sequence[Encoded], *, may_stop: bool) -> tuple[float, float]:
        """Mean nats and share of right guesses over the learnt tokens of examples that are not trained on.

        An epoch's end that is stopped is made again as a whole; a reported step is never left half told.
        """
        nats, right, tokens = 0.0, 0, 0
        for piece in self.plan.pieces(examples):
            scored = self._learner.score(piece, learning=False)
            nats, right, tokens = nats + float(scored.nats), right + scored.right, tokens + scored.tokens
            if may_stop and self._should_stop():
                raise Stopped
        return nats / max(1, tokens), right / max(1, tokens)

    def _close_epoch(self) -> None:
        standing, plan = self.standing, self.plan
        loss, accuracy = self._validated(plan.examples[plan.trained :], may_stop=True)
        metrics = {
            "step": self.step,
            **standing.last_report,
            "full_valid_loss": loss,
            "full_valid_mean_token_accuracy": accuracy,
        }
        standing.history.append(metrics)
        best = standing.history[standing.best_epoch]["full_valid_loss"] if standing.best_epoch >= 0 else None
        if best is None or loss < best - SMALLEST_GAIN:
            standing.best_epoch = standing.epoch
        place = self._keep(self.step, metrics, self._learner.weights())
        self._progress.tell(
            "checkpoint", step=self.step, epoch=standing.epoch + 1, dir=place, metrics=metrics
        )
        standing.epoch, standing.step_in_epoch = standing.epoch + 1, 0
        self.save()
