"""The tables, as an append-only list of migrations: a file each; never edit one that was released, add the next.

Times are UTC seconds (REAL), money is in millionths of a dollar (INTEGER), nested values are JSON (TEXT).
"""

from __future__ import annotations

from sqlite_utils.migrations import Migrations

from storage.migrations.m001_first_release import m001_first_release
from storage.migrations.m004_feedback import m004_feedback

MIGRATIONS = Migrations("tunesmith")
for _step in (m001_first_release, m004_feedback):
    MIGRATIONS()(_step)

__all__ = ["MIGRATIONS"]
