"""Reads one JSON document into a spool: an array, records under a key, an object of arrays, or values one after another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import ijson

from bot.datasets.layout import find_layout
from bot.datasets.limits import ReadLimits
from bot.datasets.names import column_names
from bot.datasets.readers.json_depth import is_too_deep
from bot.datasets.readers.json_rows import RowWriter, cell_text, rows_of_columns
from bot.datasets.readers.table_rows import write_rows
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted
from bot.errors import DatasetError
from bot.texts import t

_PROBE_ROWS = 200
_SEARCH_DEPTH = 4


class NotJson(Exception):
    """The text starts like JSON but is none."""


def read_json_document(path: Path, spool_path: Path, *, name: str, limits: ReadLimits, start: int) -> Told:
    """Read the UTF-8 file at `path` from byte `start` on into a spool; NotJson where it is no JSON from its first value on."""
    told = Told(format="json")
    if is_too_deep(path, start, limits.json_depth):
        raise DatasetError(
            t(
                "{name} is JSON nested more than {json_depth} levels deep.",
                name=name,
                json_depth=limits.json_depth,
            ),
            next_step=t("Drop flat records."),
        )
    with SpoolWriter(spool_path, [], name=name, most_rows=limits.rows) as writer:
        if _first_character(path, start) == b"[":
            _write_array(path, start, writer, told, limits)
        else:
            _write_object(path, start, writer, told, limits, name)
    return told


def _first_character(path: Path, start: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(start)
        return stream.read(1 << 16).lstrip()[:1]


def _items(path: Path, start: int, prefix: str) -> Iterator[Any]:
    with path.open("rb") as stream:
        stream.seek(start)
        yield from ijson.items(stream, prefix, multiple_values=True)


def _write_array(path: Path, start: int, writer: SpoolWriter, told: Told, limits: ReadLimits) -> None:
    items = _items(path, start, "item")
    _write_values(_complete(items, writer, told), writer, told, limits)


def _complete(items: Iterator[Any], writer: SpoolWriter, told: Told) -> Iterator[Any]:
    """The items up to where the document breaks off; NotJson where that is before the first."""
    for count in itertools.count():
        try:
            item = next(items)
        except StopIteration:
            return
        except ijson.JSONError as error:
            if count == 0:
                raise NotJson from error
            writer.reject(
                count + 1,
                t("no JSON from here on: {error}", error=str(error).splitlines()[0][:200]),
                "",
            )
            told.warnings.append(
                t(
                    "The JSON breaks off after {count}; what follows could not be read.",
                    count=counted(count, "record"),
                )
            )
            return
        yield item


def _write_values(values: Iterable[Any], writer: SpoolWriter, told: Told, limits: ReadLimits) -> None:
    """Rows of an array's values: objects by key, lists as the rows of a table with its header looked for."""
    values = iter(values)
    probe = list(itertools.islice(values, _PROBE_ROWS))
    everything = itertools.chain(probe, values)
    if probe and all(isinstance(value, list) for value in probe):
        _write_lists(_as_cells(everything, writer), writer, told, limits)
        return
    rows = RowWriter(writer, told, limits)
    for number, value in enumerate(everything, 1):
        rows.add(value, number)
    rows.tell()


def _as_cells(values: Iterable[Any], writer: SpoolWriter) -> Iterator[tuple[int, list[str]]]:
    for number, value in enumerate(values, 1):
        cells = value if isinstance(value, list) else [value]
        try:
            # An empty list is a row too: one cell with nothing in it.
            yield number, [cell_text(cell) for cell in cells or [""]]
        except (RecursionError, ValueError) as error:
            writer.reject(number, t("the value can't be kept as text: {error}", error=error), "")


def _write_lists(
    records: Iterator[tuple[int, list[str]]], writer: SpoolWriter, told: Told, limits: ReadLimits
) -> None:
    """Rows that are lists: the same search for a header as in a sheet."""
    probe = list(itertools.islice(records, _PROBE_ROWS))
    layout = find_layout([cells for _, cells in probe])
    writer.columns = column_names(layout.header, layout.width)
    told.header = layout.header_rows > 0
    write_rows(itertools.chain(probe, records), layout, writer, told, limits)


def _write_object(
    path: Path, start: int, writer: SpoolWriter, told: Told, limits: ReadLimits, name: str
) -> None:
    if path.stat().st_size > limits.json_object_bytes:
        prefix = _first_array_of_objects(path, start)
        if not prefix:
            raise DatasetError(
                t("{name} is one large JSON object without an array of records.", name=name),
                next_step=t("Drop it as JSON Lines."),
            )
        told.notes.append(t("Read the records under {path!r}.", path=prefix.removesuffix(".item")))
        _write_values(_complete(_items(path, start, prefix), writer, told), writer, told, limits)
        return
    values = list(_complete(_items(path, start, ""), writer, told))
    if len(values) > 1 or not isinstance(values[0], dict):
        _write_values(values, writer, told, limits)
        return
    _write_values(_records_in(values[0], told), writer, told, limits)


def _first_array_of_objects(path: Path, start: int) -> str:
    with path.open("rb") as stream:
        stream.seek(start)
        for prefix, event, _ in ijson.parse(stream, multiple_values=True):
            if event == "start_map" and prefix.endswith(".item"):
                return str(prefix)
    return ""


def _records_in(document: Mapping[str, Any], told: Told) -> Iterable[Any]:
    """The records an object holds, by the shapes in which programs write tables as JSON."""
    names, data = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        told.notes.append(t("Read the rows under 'data' with the names under 'columns'."))
        return [dict(zip(map(cell_text, names), row, strict=False)) for row in data]
    if all(isinstance(value, list) for value in document.values()) and not _holds_objects(document.values()):
        return _records_of_arrays(document, told)
    found = max(_arrays_of_records(document, "", 0), key=lambda entry: len(entry[1]), default=None)
    if found is not None:
        told.notes.append(
            t("Read the {records} under {path!r}.", records=counted(len(found[1]), "record"), path=found[0])
        )
        return found[1]
    if len(document) > 1 and all(isinstance(value, dict) for value in document.values()):
        return _records_of_objects(document, told)
    return [document]


def _holds_objects(values: Iterable[Any]) -> bool:
    return any(isinstance(item, dict) for value in values for item in value[:1])


def _records_of_arrays(document: Mapping[str, Any], told: Told) -> Iterable[Any]:
    sizes = {len(value) for value in document.values()}
    if len(sizes) == 1:
        return rows_of_columns(document)
    if all(isinstance(item, str) for value in document.values() for item in value):
        told.notes.append(t("Each key was read as the label of the texts under it."))
        return [{"text": text, "label": label} for label, texts in document.items() for text in texts]
    longest = max(sizes)
    told.warnings.append(t("The arrays differ in length: the missing cells are empty."))
    return rows_of_columns(
        {key: [*value, *[None] * (longest - len(value))] for key, value in document.items()}
    )


def _records_of_objects(document: Mapping[str, Any], told: Told) -> Iterable[Any]:
    """Rows of an object of objects: columns by index as pandas writes them, or records by their key."""
    inner = list(document.values())
    keys = list(inner[0])
    if (
        all(list(value) == keys for value in inner)
        and all(key.isdigit() for key in keys)
        and not all(key.isdigit() for key in document)
    ):
        return rows_of_columns({name: list(value.values()) for name, value in document.items()})
    if not all(key.isdigit() for key in document):
        told.notes.append(t("The keys of the records were kept in the column 'key'."))
        return [{"key": key, **value} for key, value in document.items()]
    return inner


def _arrays_of_records(value: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """(path, array) of every array of objects or of lists, no deeper than records are usually hidden."""
    for key, item in value.items():
        path = f"{prefix}{key}"
        if isinstance(item, list) and item and all(isinstance(record, dict) for record in item):
            if key != "messages":
                yield path, item
        elif isinstance(item, dict) and depth < _SEARCH_DEPTH:
            yield from _arrays_of_records(item, f"{path}.", depth + 1)
