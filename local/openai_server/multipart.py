"""Multipart bodies streamed to disk: each file part goes straight into a file under a cap, hashed on the way."""

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from local.openai_server.errors import ApiError, invalid
from local.openai_server.ids import new_id

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELD_BYTES = 64 * 1024
MAX_PARTS = 32


@dataclass(frozen=True, kw_only=True)
class ReceivedFile:
    """A file part, whole and synced, at `path`; whoever keeps it moves it away from there."""

    path: Path
    filename: str
    size_bytes: int
    sha256: str


@dataclass(kw_only=True)
class Form:
    """The parts of a multipart body: text fields and at most one file."""

    fields: dict[str, str] = field(default_factory=dict)
    file: ReceivedFile | None = None

    def discard(self) -> None:
        """Remove the received file where nobody has moved it."""
        if self.file is not None:
            self.file.path.unlink(missing_ok=True)


async def receive_form(request: Request, folder: Path, *, file_field: str, max_file_bytes: int) -> Form:
    """Read the request's form; the part named `file_field` lands in `folder`.

    Raises ApiError: 415 for another media type, 413 past the cap, 400 for a form that can't be read or ends early.
    """
    content_type, options = parse_options_header(request.headers.get("content-type", ""))
    if content_type != b"multipart/form-data":
        message = "Unsupported content type. Send the file as 'multipart/form-data'."
        raise ApiError(415, message, code="unsupported_content_type")
    boundary = options.get(b"boundary")
    if not boundary or len(boundary) > 200:
        raise invalid(
            "Invalid multipart body: the content type names no usable boundary.", code="invalid_multipart"
        )
    receiver = _Receiver(folder, file_field, max_file_bytes)
    try:
        parser = MultipartParser(boundary, receiver.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
        return await run_in_threadpool(receiver.finish)
    except FormParserError as error:
        raise invalid(f"Invalid multipart body: {str(error)[:200]}", code="invalid_multipart") from error
    finally:
        receiver.close()


class _Receiver:
    """Collects what the parser calls back with; the file part is written as it comes."""

    def __init__(self, folder: Path, file_field: str, max_file_bytes: int) -> None:
        self._path = folder / new_id("incoming-")
        self._file_field = file_field
        self._max_file_bytes = max_file_bytes
        self._form = Form()
        self._handle: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self._size = 0
        self._filename = ""
        self._parts = 0
        self._ended = False
        self._keep = False
        self._begin_part()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def finish(self) -> Form:
        if not self._ended:
            raise invalid(
                "Invalid multipart body: it ends before its last boundary.", code="invalid_multipart"
            )
        if self._handle is not None:
            self._handle.flush()
            os.fsync(self._handle.fileno())
            digest = self._hash.hexdigest()
            self._form.file = ReceivedFile(
                path=self._path, filename=self._filename, size_bytes=self._size, sha256=digest
            )
            self._keep = True
        return self._form

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            if not self._keep:
                self._path.unlink(missing_ok=True)

    def _begin_part(self) -> None:
        self._name: str | None = None
        self._is_file = False
        self._data = bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value = b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _headers_finished(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise invalid(f"Invalid multipart body: more than {MAX_PARTS} parts.", code="invalid_multipart")
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise invalid("Invalid multipart body: a part without a name.", code="invalid_multipart")
        self._name = options[b"name"].decode("utf-8", "replace")
        if b"filename" in options and self._name == self._file_field:
            self._open_file(options[b"filename"])

    def _open_file(self, filename: bytes) -> None:
        if self._handle is not None:
            raise invalid(f"Only one '{self._file_field}' can be sent at a time.", param=self._file_field)
        self._is_file = True
        self._filename = _plain_name(filename.decode("utf-8", "replace"))
        self._handle = self._path.open("xb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._is_file:
            self._data += data[start:end]
            if len(self._data) > MAX_FIELD_BYTES:
                raise invalid(
                    f"Field '{self._name}' is too large.", param=self._name, code="string_above_max_length"
                )
            return
        self._size += end - start
        if self._size > self._max_file_bytes:
            message = f"The file is larger than the {self._max_file_bytes} bytes that are allowed here."
            raise ApiError(413, message, param=self._file_field, code="file_too_large")
        assert self._handle is not None
        piece = data[start:end]
        self._handle.write(piece)
        self._hash.update(piece)

    def _part_end(self) -> None:
        if not self._is_file and self._name is not None:
            self._form.fields[self._name] = self._data.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


def _plain_name(filename: str) -> str:
    """The last component of a client's file name without control characters; a label, never a path of ours."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in name if character.isprintable())[:255]
