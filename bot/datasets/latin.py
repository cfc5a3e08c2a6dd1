"""Tells the one-byte encodings of the Latin alphabet apart by what their letters and signs do inside words.

No byte is wrong in most of them, and counting letters misleads on short files. But a wrong one puts signs between
letters (`interesuj¹cy`), capitals behind small letters (`dŽjˆ`), or letters together that no language has both of.
"""

from __future__ import annotations

import re
from itertools import pairwise

_CODECS = ("cp1252", "cp1250", "iso8859-2", "cp1254", "mac-roman", "cp850")
"""The likeliest first: it wins a draw."""

_SAMPLE_BYTES = 1 << 16

_SIGN_IN_WORD = re.compile(
    r"(?<=[^\W\d_])(?![\u00ad\u00b7'’])[^\w\s\x00-\x7f](?=[^\W\d_])"
    r"|(?<=[^\W\d_])[¼½¾¶±]|(?<=[^\W\d_])(?<!\bm)(?<!\b[cdk]m)[¹³]|[ª¹³¼½¾¶¬±](?=[^\W\d_])|[\x80-\x9f]"
)
_WORD = re.compile(
    r"(?<=[^\W\d_])(?![\u00ad\u00b7'’])[^\w\s\x00-\x7f](?=[^\W\d_])|[ºª²³¹¼½¾¶¿¡¬±](?=[^\W\d_])|[\x80-\x9f]"
)
_WORD_SIGN = re.compile(r"[^\W\d_](?=[²³¹¼½¾¶¿±])")
_WORD = re.compile(r"[^\W\d_]{2,}")
_TURKISH_1250 = re.compile("[đţýĐŢÝ]")
_TURKISH, _NORDIC = re.compile("[ðþýÐÞÝ]"), re.compile("[áéíóúæÁÉÍÓÚÆ]")
_CARON, _GRAVE = re.compile("[šžŠŽ]"), re.compile("[èìòøùÈØ]")
_TILDE, _UMLAUT, _ACUTE = re.compile("[õûÕÛ]"), re.compile("[öüÖÜ]"), re.compile("[áéíóúÁÉÍÓÚ]")


def latin_codec(sample: bytes) -> str:
    """The likeliest of these encodings for a text with letters beyond ASCII; latin-1 where none decodes it."""
    sample = sample[:_SAMPLE_BYTES]
    best, fewest = "latin-1", -1
    for codec in _CODECS:
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        misfits = _misfits(text) + _strange_company(text, codec)
        if fewest < 0 or misfits < fewest:
            best, fewest = codec, misfits
    return best


def _misfits(text: str) -> int:
    """How many characters stand where none of their kind does."""
    signs = len(_SIGN_IN_WORD.findall(text))
    return signs + sum(_has_odd_capital(word) for word in _WORD.findall(text) if not word.isascii())


def _has_odd_capital(word: str) -> bool:
    """Whether a capital beyond ASCII follows a small letter."""
    return any(later > "\x7f" and later.isupper() and earlier.islower() for earlier, later in pairwise(word))


def _strange_company(text: str, codec: str) -> int:
    """How many letters are there whose company says that they were another encoding's.

    In Windows-1252 ð, þ and ý without the vowels of Icelandic are Turkish ğ, ş and ı; è, ì, ø with š and ž are Czech
    č, ě, ř; õ and û with ö and á are Hungarian ő and ű. In Windows-1250 and ISO 8859-2 no language has ý and đ or ţ.
    """
    if codec in ("cp1250", "iso8859-2"):
        return len(_TURKISH_1250.findall(text)) if "ý" in text and ("đ" in text or "ţ" in text) else 0
    if codec != "cp1252":
        return 0
    turkish, nordic = len(_TURKISH.findall(text)), len(_NORDIC.findall(text))
    strange = turkish if turkish > 2 * nordic else 0
    if _CARON.search(text):
        strange += len(_GRAVE.findall(text))
    if _UMLAUT.search(text) and _ACUTE.search(text):
        strange += len(_TILDE.findall(text))
    return strange
