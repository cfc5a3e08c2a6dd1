"""A plan for a job, from what was typed or from what a form gives; every fault is found before one is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from bot.domain import Classification, Hyperparameters, JobPlan
from bot.errors import InputError, InputErrors
from bot.texts import t

T = TypeVar("T")

_QUOTES = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
"""Mobile keyboards curl quotes."""
_ARGUMENT = re.compile(r"""(?:(?<=\s)|^)(\w+)\s*=\s*("[^"]*"|'[^']*'|\S+)""")
_QUOTED_NAME = re.compile(r"""\s*(["'])(?P<name>.+?)\1(?=\s|$)""")
START_KEYS = (
    "model",
    "n_epochs",
    "batch_size",
    "learning_rate_multiplier",
    "suffix",
    "seed",
    "validation_share",
    "test_share",
    "method",
    "n_classes",
    "positive_class",
    "betas",
    "wandb_project",
)


def start_arguments(text: str) -> tuple[str, dict[str, str]]:
    """(dataset, {key: value}) of "tickets.csv n_epochs=4"; names and values with spaces may stand in quotes.

    Raises InputError for a key that does not exist, with the nearest one.
    """
    text = text.translate(_QUOTES)
    quoted = _QUOTED_NAME.match(text)
    rest = text[quoted.end() :] if quoted else text
    settings = {key.lower(): value.strip("\"'") for key, value in _ARGUMENT.findall(rest)}
    unknown = next((key for key in settings if key not in START_KEYS), None)
    if unknown:
        raise _no_such_key(unknown)
    name = quoted["name"] if quoted else _ARGUMENT.sub("", rest)
    return " ".join(name.split()), settings


def _no_such_key(key: str) -> InputError:
    near = get_close_matches(key, START_KEYS, n=1, cutoff=0.5)
    keys = t("Keys: {keys}.", keys=", ".join(START_KEYS))
    hint = t("Did you mean {name}?", name=near[0]) if near else ""
    return InputError(
        t("There is no setting {key}.", key=key),
        field=key,
        next_step=" ".join(part for part in (hint, keys) if part),
    )


def plan(dataset_id: str, settings: Mapping[str, str]) -> JobPlan:
    """A plan from texts, as typed or as a form gives them; "" and "auto" mean auto.

    Raises InputErrors with every text that can't be read, each naming its field.
    """
    read = _Reader(settings)
    found = JobPlan(
        dataset_id=dataset_id,
        model=settings.get("model", "").strip(),
        hyperparameters=Hyperparameters(
            n_epochs=read.value("n_epochs", _whole),
            batch_size=read.value("batch_size", _whole),
            learning_rate_multiplier=read.value("learning_rate_multiplier", _decimal),
        ),
        suffix=settings.get("suffix", "").strip(),
        seed=read.value("seed", _whole),
        validation_share=read.value("validation_share", _share),
        test_share=read.value("test_share", _share),
        classification=Classification(
            n_classes=read.value("n_classes", _whole),
            positive_class=settings.get("positive_class", "").strip(),
            betas=read.value("betas", _betas) or (),
        ),
        wandb_project=settings.get("wandb_project", "").strip(),
    )
    read.value("method", _method)
    if read.faults:
        raise InputErrors(tuple(read.faults))
    return found


class _Reader:
    """Reads texts into values and gathers what cannot be read."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self.faults: list[InputError] = []

    def value(self, key: str, convert: Callable[[str], T]) -> T | None:
        """The value of a key; None for "", "auto" and what cannot be read."""
        text = (self._settings.get(key) or "").strip()
        if not text or text.lower() == "auto":
            return None
        try:
            return convert(text)
        except ValueError:
            self.faults.append(
                InputError(
                    t(
                        "{field} must be {what}, not {text}.",
                        field=_names()[key],
                        what=_kinds()[key],
                        text=text,
                    ),
                    field=key,
                )
            )
            return None


def _whole(text: str) -> int:
    return int(text)


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))


def _share(text: str) -> float:
    """A share from "10%" or "0.1"."""
    number = _decimal(text.removesuffix("%").strip())
    return number / 100 if text.endswith("%") else number


def _betas(text: str) -> tuple[float, ...]:
    """Numbers from "0.5, 1, 2"."""
    return tuple(float(part) for part in re.split(r"[,;\s]+", text.strip(" ,;")))


def _method(text: str) -> str:
    if text.lower() != "supervised":
        raise ValueError(text)
    return text


def _names() -> dict[str, str]:
    return {
        "n_epochs": t("Epochs"),
        "batch_size": t("Batch size"),
        "learning_rate_multiplier": t("The learning rate multiplier"),
        "seed": t("The seed"),
        "validation_share": t("The validation share"),
        "test_share": t("The test share"),
        "n_classes": t("The number of classes"),
        "betas": t("Betas"),
        "method": t("The method"),
    }


def _kinds() -> dict[str, str]:
    whole, share = t("a whole number or auto"), t("a share such as 10% or 0.1")
    return {
        "n_epochs": whole,
        "batch_size": whole,
        "learning_rate_multiplier": t("a number or auto"),
        "seed": whole,
        "validation_share": share,
        "test_share": share,
        "n_classes": whole,
        "betas": t("numbers such as 0.5, 1, 2"),
        "method": t("supervised, the only one there is"),
    }
