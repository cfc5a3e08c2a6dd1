"""A plan for a job, from what was typed or from what a form gives."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.domain import Hyperparameters, JobPlan
from bot.errors import InputError

_ARGUMENT = re.compile(r"(\w+)=(\S+)")
START_KEYS = (
    "model",
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "suffix",
    "seed",
    "validation_share",
)

FIELD_NAMES = {
    "n_epochs": "Epochs",
    "batch_size": "Batch size",
    "learning_rate_multiplier": "The learning rate multiplier",
    "seed": "The seed",
    "validation_share": "The validation share",
}


def start_arguments(text: str) -> tuple[str, dict[str, str]]:
    """(dataset, {key: value}) of "tickets.csv n_epochs=4". Raises InputError for a key that does not exist."""
    settings = dict(_ARGUMENT.findall(text))
    unknown = next((key for key in settings if key not in START_KEYS), None)
    if unknown:
        raise InputError(
            f"There is no setting {unknown}.", field=unknown, next_step=f"Keys: {', '.join(START_KEYS)}."
        )
    return _ARGUMENT.sub("", text).strip(), settings


def plan(dataset_id: str, settings: Mapping[str, str]) -> JobPlan:
    """A plan from texts, as typed or as a form gives them; "" and "auto" mean auto. Raises InputError naming the field."""
    return JobPlan(
        dataset_id=dataset_id,
        model=settings.get("model", ""),
        hyperparameters=Hyperparameters(
            n_epochs=_whole(settings, "n_epochs"),
            batch_size=_whole(settings, "batch_size"),
            learning_rate_multiplier=_decimal(settings, "learning_rate_multiplier"),
        ),
        suffix=settings.get("suffix", "").strip(),
        seed=_whole(settings, "seed"),
        validation_share=_share(settings, "validation_share"),
    )


def _given(settings: Mapping[str, str], key: str) -> str:
    text = (settings.get(key) or "").strip()
    return "" if text.lower() == "auto" else text


def _whole(settings: Mapping[str, str], key: str) -> int | None:
    text = _given(settings, key)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"{FIELD_NAMES[key]} must be a whole number or auto, not {text}.", field=key
        ) from None


def _decimal(settings: Mapping[str, str], key: str) -> float | None:
    text = _given(settings, key)
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputError(f"{FIELD_NAMES[key]} must be a number or auto, not {text}.", field=key) from None


def _share(settings: Mapping[str, str], key: str) -> float | None:
    """A share from "10%" or "0.1"."""
    text = _given(settings, key)
    if not text:
        return None
    try:
        number = float(text.removesuffix("%").replace(",", "."))
    except ValueError:
        raise InputError(
            f"{FIELD_NAMES[key]} must be a share such as 10% or 0.1, not {text}.", field=key
        ) from None
    return number / 100 if text.endswith("%") else number
