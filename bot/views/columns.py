"""The form that says which columns are used, and for what."""

from __future__ import annotations

from bot.domain import Dataset, Task
from bot.ports import Block
from bot.texts import t
from bot.views.blocks import cut, option, plain_input
from bot.views.facts import task_name, text_name
from bot.views.modals import modal, text_input

COLUMNS = "datasets_columns_form"


def columns_form(dataset: Dataset) -> Block:
    """Which column is the text (or a template of several), which the label, what the task is."""
    report = dataset.report
    names = report.reading.columns if report else ()
    options = [option(name, str(index)) for index, name in enumerate(names[:99])]
    label_options = [*options, option(t("(no label)"), "none")]
    current_label = next(
        (entry for entry, name in zip(options, names, strict=False) if report and name == report.label),
        label_options[-1],
    )
    text = _text_choice(report.text) if report else ""
    system = report.system if report else ""
    tasks = [option(task_name(task), task.value) for task in Task]
    task = next(entry for entry in tasks if not report or entry["value"] == report.task.value)
    blocks = [
        plain_input(
            "text",
            t("Text"),
            {**text_input(t("text, or {title} {body}"), 1000), **({"initial_value": text} if text else {})},
            hint=cut(
                t(
                    "A column, or a template of several in braces. Columns: {columns}",
                    columns=", ".join(names),
                ),
                1900,
            ),
        ),
        plain_input(
            "label",
            t("Label"),
            {"type": "static_select", "options": label_options, "initial_option": current_label},
        ),
        plain_input("task", t("Task"), {"type": "static_select", "options": tasks, "initial_option": task}),
        plain_input(
            "system",
            t("System prompt"),
            {
                **text_input(t("What the model should do, in a sentence"), 1500),
                "multiline": True,
                **({"initial_value": system} if system else {}),
            },
            optional=True,
        ),
    ]
    return modal(
        COLUMNS,
        t("Change columns"),
        submit=t("Read again"),
        close=t("Keep"),
        blocks=blocks,
        private=dataset.id,
    )


def _text_choice(template: str) -> str:
    """A single column by its bare name, several as the template that joins them."""
    name = text_name(template)
    return name if template == f"{{{name}}}" else template
