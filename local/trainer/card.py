"""The model card that lies in every model folder, in plain words."""

from local.trainer.manifest import Manifest

LABELS_SHOWN = 200


def model_card(manifest: Manifest) -> str:
    """README.md of a model folder, in Markdown with the metadata block that model hubs read."""
    lines = [
        "---",
        "library_name: tunesmith",
        "pipeline_tag: text-classification",
        f"base_model: {manifest.base}",
        "---",
        f"# {manifest.output_model}",
        "",
        f"A text classifier trained on {manifest.created_at} from `{manifest.base}`. It answers with one of "
        f"{len(manifest.labels):,} labels and calibrated probabilities; it does not write text.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in _facts(manifest)),
        "",
        "## Metrics",
        "Measured on examples that the measured weights had not seen; no look-up of training texts is in them.",
        "",
        *(f"- {name}: {value}" for name, value in manifest.metrics.items() if not isinstance(value, dict)),
        "",
        "## Text",
        _text_rule(manifest),
        "",
        "## Labels",
        *(f"- `{_inline(label)}`" for label in manifest.labels[:LABELS_SHOWN]),
    ]
    if len(manifest.labels) > LABELS_SHOWN:
        lines.append(f"- and {len(manifest.labels) - LABELS_SHOWN:,} more in model.json")
    return "\n".join(lines) + "\n"


def _facts(manifest: Manifest) -> list[tuple[str, object]]:
    shares = ", ".join(f"{part} {share:.2f}" for part, share in manifest.blend_weights.items())
    facts: list[tuple[str, object]] = [
        ("base weights, sha256", manifest.base_sha256 or "none: trained from zero"),
        ("continued from", manifest.parent or "the base"),
        *((name.replace("_", " "), value) for name, value in manifest.data.items()),
        *((name, value) for name, value in manifest.hyperparameters.items()),
        ("seed", manifest.seed),
        ("trained tokens (o200k_base)", f"{manifest.trained_tokens:,}"),
        ("blend", shares),
        ("temperature", f"{manifest.temperature:.3f}"),
        ("exact-match memory", "on" if manifest.exact_match else "off"),
        ('offered threshold for answering "other"', f"top probability below {manifest.other_threshold:.3f}"),
    ]
    return facts


def _text_rule(manifest: Manifest) -> str:
    rule = "The contents of all messages before the answer, joined by newlines."
    if manifest.system is not None:
        rule += (
            " The system message that every training example began with is left out, in training and in use."
        )
    return rule


def _inline(label: str) -> str:
    return " ".join(label.replace("`", "'").split())[:200]
