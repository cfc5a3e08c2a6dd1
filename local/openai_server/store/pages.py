"""Keyset pages over tables with a growing `seq`: the one query behind every list of the API."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """Which rows are asked for: after which id, how many, in which order of creation."""

    after: str | None
    limit: int
    newest_first: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """Rows of one page and whether more follow."""

    rows: list[sqlite3.Row]
    has_more: bool


class UnknownCursor(LookupError):
    """The id given as `after` is in none of the rows that may be seen."""


def read_page(
    connection: sqlite3.Connection, table: str, where: str, arguments: Sequence[object], request: PageRequest
) -> Page:
    """One page of `table` (a constant of ours) under `where`; raises UnknownCursor for a foreign `after`."""
    conditions, values = [where], list(arguments)
    if request.after is not None:
        cursor = connection.execute(
            f"SELECT seq FROM {table} WHERE ({where}) AND id = ?", [*arguments, request.after]
        ).fetchone()
        if cursor is None:
            raise UnknownCursor(request.after)
        conditions.append("seq < ?" if request.newest_first else "seq > ?")
        values.append(cursor["seq"])
    order = "DESC" if request.newest_first else "ASC"
    sql = f"SELECT * FROM {table} WHERE {' AND '.join(f'({c})' for c in conditions)} ORDER BY seq {order} LIMIT ?"
    rows = list(connection.execute(sql, [*values, request.limit + 1]))
    return Page(rows=rows[: request.limit], has_more=len(rows) > request.limit)
