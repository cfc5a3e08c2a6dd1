"""Whatever the cells hold, nothing is lost without a word and nothing leaks: properties of the whole way from the spool."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.datasets.kernels import normalise
from bot.datasets.prepare import rework
from bot.datasets.spool import SpoolWriter
from bot.datasets.workspace import SPOOL_NAME, keep_reading
from bot.domain import Choices, ExampleFormat, Reading, Task
from tests.bot.datasets.making import every_example, examples, rejected

odd = st.text(
    alphabet=st.sampled_from(list('aAbß é\u00a0\u200b\x00\x92\n\t"\\&;=#_x0Ã©’日{}@.1234567890-+ ')),
    max_size=24,
)
cells = st.one_of(
    odd,
    st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=40),
    st.sampled_from(
        [
            "Hello there",
            "hello  there",
            "ann@example.com",
            "&amp;&lt;",
            "_x000D_",
            "#REF!",
            "=SUM(A1)",
            "sk-" + "a1" * 12,
        ]
    ),
)
labels = st.one_of(st.sampled_from(["yes", "no", "Yes ", "NO", "", "maybe"]), odd)
tables = st.lists(st.tuples(cells, labels), min_size=1, max_size=40)
fixes = st.one_of(
    st.none(),
    st.lists(
        st.sampled_from(
            [
                "drop_empty_text", "drop_empty_label", "drop_duplicates", "drop_normalised_duplicates", "drop_conflicts",
                "keep_majority", "merge_label_variants", "drop_rare_labels", "number_labels", "mask_pii", "mask_secrets",
                "repair_mojibake", "repair_control_characters", "repair_html_entities", "repair_excel_artefacts",
                "remove_text_suffix", "remove_text_prefix", "truncate_too_long", "drop_near_duplicates", "drop_suspicious",
            ]
        ),
        max_size=8,
    ).map(tuple),
)  # fmt: skip
choices = st.builds(
    Choices,
    text=st.just("text"),
    label=st.just("label"),
    task=st.sampled_from([Task.CLASSIFICATION, Task.GENERATION, Task.EXTRACTION]),
    format=st.sampled_from(list(ExampleFormat)),
    system=st.sampled_from(["", 'Be "brief"\nplease']),
    seed=st.integers(0, 5),
    max_tokens=st.sampled_from([16, 65_536]),
    fixes=fixes,
)


def spooled(folder: Path, rows) -> Path:
    with SpoolWriter(folder / SPOOL_NAME, ["text", "label"]) as spool:
        for number, row in enumerate(rows):
            spool.append(row, number + 2)
    reading = Reading(
        file="f.csv", format="csv", encoding="utf-8", delimiter=",", quoting=True, header=True,
        columns=("text", "label"), rows_read=len(rows),
    )  # fmt: skip
    keep_reading(folder, reading, roles={})
    return folder


def asked(line) -> str:
    return line["messages"][-2]["content"] if "messages" in line else line["prompt"]


@given(rows=tables, chosen=choices)
@settings(max_examples=120, deadline=None)
def test_every_row_is_taught_or_rejected_and_no_text_leaks(rows, chosen):
    with tempfile.TemporaryDirectory() as name:
        folder = spooled(Path(name), rows)

        report = rework(folder, choices=chosen)

        lines = every_example(folder)
        assert len(lines) == report.rows_kept == sum(part.rows for part in report.splits)
        assert len(lines) + len(rejected(folder)) == len(rows)
        seen = [
            {normalise(asked(line)) for line in examples(folder, part)}
            for part in ("train", "validation", "test")
        ]
        if "truncate_too_long" not in (chosen.fixes or ()):
            assert not seen[0] & (seen[1] | seen[2])
            assert not seen[1] & seen[2]
        assert sum(report.labels.values()) == (report.rows_kept if chosen.task is Task.CLASSIFICATION else 0)


@given(rows=tables, chosen=choices)
@settings(max_examples=60, deadline=None)
def test_asking_first_for_something_else_changes_nothing(rows, chosen):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        fresh = rework(spooled(Path(one), rows), choices=chosen)
        folder = spooled(Path(two), rows)
        rework(
            folder,
            choices=Choices(text="text", label="label", fixes=("remove_text_suffix", "remove_text_prefix")),
        )

        again = rework(folder, choices=chosen)

        assert again == fresh
        assert every_example(folder) == every_example(Path(one))
