"""Finds a text file's encoding from its bytes, and writes the file anew as UTF-8 where it is anything else."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cchardet

SAMPLE_BYTES = 1 << 20
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_C1_BYTES = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that cp1252 leaves undefined: where one occurs the file is something else."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A codec's name, the length of the byte order mark in front, and whether it was guessed rather than certain."""

    codec: str
    bom_bytes: int = 0
    guessed: bool = False

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes after the mark are UTF-8 as they stand."""
        return self.codec in ("utf-8", "utf-8-sig", "ascii")


def detect_encoding(sample: bytes, *, complete: bool) -> Encoding:
    """The encoding of a file that starts with `sample` (`complete` when that is all of it).

    A byte order mark decides; then strict UTF-8, UTF-16 and UTF-32 by the pattern of their NUL bytes, and last
    statistics, in which cp1252 wins over its cousins wherever it decodes without undefined bytes.
    """
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return Encoding(codec=codec, bom_bytes=len(mark))
    wide = _wide_by_nul(sample)
    if wide:
        return Encoding(codec=wide)
    if _decodes(sample, "utf-8", complete=complete):
        return Encoding(codec="utf-8")
    return Encoding(codec=_guess_legacy(sample, complete=complete), guessed=True)


def transcode(source: Path, target: Path, encoding: Encoding) -> int:
    """Write `source` as UTF-8 to `target`; returns how many undecodable bytes became U+FFFD."""
    lost = 0
    with target.open("wb") as sink:
        for text in _decoded_chunks(source, encoding):
            lost += text.count("\ufffd")
            sink.write(text.encode("utf-8", "replace"))
    return lost


def _decoded_chunks(source: Path, encoding: Encoding) -> Iterator[str]:
    codec = "utf-8" if encoding.is_utf8 else encoding.codec
    decoder = codecs.getincrementaldecoder(codec)("cp1252_fallback" if encoding.is_utf8 else "replace")
    with source.open("rb") as stream:
        stream.seek(encoding.bom_bytes)
        while chunk := stream.read(_CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def _byte_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Error handler: a byte that is no UTF-8 is read as cp1252, the usual stray in a mixed file."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error("cp1252_fallback", _byte_as_cp1252)


def _wide_by_nul(sample: bytes) -> str:
    """The UTF-16 or UTF-32 flavour without a mark that the NUL bytes give away, or ""."""
    head = sample[: len(sample) // 4 * 4][:65536]
    if len(head) < 4 or b"\0" not in head:
        return ""
    quarter = len(head) // 4
    zeros = [head[offset::4].count(0) / quarter for offset in range(4)]
    if min(zeros[1:]) > 0.7 and zeros[0] < 0.2:
        return "utf-32-le"
    if min(zeros[:3]) > 0.7 and zeros[3] < 0.2:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    if odd > 0.2 and even < 0.05:
        return "utf-16-le"
    if even > 0.2 and odd < 0.05:
        return "utf-16-be"
    return ""


def _decodes(sample: bytes, codec: str, *, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(sample, final=complete)
    except UnicodeDecodeError:
        return False
    return True


_MULTIBYTE = ("gb18030", "shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "big5", "iso2022_jp")
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "shift-jis": "cp932", "shift_jis": "cp932", "uhc": "cp949"}


def _guess_legacy(sample: bytes, *, complete: bool) -> str:
    found = str(cchardet.detect(sample)["encoding"] or "").lower()
    codec = _ALIASES.get(found, found)
    if codec.replace("-", "_") in _MULTIBYTE and _decodes(sample, codec, complete=complete):
        return codec
    if _mostly_utf8(sample):
        return "utf-8"
    if not _C1_BYTES.search(sample):
        return _cousin(codec, sample)
    return codec if codec and _known(codec) and _decodes(sample, codec, complete=complete) else "latin-1"


def _cousin(codec: str, sample: bytes) -> str:
    """cp1252, unless the statistics name a codec of another script."""
    other_script = re.match(
        r"(windows-125[1356]|cp125[1356]|koi8|iso-8859-(5|6|7|8)|tis-620|mac-cyrillic|ibm8)", codec
    )
    if other_script and _known(codec) and _decodes(sample, codec, complete=True):
        return codec
    return "cp1252"


def _known(codec: str) -> bool:
    try:
        codecs.lookup(codec)
    except LookupError:
        return False
    return True


def _mostly_utf8(sample: bytes) -> bool:
    """Whether nearly all bytes beyond ASCII are well-formed UTF-8, so that the rest are strays."""
    decoded = sample.decode("utf-8", "replace")
    bad = decoded.count("\ufffd")
    good = sum(1 for character in decoded if character > "\x7f") - bad
    return good >= 20 * bad
