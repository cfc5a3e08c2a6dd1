"""The tables, as an append-only list of migrations: a file each; never edit one that was released, add the next.

Times are UTC seconds (REAL), money is in millionths of a dollar (INTEGER), nested values are JSON (TEXT).
"""

from __future__ import annotations

from sqlite_utils.migrations import Migrations

from storage.migrations.m001_first_release import m001_first_release
from storage.migrations.m002_people_and_money import m002_people_and_money
from storage.migrations.m003_results import m003_results
from storage.migrations.m004_feedback import m004_feedback
from storage.migrations.m005_jobs import m005_jobs
from storage.migrations.m006_dataset_versions import m006_dataset_versions

MIGRATIONS = Migrations("tunesmith")
for _step in (
    m001_first_release,
    m002_people_and_money,
    m003_results,
    m004_feedback,
    m005_jobs,
    m006_dataset_versions,
):
    MIGRATIONS()(_step)

__all__ = ["MIGRATIONS"]
