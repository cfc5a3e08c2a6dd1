"""Turn asked hyperparameters into numbers, with a sentence for each that was chosen here."""

from dataclasses import dataclass

from local.trainer.bases import BaseModel
from local.trainer.job import AskedHyperparameters

SMALL = 2_000
LARGE = 50_000
EPOCHS_SMALL, EPOCHS, EPOCHS_LARGE = 10, 8, 4
EPOCHS_TUNED_SMALL, EPOCHS_TUNED, EPOCHS_TUNED_LARGE = 8, 3, 2
MIN_BATCH, MAX_BATCH, TUNED_BATCH = 8, 256, 32
STEPS_PER_EPOCH = 150


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """The numbers a job trains with; `may_stop_early` where the epochs were left to us."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    may_stop_early: bool

    def as_fields(self) -> dict[str, float]:
        """The three that the API shows."""
        return {
            "n_epochs": self.n_epochs,
            "batch_size": self.batch_size,
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }


def auto_epochs(base: BaseModel, examples: int) -> int:
    """More passes for small files, fewer for large ones."""
    if base.tunes_encoder:
        if examples < SMALL:
            return EPOCHS_TUNED_SMALL
        return EPOCHS_TUNED if examples < LARGE else EPOCHS_TUNED_LARGE
    if examples < SMALL:
        return EPOCHS_SMALL
    return EPOCHS if examples < LARGE else EPOCHS_LARGE


def auto_batch_size(base: BaseModel, examples: int) -> int:
    """The power of two that makes about STEPS_PER_EPOCH steps an epoch, within 8 and 256; 32 for a tuned encoder."""
    wanted = TUNED_BATCH if base.tunes_encoder else examples / STEPS_PER_EPOCH
    size = MIN_BATCH
    while size < wanted and size < MAX_BATCH:
        size *= 2
    return size


def resolve(
    asked: AskedHyperparameters, *, base: BaseModel, examples: int, labels: int | None = None
) -> tuple[Hyperparameters, list[str]]:
    """The numbers to train with, and the notes on those that were `auto`."""
    notes = []
    epochs, batch, rate = asked.n_epochs, asked.batch_size, asked.learning_rate_multiplier
    may_stop = epochs == "auto"
    if epochs == "auto":
        epochs = auto_epochs(base, examples)
        notes.append(f"n_epochs auto: at most {epochs} for {examples:,} examples with {base.id}.")
    if batch == "auto":
        batch = auto_batch_size(base, examples)
        notes.append(f"batch_size auto: {batch} for {examples:,} examples with {base.id}.")
    if rate == "auto":
        rate = 1.0
        notes.append("learning_rate_multiplier auto: 1.0, this base's own rates.")
    chosen = Hyperparameters(
        n_epochs=int(epochs),
        batch_size=int(batch),
        learning_rate_multiplier=float(rate),
        may_stop_early=may_stop,
    )
    return chosen, notes
