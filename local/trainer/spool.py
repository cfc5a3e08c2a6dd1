"""Large arrays of a job, kept in files without a name: gone when the process is, and no part of its memory.

They are read through a shared read-only mapping, whose pages the system takes back when it wants them, and written
with ordinary writes, so that a full disk is an error and no signal.
"""

import errno
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from local.trainer.errors import DiskFull


class NamelessFile:
    """A file in a folder that no name leads to; closed with its last reader."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.number, name = tempfile.mkstemp(dir=folder)
        Path(name).unlink()
        weakref.finalize(self, os.close, self.number)

    def write(self, data: bytes | memoryview, at: int) -> None:
        """Write all of the bytes at a place. Raises DiskFull."""
        left = memoryview(data)
        while left:
            try:
                written = os.pwrite(self.number, left, at)
            except OSError as fault:
                if fault.errno != errno.ENOSPC:
                    raise
                raise DiskFull(
                    f"The disk of {self._folder} is full: training keeps its texts there, about 3 KB a text, 400 bytes "
                    "a token and 16 bytes an n-gram. Make room and start the job again"
                ) from fault
            left, at = left[written:], at + written

    def reserve(self, size: int) -> None:
        """Make the file that many bytes long; what is never written reads as zeros and takes no room."""
        os.truncate(self.number, size)

    def mapped(self, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        """What is written, as an array that only reads."""
        if 0 in shape:
            return np.empty(shape, dtype)
        with os.fdopen(os.dup(self.number), "rb") as file:
            return np.memmap(file, dtype=dtype, mode="r", shape=shape)


class Spool:
    """Arrays of one kind put one after the other: on disk in `folder`, in memory where that is None."""

    def __init__(self, dtype: Any, folder: Path | None = None) -> None:
        self._dtype = np.dtype(dtype)
        self._file = None if folder is None else NamelessFile(folder)
        self._parts: list[NDArray[Any]] = []
        self._count = 0

    def add(self, array: NDArray[Any]) -> None:
        """Put an array at the end."""
        array = np.ascontiguousarray(array, self._dtype)
        if self._file is None:
            self._parts.append(array)
        else:
            self._file.write(array.tobytes(), self._count * self._dtype.itemsize)
        self._count += len(array)

    def array(self) -> NDArray[Any]:
        """All of them as one."""
        if self._file is not None:
            return self._file.mapped(self._dtype, (self._count,))
        return np.concatenate([np.empty(0, self._dtype), *self._parts])
