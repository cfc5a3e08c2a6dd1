"""Splitting a record's text into cells, and going on where a quoted cell was open at the end of a line."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.datasets import records
from bot.datasets.cells import Dialect, split_cells

_TEXTS = st.lists(st.text(alphabet=st.sampled_from("ab,\"' \\;"), max_size=12), min_size=2, max_size=6)
_DIALECTS = st.builds(
    Dialect,
    delimiter=st.sampled_from([",", ";", ", ", ""]),
    quote=st.sampled_from(['"', "'"]),
    escape=st.sampled_from(["", "\\"]),
)


@given(_TEXTS, _DIALECTS)
@example(['a,"b""', '""",c'], Dialect())
@example(['"a" b', '"', '" ,x'], Dialect())
def test_an_open_cell_goes_on_as_if_all_lines_had_come_at_once(lines, dialect):
    split = split_cells(lines[0], dialect)
    for number in range(2, len(lines) + 1):
        if split.open_at < 0:
            return
        text = "\n".join(lines[:number])

        split = split_cells(text, dialect, start=split)

        whole = split_cells(text, dialect)
        assert (split.cells, split.open_at) == (whole.cells, whole.open_at)
        assert (list(split.quoted), split.strays) == (list(whole.quoted), whole.strays)


def test_a_stray_quote_in_every_line_is_not_searched_for_through_the_whole_file(monkeypatch):
    lines = [(number, 'a,"b c\n') for number in range(3000)]
    searched = []
    monkeypatch.setattr(
        records, "split_cells", lambda *args, **named: searched.append(1) or split_cells(*args, **named)
    )

    found = list(records.RecordReader(lines, Dialect(), width=2))

    assert [cells for _, cells in found] == [["a", '"b c']] * 3000
    assert len(searched) < 50 * len(lines)
