"""Finds a text file's encoding from its bytes, and writes the file anew as UTF-8 where it is anything else."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cchardet

from bot.datasets.latin import latin_codec

_SAMPLE_BYTES = 1 << 20
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNDEFINED_IN_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_ASIAN = frozenset({"gb18030", "cp932", "euc-jp", "euc-kr", "cp949", "big5", "iso-2022-jp", "euc-tw"})
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz-gb-2312": "hz",
    "shift_jis": "cp932",
    "uhc": "cp949",
    "viscii": "cp1258",
}
_KANA, _HANGUL = re.compile("[\u3041-\u30fe]"), re.compile("[\uac00-\ud7a3]")
_SCRIPTS = (("cp932", _KANA, 0.2), ("euc-jp", _KANA, 0.2), ("cp949", _HANGUL, 0.8))
_OTHER_SCRIPT = re.compile(r"(windows-|cp)125[135-6]|koi8|iso-8859-[5-8]$|tis-620|mac-cyrillic|ibm8")


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """A codec's name, the length of the byte order mark in front, and whether it was guessed rather than certain."""

    codec: str
    bom_bytes: int = 0
    guessed: bool = False

    @property
    def is_utf8(self) -> bool:
        """Whether the bytes after the mark are UTF-8 as they stand."""
        return self.codec in ("utf-8", "utf-8-sig") and not self.guessed


def detect_encoding(path: Path) -> Encoding:
    """The encoding of the file, as its first megabyte shows it.

    A byte order mark decides; then strict UTF-8, then UTF-16 and UTF-32 by the pattern of their NUL bytes, and last
    `guess_encoding`. UTF-8 may turn out wrong further on: whoever reads then gets a UnicodeDecodeError and guesses.
    """
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return Encoding(codec=codec, bom_bytes=len(mark))
    wide = _wide_by_nul(sample)
    if wide:
        return Encoding(codec=wide)
    if _decodes(sample, "utf-8", complete=len(sample) < _SAMPLE_BYTES):
        return Encoding(codec="utf-8")
    return guess_encoding(path)


def guess_encoding(path: Path) -> Encoding:
    """The likeliest encoding of a file that is no UTF-8, from its lines with bytes beyond ASCII.

    UTF-8 with a few strays stays UTF-8; among the alphabets the detector decides, but for the Latin ones `latin_codec`.
    """
    sample = _telling_lines(path)
    if _mostly_utf8(sample):
        return Encoding(codec="utf-8", guessed=True)
    found = str(cchardet.detect(sample)["encoding"] or "").lower()
    codec = _by_script(sample) or _ALIASES.get(found, found)
    fits = _known(codec) and _decodes(sample, codec, complete=True)
    western = not _UNDEFINED_IN_CP1252.search(sample)
    if fits and (codec in _ASIAN or _OTHER_SCRIPT.match(codec)) and not (western and _is_sparse(sample)):
        return Encoding(codec=codec, guessed=True)
    return Encoding(codec=latin_codec(sample), guessed=True)


def transcode(source: Path, target: Path, encoding: Encoding, *, lone_cr: bool = False) -> int:
    r"""Write `source` as UTF-8 to `target`; returns how many bytes could not be decoded and became U+FFFD.

    In a file that is UTF-8 but for strays, those are read as cp1252. With `lone_cr` every kind of line end becomes \n.
    """
    lost = 0
    with target.open("wb") as sink:
        chunks = _decoded_chunks(source, encoding)
        for text in _with_newlines(chunks) if lone_cr else chunks:
            lost += text.count("\ufffd")
            sink.write(text.encode("utf-8", "replace"))
    return lost


def ends_lines_with_cr(path: Path, encoding: Encoding) -> bool:
    """Whether the lines of the file end, most of them, with a carriage return alone."""
    text = next(_decoded_chunks(path, encoding), "")
    pairs = text.count("\r\n")
    return text.count("\r") - pairs > text.count("\n")


def _with_newlines(chunks: Iterator[str]) -> Iterator[str]:
    decoder = io.IncrementalNewlineDecoder(None, translate=True)
    for text in chunks:
        yield decoder.decode(text)
    yield decoder.decode("", final=True)


def _decoded_chunks(source: Path, encoding: Encoding) -> Iterator[str]:
    strays = "strays_as_cp1252" if encoding.codec.startswith("utf-8") else "replace"
    codec = "utf-8" if encoding.codec == "utf-8-sig" else encoding.codec
    decoder = codecs.getincrementaldecoder(codec)(strays)
    with source.open("rb") as stream:
        stream.seek(encoding.bom_bytes)
        while chunk := stream.read(_CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def _strays_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("strays_as_cp1252", _strays_as_cp1252)


def _wide_by_nul(sample: bytes) -> str:
    """The UTF-16 or UTF-32 flavour without a mark that the NUL bytes give away, or ""."""
    head = sample[: len(sample) // 4 * 4][:65536]
    if len(head) < 8 or b"\0" not in head:
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


def _telling_lines(path: Path) -> bytes:
    """Up to a megabyte of the lines that have bytes beyond ASCII."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as stream:
        while (line := stream.readline(_CHUNK)) and size < _SAMPLE_BYTES:
            if not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)


def _by_script(sample: bytes) -> str:
    """The Japanese or Korean codec under which the text is mostly kana or Hangul, or ""."""
    for codec, script, share in _SCRIPTS:
        try:
            letters = [letter for letter in sample.decode(codec) if letter > "\x7f"]
        except UnicodeDecodeError:
            continue
        if len(letters) > 5 and sum(1 for letter in letters if script.match(letter)) >= share * len(letters):
            return codec
    return ""


def _is_sparse(sample: bytes) -> bool:
    """Whether bytes beyond ASCII stand alone, as accented letters do, rather than in runs as other scripts have them."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return sum(map(len, runs)) < 1.6 * len(runs)


def _decodes(sample: bytes, codec: str, *, complete: bool) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(sample, final=complete)
    except UnicodeDecodeError:
        return False
    return True


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
    return good >= 5 * bad
