"""Read what a job of a model that writes trains on: its base's folder, its parent, and the plan that follows."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.trainer.arrays import Tensors
from local.trainer.auto import Hyperparameters
from local.trainer.errors import ExampleError, TrainerError
from local.trainer.examples import JOB_FAILED
from local.trainer.generation import smollm2
from local.trainer.generation.auto import resolve
from local.trainer.generation.conversations import Conversations, read_conversations
from local.trainer.generation.manifest import GeneratorManifest
from local.trainer.generation.modelfolder import check_files, read_tensors
from local.trainer.generation.plan import CONTEXT_TOKENS, Plan, Shape, held_out, room_for
from local.trainer.generation.tokens import ChatTokenizer, Encoded
from local.trainer.job import Job

RANK = 16
LINES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a job trains on. `folder` holds the base; `notes` are sentences for the started line."""

    folder: Path
    plan: Plan
    parent: GeneratorManifest | None
    start: Tensors | None
    data: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def learnt_tokens(self) -> int:
        """Tokens of one epoch that the loss is on."""
        return sum(sum(one.learnt) for one in self.plan.examples[: self.plan.trained])


def check_conversations(job: Job) -> None:
    """What can be refused about a job before the queue: its files, and where its base lies ready, its memory too.

    Raises TrainerError.
    """
    if _is_unpacked(job):
        read_material(job)
        return
    read_conversations(job.training_file)
    if job.validation_file is not None:
        read_conversations(job.validation_file, param="validation_file", minimum=1)


def _is_unpacked(job: Job) -> bool:
    """Whether the base can be read at once. Unpacking one takes longer than a request should."""
    return job.base_folder is not None or smollm2.is_unpacked(job.cache_folder or job.folder)


def base_folder(job: Job) -> Path:
    """Where the job's base lies as a Hugging Face folder. Raises WeightsError."""
    if job.base_folder is not None:
        return job.base_folder
    return smollm2.unpacked(job.cache_folder or job.folder)


def read_material(job: Job) -> Material:
    """Read and check everything that the job names. Raises TrainerError."""
    training = read_conversations(job.training_file)
    validation = None
    if job.validation_file is not None:
        validation = read_conversations(job.validation_file, param="validation_file", minimum=1)
    folder = base_folder(job)
    tokenizer = ChatTokenizer(folder)
    context = min(CONTEXT_TOKENS, _context(folder))
    trained, notes = _encoded(training, tokenizer, context, "training_file")
    if validation is not None:
        checked, more = _encoded(validation, tokenizer, context, "validation_file")
        notes += [*more, "The validation file's loss chooses the epoch."]
    else:
        rows, out = held_out(len(trained), seed=job.seed)
        trained, checked = [trained[row] for row in rows], [trained[row] for row in out]
        notes.append(
            f"No validation file: {len(checked):,} of the {len(checked) + len(trained):,} examples are kept out of "
            "training; their loss chooses the epoch."
        )
    parent, start = _parent(job)
    numbers, chosen = resolve(job.hyperparameters, base=job.base_model, examples=len(trained))
    plan, room_notes = _plan(job, folder, trained, checked, numbers)
    if parent is not None:
        notes.append(f"Continued from {parent.output_model}: training starts from its weights.")
    return Material(
        folder=folder,
        plan=plan,
        parent=parent,
        start=start,
        data=_facts(job, len(trained), len(checked)),
        notes=(*chosen, *notes, *room_notes),
    )


def _encoded(
    found: Conversations, tokenizer: ChatTokenizer, context: int, param: str
) -> tuple[list[Encoded], list[str]]:
    kept: list[Encoded] = []
    cut: list[int] = []
    gone: list[int] = []
    for line, one in zip(found.lines, found.examples, strict=True):
        encoded = tokenizer.example(one.turns, one.learnt)
        if len(encoded.ids) > context:
            encoded = Encoded(ids=encoded.ids[:context], learnt=encoded.learnt[:context])
            (cut if any(encoded.learnt) else gone).append(line)
        if any(encoded.learnt):
            kept.append(encoded)
    if not kept:
        raise ExampleError(f"{JOB_FAILED} No example has its answer within {context:,} tokens", param=param)
    notes = (
        [f"{found.skipped:,} examples without an answer to learn (weight 0) are left out."]
        if found.skipped
        else []
    )
    if cut:
        notes.append(f"{len(cut):,} examples are cut at {context:,} tokens: {_lines(cut)}.")
    if gone:
        notes.append(
            f"{len(gone):,} examples are left out, their answer begins after {context:,} tokens: {_lines(gone)}."
        )
    return kept, notes


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:LINES_SHOWN])
    return f"lines {shown}{' and more' if len(numbers) > LINES_SHOWN else ''}"


def _parent(job: Job) -> tuple[GeneratorManifest | None, Tensors | None]:
    if job.parent_folder is None:
        return None, None
    manifest = check_files(job.parent_folder)
    if (manifest.base, manifest.tuning) != (job.base_model, job.tuning):
        raise TrainerError(
            f"{manifest.output_model} was trained from {manifest.base} ({manifest.tuning}); it cannot be continued as "
            f"{job.base_model} ({job.tuning})",
            code="invalid_parent_model",
            param="model",
        )
    return manifest, read_tensors(job.parent_folder, manifest)


def _plan(
    job: Job, folder: Path, trained: list[Encoded], checked: list[Encoded], numbers: Hyperparameters
) -> tuple[Plan, list[str]]:
    shape = shape_of(folder, job.tuning)
    longest = max(len(one.ids) for one in (*trained, *checked))
    room = room_for(shape, longest=longest, limit_mb=job.memory_mb)
    plan = Plan(
        examples=(*trained, *checked),
        trained=len(trained),
        hyperparameters=numbers,
        seed=job.seed,
        tokens_at_once=room.tokens_at_once,
        saves_memory=room.saves_memory,
    )
    saved = (
        ["Long examples: layers are computed twice to stay within the memory limit."]
        if room.saves_memory
        else []
    )
    return plan, saved


def shape_of(folder: Path, tuning: str) -> Shape:
    """What decides about memory, from config.json and the size of the weights."""
    config = json.loads((folder / "config.json").read_bytes())
    hidden = int(config.get("hidden_size") or config.get("n_embd") or 1_024)
    layers = int(config.get("num_hidden_layers") or config.get("n_layer") or 24)
    inner = int(config.get("intermediate_size") or 4 * hidden)
    vocabulary = int(config.get("vocab_size") or 50_000)
    stored_bytes = 4 if str(config.get("dtype") or config.get("torch_dtype")) == "float32" else 2
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors")) // stored_bytes
    lora = layers * RANK * (10 * hidden + 3 * inner)
    return Shape(
        weights=weights,
        tuned=lora if tuning == "lora" else weights,
        layers=layers,
        hidden=hidden,
        inner=inner,
        vocabulary=vocabulary,
        weight_bytes=4,
        value_bytes=4,
    )


def _context(folder: Path) -> int:
    config = json.loads((folder / "config.json").read_bytes())
    return int(config.get("max_position_embeddings") or config.get("n_positions") or CONTEXT_TOKENS)


def _facts(job: Job, examples: int, checked: int) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "training_sha256": file_sha256(job.training_file),
        "examples": examples,
        "validation_examples": checked,
        "validation": "file" if job.validation_file else "held out",
    }
    if job.validation_file is not None:
        facts["validation_sha256"] = file_sha256(job.validation_file)
    return facts


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
