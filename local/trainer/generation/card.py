"""The card of a model that writes, in plain words."""

from local.trainer.generation.manifest import GeneratorManifest

LIBRARY = {"lora": "peft", "full": "transformers"}


def model_card(manifest: GeneratorManifest) -> str:
    """README.md of a model folder, in Markdown with the metadata block that model hubs read."""
    how = "LoRA weights for" if manifest.tuning == "lora" else "All weights of"
    lines = [
        "---",
        f"library_name: {LIBRARY[manifest.tuning]}",
        "pipeline_tag: text-generation",
        f"base_model: {manifest.base}",
        "---",
        f"# {manifest.output_model}",
        "",
        f"{how} `{manifest.base}`, tuned on {manifest.created_at}. The model continues a conversation in the manner "
        "of its training examples. What it writes can be wrong.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in _facts(manifest)),
        "",
        "## Metrics",
        "Losses in nats a token, on examples that were not trained on.",
        "",
        *(f"- {name}: {value}" for name, value in manifest.metrics.items()),
        "",
        "## Text",
        "Messages go through the base's own chat template; the loss is on assistant messages only (those with the "
        "weight 0 left out). A prompt/completion pair is a user's and an assistant's message.",
    ]
    return "\n".join(lines) + "\n"


def _facts(manifest: GeneratorManifest) -> list[tuple[str, object]]:
    return [
        ("base weights, sha256", manifest.base_sha256 or "a folder of this machine"),
        ("continued from", manifest.parent or "the base"),
        *((name.replace("_", " "), value) for name, value in manifest.data.items()),
        *((name, value) for name, value in manifest.hyperparameters.items()),
        ("seed", manifest.seed),
        ("trained tokens (the base's tokenizer)", f"{manifest.trained_tokens:,}"),
        *manifest.libraries.items(),
    ]
