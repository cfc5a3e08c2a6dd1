"""The bits a row can carry, set while the spool is read the first time, and the finding and remedy each stands for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bot.datasets.checks import faults, privacy
from bot.datasets.kernels import TextBytes
from bot.domain import Severity
from bot.texts import later

EMPTY_TEXT = 1
EMPTY_LABEL = 2
CONTROL = 4
MOJIBAKE = 8
ENTITIES = 16
SPREADSHEET = 32
PII = 64
SECRET = 128
LABEL_IN_TEXT = 256
BAD_CHAT = 512
NO_SYSTEM = 1024
MIXED_FORMAT = 2048


@dataclass(frozen=True, kw_only=True)
class Blemish:
    """A flag with its finding, and the remedy that changes a cell so that the flag is no longer deserved."""

    flag: int
    finding: str
    remedy: str
    title: str
    told: str
    recommended: bool
    severity: Severity
    mend: Callable[[str], str]
    is_private: bool = False


BLEMISHES = (
    Blemish(
        flag=MOJIBAKE,
        finding="mojibake",
        remedy="repair_mojibake",
        title=later("Bring back the characters"),
        told=later("Garbled characters (UTF-8 that was once read as something else, or lost characters)"),
        recommended=True,
        severity=Severity.WARNING,
        mend=faults.without_mojibake,
    ),
    Blemish(
        flag=ENTITIES,
        finding="html_entities",
        remedy="repair_html_entities",
        title=later("Replace HTML entities by their characters"),
        told=later("HTML entities such as &amp;"),
        recommended=True,
        severity=Severity.WARNING,
        mend=faults.without_entities,
    ),
    Blemish(
        flag=SPREADSHEET,
        finding="excel_artefacts",
        remedy="repair_excel_artefacts",
        title=later("Decode _x000D_, take texts out of formulas, empty cells that are an error value"),
        told=later("What spreadsheets leave behind (_x000D_, #REF!, formulas)"),
        recommended=True,
        severity=Severity.WARNING,
        mend=faults.without_artefacts,
    ),
    Blemish(
        flag=CONTROL,
        finding="control_characters",
        remedy="repair_control_characters",
        title=later("Remove control characters"),
        told=later("Control characters or invisible spaces"),
        recommended=True,
        severity=Severity.WARNING,
        mend=faults.without_controls,
    ),
    Blemish(
        flag=SECRET,
        finding="secrets",
        remedy="mask_secrets",
        title=later("Mask keys, tokens and passwords"),
        told=later("What looks like a key, a token or a password"),
        recommended=True,
        severity=Severity.WARNING,
        mend=privacy.mask_secrets,
        is_private=True,
    ),
    # Masked numbers would teach texts that nobody will ask about; whether that is right, a person must say.
    Blemish(
        flag=PII,
        finding="pii",
        remedy="mask_pii",
        title=later("Mask e-mail addresses, phone, card and account numbers, IP addresses"),
        told=later("Personal data (e-mail, phone, card number, IBAN or IP address)"),
        recommended=False,
        severity=Severity.WARNING,
        mend=privacy.mask_pii,
        is_private=True,
    ),
)
"""In the order in which they are mended."""


def emptiness_of(texts: pa.Array, flag: int) -> npt.NDArray[np.uint32]:
    """`flag` where a text is empty."""
    return np.where(TextBytes(texts).filled, np.uint32(0), np.uint32(flag))


def blemishes_of(texts: pa.Array, view: TextBytes, *, deep: bool) -> npt.NDArray[np.uint32]:
    """The blemish flags of each text; those for personal data and secrets only when `deep`."""
    found = {ENTITIES: faults.entity_rows(texts, view), SPREADSHEET: faults.spreadsheet_rows(texts, view)}
    if deep:
        found[PII] = privacy.pii_rows(texts, view)
        found[SECRET] = privacy.secret_rows(texts)
    flags = np.zeros(len(texts), np.uint32)
    for flag, rows in found.items():
        flags[rows] |= np.uint32(flag)
    odd = view.odd_rows
    if odd.any():
        flags[odd] |= _odd_blemishes(texts.filter(pa.array(odd)))
    return flags


def _odd_blemishes(texts: pa.Array) -> npt.NDArray[np.uint32]:
    """The flags that only texts with something other than printable ASCII can have."""
    view = TextBytes(texts)
    flags = np.where(faults.control_rows(texts, view), np.uint32(CONTROL), np.uint32(0))
    flags[faults.mojibake_rows(texts, view)] |= np.uint32(MOJIBAKE)
    return flags
