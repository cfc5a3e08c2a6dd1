"""Checks the blocks that show data and work: tables, charts, task cards and plans."""

from typing import Any

from local.slack_server.blockkit import limits
from local.slack_server.blockkit.check import Check, Json, as_list, kind_of, objects
from local.slack_server.blockkit.rich_text import rich_text

_TASK_KEYS = ("task_id", "title", "details", "output", "sources", "status")
_STATUSES = ("pending", "in_progress", "complete", "error")
_LONG = 100_000


def table(value: Json, check: Check) -> None:
    """A plain table; the first row is its head."""
    check.keys(value, ("type", "block_id", "rows", "column_settings"), ("rows",))
    check.items(value, "rows", _table_row, most=limits.TABLE_ROWS)
    check.items(value, "column_settings", _column, least=0, most=limits.TABLE_COLUMNS)


def data_table(value: Json, check: Check) -> None:
    """A sortable table: a caption, a head row without rich text, rows of equal length."""
    own = ("rows", "caption", "page_size", "row_header_column_index")
    check.keys(value, ("type", "block_id", *own), ("rows", "caption"))
    check.string(value, "caption", _LONG, least=1)
    check.number(value, "page_size", 1, limits.DATA_TABLE_PAGE)
    check.items(value, "rows", _table_row, least=2, most=limits.DATA_TABLE_ROWS)
    rows = [row for row in as_list(value.get("rows")) if isinstance(row, list)]
    if len({len(row) for row in rows}) > 1:
        check.at("rows").refuse("all rows must have the same number of columns")
    if rows and any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
        check.at("rows", 0).refuse("header cells can't be rich_text")
    if rows:
        check.number(value, "row_header_column_index", 0, max(0, len(rows[0]) - 1))
    if text_characters(rows) > limits.DATA_TABLE_CHARACTERS:
        check.at("rows").refuse(f"must be less than {limits.DATA_TABLE_CHARACTERS + 1} characters")


def data_visualization(value: Json, check: Check) -> None:
    """A pie, bar, area or line chart."""
    check.keys(value, ("type", "block_id", "title", "chart"), ("title", "chart"))
    check.string(value, "title", limits.CHART_TITLE, least=1)
    chart = value.get("chart")
    place = check.at("chart")
    kind = kind_of(chart)
    if not isinstance(chart, dict) or kind not in ("pie", "bar", "area", "line"):
        place.at("type").refuse(f"unsupported type: {kind}")
    elif kind == "pie":
        place.keys(chart, ("type", "segments"), ("segments",))
        place.items(chart, "segments", _segment, most=limits.CHART_SEGMENTS)
    else:
        place.keys(chart, ("type", "series", "axis_config"), ("series", "axis_config"))
        place.items(chart, "series", _series, most=limits.CHART_SERIES)
        place.part(chart, "axis_config", _axes)
        _check_axis_chart(chart, place)


def task_card(value: Json, check: Check) -> None:
    """One task on its own, which can't be pending."""
    check.keys(value, ("type", "block_id", *_TASK_KEYS), ("task_id", "title", "status"))
    _task_parts(value, check)
    if value.get("status") == "pending":
        check.at("status").refuse("a task_card outside a plan can't be pending")


def plan(value: Json, check: Check) -> None:
    """A titled list of tasks with ids of their own."""
    check.keys(value, ("type", "block_id", "title", "tasks"), ("title",))
    check.string(value, "title", _LONG, least=1)
    check.items(value, "tasks", _task, least=0, most=limits.PLAN_TASKS)
    ids = [str(task.get("task_id")) for task in objects(value.get("tasks"))]
    if len(set(ids)) != len(ids):
        check.at("tasks").refuse("task_id must be unique")


def text_characters(value: Any) -> int:
    """The length of every string called `text` inside, all together."""
    if isinstance(value, dict):
        own = value.get("text")
        rest = sum(
            text_characters(inner) for key, inner in value.items() if key != "text" or inner is not own
        )
        return rest + (len(own) if isinstance(own, str) else text_characters(own))
    if isinstance(value, list):
        return sum(map(text_characters, value))
    return 0


def _table_row(value: Any, check: Check) -> None:
    if not isinstance(value, list):
        check.refuse("must be an array")
        return
    if not value:
        check.refuse("no fewer than 1 items allowed")
    if len(value) > limits.TABLE_COLUMNS:
        check.refuse(f"no more than {limits.TABLE_COLUMNS} items allowed")
    for number, cell in enumerate(value[: limits.TABLE_COLUMNS]):
        _cell(cell, check.at(number))


def _cell(value: Any, check: Check) -> None:
    kind = kind_of(value)
    if kind == "rich_text":
        rich_text(value, check)
    elif kind == "raw_text":
        check.keys(value, ("type", "text"), ("text",))
        check.string(value, "text", _LONG, least=1)
    elif kind == "raw_number":
        check.keys(value, ("type", "value", "text"), ("value",))
        if not _is_number(value.get("value")):
            check.at("value").refuse("must be a number")
    else:
        check.at("type").refuse(f"unsupported type: {kind}")


def _column(value: Any, check: Check) -> None:
    if value is not None and check.keys(value, ("align", "is_wrapped")):
        check.one_of(value, "align", ("left", "center", "right"))
        check.flag(value, "is_wrapped")


def _segment(value: Any, check: Check) -> None:
    if check.keys(value, ("label", "value"), ("label", "value")):
        check.string(value, "label", limits.CHART_LABEL, least=1)
        if not _is_number(value.get("value")) or value["value"] <= 0:
            check.at("value").refuse("must be more than 0")


def _series(value: Any, check: Check) -> None:
    if check.keys(value, ("name", "data"), ("name", "data")):
        check.string(value, "name", limits.CHART_LABEL, least=1)
        check.items(value, "data", _point, most=limits.CHART_POINTS)


def _point(value: Any, check: Check) -> None:
    if check.keys(value, ("label", "value"), ("label", "value")):
        check.string(value, "label", limits.CHART_LABEL, least=1)
        if not _is_number(value.get("value")):
            check.at("value").refuse("must be a number")


def _axes(value: Any, check: Check) -> None:
    if check.keys(value, ("categories", "x_label", "y_label"), ("categories",)):
        check.items(value, "categories", _category, most=limits.CHART_POINTS)
        check.string(value, "x_label", limits.CHART_AXIS_LABEL)
        check.string(value, "y_label", limits.CHART_AXIS_LABEL)


def _category(value: Any, check: Check) -> None:
    if not isinstance(value, str):
        check.refuse("must be a string")
    else:
        check.length(value, limits.CHART_LABEL, least=1)


def _check_axis_chart(chart: Json, check: Check) -> None:
    axes, series = chart.get("axis_config"), chart.get("series")
    if not isinstance(axes, dict) or not isinstance(series, list):
        return
    categories = [str(category) for category in as_list(axes.get("categories"))]
    if len(set(categories)) != len(categories):
        check.at("axis_config", "categories").refuse("must be unique")
    names = [str(entry.get("name")) for entry in objects(series)]
    if len(set(names)) != len(names):
        check.at("series").refuse("names must be unique")
    for number, entry in enumerate(series):
        points = entry.get("data") if isinstance(entry, dict) else None
        labels = [str(point.get("label")) for point in objects(points)]
        if sorted(labels) != sorted(categories):
            check.at("series", number, "data").refuse("must have one point for each category")


def _task(value: Any, check: Check) -> None:
    if check.keys(value, _TASK_KEYS, ("task_id", "title", "status")):
        _task_parts(value, check)


def _task_parts(value: Json, check: Check) -> None:
    check.string(value, "task_id", _LONG, least=1)
    check.string(value, "title", _LONG, least=1)
    check.one_of(value, "status", _STATUSES)
    check.part(value, "details", rich_text)
    check.part(value, "output", rich_text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
