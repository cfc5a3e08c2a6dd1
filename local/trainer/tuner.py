"""What tunes the encoder's layers in a job: torch where it is installed and fits, numpy elsewhere.

A job that goes on keeps the tuner that it began with, its precision and its number of threads: so it ends in the same
weights. The heads themselves are in `tuned` and `torchtuned`.
"""

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from local.trainer.heads import Head
from local.trainer.tuned import TunedHead

FACT = "tuner"
"""The name of a tuner among the facts of a saved state; a state without it is numpy's."""
AUTO, NUMPY = "auto", "numpy"
CHOICES = (AUTO, NUMPY)
LOWEST = (2, 13)
"""The torch that this was tried with, and that the extras ask for."""
TORCH_MB = 300
"""Beyond what numpy takes for the same job: 1,072 MB at the peak against 790 MB with thirty short texts (measured as
`benchmarks.train` does, November 2026), most of it torch's own libraries; rounded up."""
FAST_HALVES = ("avx512_bf16", "amx_bf16")
"""What torch calls a processor's own products of bfloat16; without them float32 is the faster."""


@dataclass(frozen=True, kw_only=True)
class Tuner:
    """How the layers are tuned: by numpy where `torch` is None, else by that version of torch. `threads` are torch's,
    on which its last bits depend; numpy's bits do not depend on theirs."""

    torch: str | None = None
    bfloat16: bool = False
    threads: int = 1

    @classmethod
    def of_state(cls, facts: Mapping[str, Any]) -> "Tuner":
        """That of a saved state."""
        return cls(**facts.get(FACT, {}))

    def facts(self) -> dict[str, Any]:
        """What a saved state says of it."""
        return {FACT: asdict(self)}

    @property
    def memory_mb(self) -> int:
        """Megabytes that it needs beyond numpy."""
        return TORCH_MB if self.torch else 0

    @property
    def libraries(self) -> dict[str, str]:
        """Versions of what it trains with, beside those of every job."""
        return {"torch": self.torch} if self.torch else {}

    def __str__(self) -> str:
        if self.torch is None:
            return "numpy"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"torch {self.torch}, {'bfloat16' if self.bfloat16 else 'float32'}, {threads}"


@dataclass(frozen=True, kw_only=True)
class TunerChoice:
    """The tuner of a job and the sentence that says so; `lost` says why a saved state cannot be gone on from."""

    tuner: Tuner
    note: str = ""
    lost: str | None = None


def choose_tuner(asked: str, *, threads: int, room_mb: float, saved: Mapping[str, Any] | None) -> TunerChoice:
    """That of the saved state where it can be had, else torch if it is asked for (`auto`), here, and fits in the room.

    `asked` is one of CHOICES; `room_mb` is what the job may use beyond what it needs with numpy.
    """
    if saved is None:
        return _fresh_choice(asked, threads=threads, room_mb=room_mb)
    before = Tuner.of_state(saved)
    version, problem = torch_here() if before.torch else (None, None)
    if version == before.torch:
        return TunerChoice(tuner=before, note=_note(before, "as it was begun"))
    found = problem or f"torch {version} is here now"
    lost = f"The saved state was tuned with {before}, but {found}; training starts over."
    return replace(_fresh_choice(asked, threads=threads, room_mb=room_mb), lost=lost)


def _fresh_choice(asked: str, *, threads: int, room_mb: float) -> TunerChoice:
    version, problem = (None, "as the setting says") if asked == NUMPY else torch_here()
    if version is not None and room_mb < TORCH_MB:
        version, problem = None, "torch would need more memory than this job may use"
    if version is None:
        return TunerChoice(tuner=Tuner(), note=_note(Tuner(), problem))
    halves = multiplies_bfloat16()
    tuner = Tuner(torch=version, bfloat16=halves, threads=threads)
    why = None if halves else "this processor does not multiply bfloat16 itself"
    return TunerChoice(tuner=tuner, note=_note(tuner, why))


def _note(tuner: Tuner, why: str | None) -> str:
    return f"Every layer of the encoder is tuned with {tuner}{f' ({why})' if why else ''}."


def torch_here() -> tuple[str | None, str | None]:
    """The version of torch that can be used here, without what follows a plus sign; or why there is none."""
    if importlib.util.find_spec("torch") is None:
        return None, "torch is not installed"
    try:
        torch: Any = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        return None, f"torch is installed but cannot be loaded: {type(error).__name__}"
    version = str(torch.__version__).split("+", maxsplit=1)[0]
    if tuple(int(number) for number in version.split(".")[:2]) < LOWEST:
        return None, f"torch {version} is older than {'.'.join(map(str, LOWEST))}"
    return version, None


def multiplies_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself, as torch sees it."""
    torch: Any = importlib.import_module("torch")
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name) for name in FAST_HALVES)


def tuned_head(tuner: Tuner, labels: int, *, seed: int, threads: int) -> Head:
    """An untrained head for this tuner; `threads` are numpy's."""
    if tuner.torch is None:
        return TunedHead(labels, seed=seed, threads=threads)
    from local.trainer.torchtuned import TorchTunedHead

    return TorchTunedHead(labels, seed=seed, threads=tuner.threads, bfloat16=tuner.bfloat16)
