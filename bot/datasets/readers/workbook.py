"""Reads the best sheet of a workbook (XLSX, XLSM, XLSB, XLS, ODS) into a spool, cells as a person sees them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
    load_workbook,
)

from bot.datasets.containers import check_archive
from bot.datasets.layout import find_layout
from bot.datasets.limits import ReadLimits
from bot.datasets.names import column_names
from bot.datasets.readers.sheet_errors import Place, error_cells
from bot.datasets.readers.table_rows import write_rows
from bot.datasets.spool import SpoolWriter
from bot.datasets.told import Told, counted
from bot.errors import DatasetError
from bot.texts import t

Value = int | float | str | bool | time | date | datetime | timedelta

_SAMPLE_ROWS = 1000
_BROKEN = (CalamineError, XmlError, ZipError, WorksheetNotFound, OSError, ValueError)


def read_workbook(path: Path, spool_path: Path, *, name: str, limits: ReadLimits) -> Told:
    """Read the sheet with the most filled rows; what the other sheets hold is told in a note."""
    if zipfile.is_zipfile(path):
        check_archive(path, name=name, limits=limits, most_bytes=limits.workbook_bytes)
    told = Told(format="xlsx")
    workbook = _opened(path, name)
    sheet = _best_sheet(workbook, name, told)
    if sheet.width > limits.columns:
        raise DatasetError(
            t(
                "The sheet {name!r} has {width:,} columns; at most {columns:,} can be read.",
                name=sheet.name,
                width=sheet.width,
                columns=limits.columns,
            ),
            next_step=t("Keep only the columns to train on."),
        )
    errors = error_cells(path, sheet.name)
    sample = list(islice(_rows(sheet, errors), _SAMPLE_ROWS))
    gaps = [index for index in range(1, len(sample)) if sample[index][0] - sample[index - 1][0] > 1]
    layout = find_layout([cells for _, cells in sample], gaps)
    told.header = layout.header_rows > 0
    with SpoolWriter(
        spool_path, column_names(layout.header, layout.width), name=name, most_rows=limits.rows
    ) as writer:
        write_rows(_rows(sheet, errors), layout, writer, told, limits)
    return told


def _opened(path: Path, name: str) -> CalamineWorkbook:
    try:
        return load_workbook(str(path))
    except PasswordError as error:
        raise DatasetError(
            t("{name} is protected by a password.", name=name),
            next_step=t("Save it without a password and drop it again."),
        ) from error
    except _BROKEN as error:
        raise DatasetError(
            t("{name} is not a workbook that can be opened.", name=name),
            next_step=t("Save it anew as .xlsx or .csv."),
        ) from error


def _best_sheet(workbook: CalamineWorkbook, name: str, told: Told) -> CalamineSheet:
    sheets: list[tuple[bool, int, int, CalamineSheet]] = []
    for number, data in enumerate(workbook.sheets_metadata):
        if data.typ is not SheetTypeEnum.WorkSheet:
            continue
        try:
            sheet = workbook.get_sheet_by_name(data.name)
        except _BROKEN:
            told.warnings.append(t("The sheet {name!r} could not be read.", name=data.name))
            continue
        sheets.append((data.visible is SheetVisibleEnum.Visible, _filled_rows(sheet), -number, sheet))
    filled = [entry for entry in sheets if entry[1]]
    if not filled:
        raise DatasetError(
            t("{name} has no rows in any sheet.", name=name), next_step=t("Drop a workbook with rows in it.")
        )
    best = max(filled, key=lambda entry: entry[:3])
    if len(filled) > 1:
        others = ", ".join(
            f"{entry[3].name!r} ({counted(entry[1], 'row')})" for entry in filled if entry is not best
        )
        told.notes.append(
            t(
                "Read the sheet {name!r}, the one with the most rows; not {others}.",
                name=best[3].name,
                others=others,
            )
        )
    return best[3]


def _filled_rows(sheet: CalamineSheet) -> int:
    return sum(1 for row in sheet.iter_rows() if any(value != "" for value in row))


def _rows(sheet: CalamineSheet, errors: Mapping[Place, str]) -> Iterator[tuple[int, Sequence[str]]]:
    """(row of the sheet, cells) of the rows that are not blank; cells with an error show its name."""
    first_column = sheet.start[1] if sheet.start else 0
    failed: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in errors.items():
        failed.setdefault(row, []).append((column - first_column, text))
    for number, values in enumerate(sheet.iter_rows(), 1):
        for column, text in failed.get(number, ()):
            if column < len(values):
                values[column] = text
        if any(value != "" for value in values):
            yield number, [value if isinstance(value, str) else _text(value) for value in values]


def _text(value: Value) -> str:
    """A cell as the sheet shows it: whole numbers without a fraction, dates in ISO order."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
