"""Reading files: encodings, separators, quotes, blank lines (H-15)."""

import pytest

from fetlock.imports.sheet import UnreadableFile, read_sheet


def rows(content: bytes | str, encoding: str = "utf-8") -> list[tuple[int, tuple[str, ...]]]:
    sheet = read_sheet(content.encode() if isinstance(content, str) else content, encoding)
    return [(row.number, row.cells) for row in sheet.rows]


@pytest.mark.req("H-15")
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_utf_8_with_or_without_its_mark(bom: bytes) -> None:
    sheet = read_sheet(bom + "Name,Art\nZoë 🐾,Katze\n".encode())
    assert sheet.header == ("Name", "Art")
    assert sheet.rows[0].cells == ("Zoë 🐾", "Katze")


@pytest.mark.req("H-15")
def test_another_encoding_is_named_with_its_place() -> None:
    content = "name\nMax\nZoë\n".encode("windows-1252")
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(content)
    assert "not encoded in UTF-8: line 3 holds the byte 0xeb" in caught.value.message
    assert rows(content, "windows-1252") == [(2, ("Max",)), (3, ("Zoë",))]


@pytest.mark.req("H-15")
@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [
        ("name\nMax\n".encode("utf-16"), "utf-8", "UTF-16"),
        (b"", "utf-8", "empty"),
        (b"\n\n  \n", "utf-8", "empty"),
        (b"PK\x03\x04\x00\x00", "utf-8", "not a text file"),
        (b"name\nMax\n", "klingon", "no encoding called klingon"),
        (b"name\nMax\n", "hex", "no encoding called hex"),
        (b'name,species\n"Max,Dog\nBella,Cat\n', "utf-8", "row 2 a quotation mark is opened"),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, encoding: str, said: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_sheet(content, encoding)
    assert said in caught.value.message


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_found(sign: str) -> None:
    assert rows(f"name{sign}species\nMax{sign}Dog\n") == [(2, ("Max", "Dog"))]


def test_excels_line_on_the_separator_is_left_out() -> None:
    assert rows("sep=;\nname;species\nMax;Dog\n") == [(3, ("Max", "Dog"))]


@pytest.mark.req("H-15")
def test_rows_are_numbered_as_a_spreadsheet_does_and_blank_lines_are_none() -> None:
    content = 'name,species\n\nMax,Dog\n,,\n"Bella\nthe second",Cat\nRex,Dog\n'
    assert rows(content) == [(3, ("Max", "Dog")), (5, ("Bella\nthe second", "Cat")), (6, ("Rex", "Dog"))]


def test_a_quoted_empty_cell_is_a_row_where_there_is_one_column() -> None:
    assert rows('name\nMax\n""\n') == [(2, ("Max",)), (3, ("",))]


def test_quotation_marks_within_a_cell() -> None:
    assert rows('name,note\n"Max ""the"" dog",O\'Hara\n') == [(2, ('Max "the" dog', "O'Hara"))]


def test_a_row_that_is_broken_costs_itself_only() -> None:
    sheet = read_sheet(b'name,species\n"Max"x,Dog\nBella,Cat,Siamese\nRex\n')
    assert [bool(row.fault) for row in sheet.rows] == [True, True, False]
    assert "double it" in sheet.rows[0].fault
    assert "3 cells, the header 2" in sheet.rows[1].fault
    assert sheet.rows[2].cells == ("Rex", "")
