"""A tiny causal language model with random weights, made on the spot, and job folders that train it."""

import json
import random
import warnings
from pathlib import Path
from typing import Any

import pytest

NEEDS_TORCH = "the extra `gpu` or `generate` is not installed (torch, transformers, peft)"
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
WORDS = ("red", "green", "blue", "round", "flat", "tall", "lamp", "chair", "cup")


def require_torch() -> None:
    """Skip the test where the extra is not installed."""
    for name in ("torch", "transformers", "peft"):
        pytest.importorskip(name, reason=NEEDS_TORCH)


def make_folder(folder: Path, *, template: bool = True, architecture: str = "LlamaForCausalLM") -> Path:
    """A Hugging Face folder with a byte-level tokenizer trained on a few words."""
    folder.mkdir(parents=True)
    write_tokenizer(folder, template=template)
    _write_model(folder, architecture)
    return folder


def write_tokenizer(folder: Path, *, template: bool) -> None:
    """tokenizer.json and tokenizer_config.json alone."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<pad>", "</s>", "<system>", "<user>", "<assistant>", "[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(WORDS)] * 20, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings: dict[str, Any] = {"eos_token": "</s>", "pad_token": "<pad>"}
    if template:
        settings["chat_template"] = TEMPLATE
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _write_model(folder: Path, architecture: str) -> None:
    import torch
    import transformers

    torch.manual_seed(0)
    transformers.utils.logging.disable_progress_bar()
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    if architecture == "BertModel":
        config = transformers.BertConfig(vocab_size=400, max_position_embeddings=128, **sizes)
    else:
        config = transformers.LlamaConfig(
            vocab_size=400,
            num_key_value_heads=2,
            max_position_embeddings=256,
            eos_token_id=1,
            pad_token_id=0,
            **sizes,
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(transformers, architecture)(config).save_pretrained(folder)


def descriptions(count: int, *, seed: int = 1) -> list[tuple[str, str]]:
    """Facts and the sentence that says them."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        colour, shape, thing = rng.choice(WORDS[:3]), rng.choice(WORDS[3:6]), rng.choice(WORDS[6:])
        rows.append((f"{thing} {colour} {shape}", f"a {colour} {shape} {thing}"))
    return rows


def make_job(folder: Path, base: Path, rows: list[tuple[str, str]], **fields: Any) -> Path:
    """A job folder ready to train on the base."""
    folder.mkdir(parents=True)
    lines = [
        {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]}
        for text, answer in rows
    ]
    (folder / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    job = {
        "job_id": "ftjob-test",
        "base_model": f"local:{base.name}",
        "base_kind": "generator",
        "base_dir": str(base),
        "training_file": "train.jsonl",
        "hyperparameters": {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 50.0},
        "seed": 5,
        "output_model": f"ft:local:{base.name}:tunesmith::test",
        "threads": 1,
        "memory_mb": 4_000,
        "cache_dir": str(folder / "cache"),
        "checkpoint_seconds": 0.05,
        **fields,
    }
    (folder / "job.json").write_text(json.dumps(job))
    return folder
