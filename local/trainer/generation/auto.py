"""Turn asked hyperparameters into numbers for a model that writes, with a sentence for each that was chosen here."""

from local.trainer.auto import Hyperparameters
from local.trainer.job import AskedHyperparameters

EXAMPLES_SEEN = 3_000
MIN_EPOCHS, MAX_EPOCHS = 2, 8
BATCH_SMALL, BATCH = 4, 8
SMALL = 100


def auto_epochs(examples: int) -> int:
    """As many passes as make about EXAMPLES_SEEN, within 2 and 8."""
    return max(MIN_EPOCHS, min(MAX_EPOCHS, round(EXAMPLES_SEEN / max(1, examples))))


def auto_batch_size(examples: int) -> int:
    """Small batches: on few examples the number of steps decides."""
    return BATCH_SMALL if examples < SMALL else BATCH


def resolve(asked: AskedHyperparameters, *, base: str, examples: int) -> tuple[Hyperparameters, list[str]]:
    """The numbers to train with, and the notes on those that were `auto`."""
    notes = []
    epochs, batch, rate = asked.n_epochs, asked.batch_size, asked.learning_rate_multiplier
    may_stop = epochs == "auto"
    if epochs == "auto":
        epochs = auto_epochs(examples)
        notes.append(f"n_epochs auto: at most {epochs} for {examples:,} examples with {base}.")
    if batch == "auto":
        batch = auto_batch_size(examples)
        notes.append(f"batch_size auto: {batch} for {examples:,} examples with {base}.")
    if rate == "auto":
        rate = 1.0
        notes.append("learning_rate_multiplier auto: 1.0, this base's own rate.")
    chosen = Hyperparameters(
        n_epochs=int(epochs),
        batch_size=int(batch),
        learning_rate_multiplier=float(rate),
        may_stop_early=may_stop,
    )
    return chosen, notes
