from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simulator.oc.printers.tabwriter import DESCRIBE, OC_DESCRIBE, TABLE, TabWriter, align


def test_the_table_layout_pads_to_six_and_three() -> None:
    text = align("NAME\tREADY\tX\na-long-name\t1/1\ty\n", TABLE)
    assert text == "NAME          READY   X\na-long-name   1/1     y\n"


def test_an_empty_last_cell_leaves_trailing_spaces() -> None:
    assert (
        align("A\tREASON\tAGE\nb\t\t1d\nc\tx\t\n", TABLE) == "A     REASON   AGE\nb              1d\nc     x        \n"
    )


def test_a_line_without_the_cell_ends_the_block() -> None:
    text = "Name:\tx\nSpec:\n  Storage:\ty\n  A:\tz\n"
    assert align(text, DESCRIBE) == "Name:  x\nSpec:\n  Storage:  y\n  A:        z\n"


def test_the_tab_layout_fills_cells_up_to_multiples_of_eight() -> None:
    text = align("Name:\topenshift-storage\nCreated:\t3 hours ago\nResource limits:\t<none>\n", OC_DESCRIBE)
    assert text == "Name:\t\t\topenshift-storage\nCreated:\t\t3 hours ago\nResource limits:\t<none>\n"


def test_nested_blocks_have_widths_of_their_own() -> None:
    text = align("a\tb\tc\naaa\tbbbbb\tc\naaaaaa\tx\nb\tbb\tc\n", DESCRIBE)
    assert text == "a       b      c\naaa     bbbbb  c\naaaaaa  x\nb       bb  c\n"


def test_remembered_widths_never_shrink() -> None:
    writer = TabWriter(TABLE, remember=True)
    writer.line("a-very-long-name", "x")
    assert writer.text() == "a-very-long-name   x\n"
    writer.line("b", "y")
    assert writer.text() == "b                  y\n"


def test_a_flush_starts_new_blocks() -> None:
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", "x")
    writer.flush()
    writer.line("Longer:", "y")
    assert writer.text() == "Name:  x\nLonger:  y\n"


@given(st.lists(st.lists(st.text("ab ", max_size=12), min_size=1, max_size=4), min_size=1, max_size=6))
def test_aligning_only_adds_padding(rows: list[list[str]]) -> None:
    lines = align("\n".join("\t".join(row) for row in rows), DESCRIBE).split("\n")
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert line.replace(" ", "") == "".join(row).replace(" ", "")
        assert line.endswith(row[-1])
