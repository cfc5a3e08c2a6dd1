"""The bases that can be named here: those of the trainer, and the folders that the server was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.openai_server import trainer_bridge
from local.openai_server.trainer_bridge import BaseModel, LocalFolder

CLASSIFIER, GENERATOR = "classifier", "generator"


@dataclass(frozen=True, kw_only=True)
class Base:
    """One base. `problem` says why it can't be trained now (no full stop); `folder` is set for `local:` ones."""

    id: str
    kind: str
    description: str
    good_at: str
    license: str
    size_bytes: int
    languages: tuple[str, ...]
    is_default: bool
    problem: str | None
    folder: Path | None = None

    @property
    def writes(self) -> bool:
        """Whether it generates text rather than labels."""
        return self.kind == GENERATOR


class Catalog:
    """All bases; folders are looked at anew each time, so that one that is copied in is there at once."""

    def __init__(self, model_folders: Sequence[Path] = ()) -> None:
        self._roots = tuple(model_folders)

    def all(self) -> list[Base]:
        """The default first, then those of the trainer, then the folders by name."""
        own = [_of_folder(folder) for folder in trainer_bridge.local_folders(self._roots)]
        return [*(_of_trainer(base) for base in trainer_bridge.BASES), _smollm2(), *own]

    def find(self, base_id: str) -> Base | None:
        """The base of that id; None where there is none."""
        if base_id == trainer_bridge.SMOLLM2_ID:
            return _smollm2()
        known = trainer_bridge.find_base(base_id)
        if known is not None:
            return _of_trainer(known)
        folder = trainer_bridge.local_folder(self._roots, base_id)
        return None if folder is None else _of_folder(folder)

    def who_writes(self) -> str:
        """Sentences that name the bases for texts: those that are ready, else what to install."""
        writers = [base for base in self.all() if base.writes]
        ready = [base.id for base in writers if base.problem is None]
        if ready:
            return f"Bases that write here: {', '.join(ready)}."
        return " ".join(f"{base.id} writes; it is {base.problem}." for base in writers)


def _of_trainer(base: BaseModel) -> Base:
    return Base(
        id=base.id,
        kind=base.kind,
        description=base.description,
        good_at=base.good_at,
        license=base.license,
        size_bytes=base.size_bytes,
        languages=base.languages,
        is_default=base.is_default,
        problem=trainer_bridge.missing_weights(base),
    )


def _smollm2() -> Base:
    return Base(
        id=trainer_bridge.SMOLLM2_ID,
        kind=GENERATOR,
        description=(
            "SmolLM2-135M-Instruct (4-bit weights, tuned with LoRA on the CPU). It writes short, regular texts; free "
            "prose is weak. For that, give the server a larger model's folder and train local:NAME."
        ),
        good_at=(
            'Extraction to JSON, descriptions by a pattern, answers from a given text or "not enough context", in '
            "English; minutes for a thousand examples. Free prose is weak: train local:NAME for that."
        ),
        license="Apache-2.0",
        size_bytes=trainer_bridge.SMOLLM2_BYTES,
        languages=("en",),
        is_default=False,
        problem=trainer_bridge.smollm2_problem(),
    )


def _of_folder(folder: LocalFolder) -> Base:
    writes = folder.kind == GENERATOR
    what = "writes text" if writes else "learns labels, not prose"
    return Base(
        id=folder.id,
        kind=folder.kind,
        description=f"A folder of this machine ({folder.architecture or 'no architecture named'}). It {what}.",
        good_at=f"Whatever its makers say of {folder.path.name}; it {what}. On a GPU where there is one.",
        license=folder.license,
        size_bytes=folder.size_bytes,
        languages=(),
        is_default=False,
        problem=folder.problem or trainer_bridge.folder_problem(),
        folder=folder.path,
    )
